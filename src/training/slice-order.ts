import { createHash } from 'node:crypto'

/** Which slice; `repeat` counts those that were drawn before it, where a slice is drawn more than once. */
export interface SliceRef { study: string, index: number, repeat?: number }

/** So many hashes take some milliseconds; then others are let in. */
const HASHES_AT_ONCE = 4_096

/**
 * Hex SHA-256 of `"{seed}:{studyId}:{index}"` (docs/contract.md, Training), as bytes; of a slice that is drawn again
 * `"{seed}:{studyId}:{index}:{repeat}"`.
 *
 * @param seed as `seedText` gives it
 */
export function sliceHash (seed: string, { study, index, repeat = 0 }: SliceRef): Buffer {
  return createHash('sha256').update(repeat === 0 ? `${seed}:${study}:${index}` : `${seed}:${study}:${index}:${repeat}`).digest()
}

/**
 * Slices in the order of their hashes, the same on every machine. Bytes sort as their hex digits do; the first 48 bits,
 * which a number holds exactly, settle all but one comparison in millions.
 */
export async function shuffledSlices<Ref extends SliceRef> (slices: readonly Ref[], seed: string): Promise<Ref[]> {
  const heads = new Float64Array(slices.length)
  for (let n = 0; n < slices.length; n++) {
    if (n % HASHES_AT_ONCE === HASHES_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve))
    heads[n] = sliceHash(seed, slices[n]!).readUIntBE(0, 6)
  }
  const order = Array.from(slices.keys()).sort((a, b) =>
    heads[a]! - heads[b]! || Buffer.compare(sliceHash(seed, slices[a]!), sliceHash(seed, slices[b]!)))
  return order.map((n) => slices[n]!)
}
