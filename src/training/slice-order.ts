import { createHash } from 'node:crypto'

/** Which slice; `repeat` counts the earlier draws of the same slice. */
export interface SliceRef { study: string, index: number, repeat?: number }

/** Hashes computed in one go, some milliseconds; then other requests get a turn. */
const HASHES_AT_ONCE = 4_096

/**
 * SHA-256 of `"{seed}:{studyId}:{index}"` (docs/contract.md, Training), as bytes; of a repeated draw,
 * `"{seed}:{studyId}:{index}:{repeat}"`.
 *
 * @param seed as `seedText` gives it
 */
export function sliceHash (seed: string, { study, index, repeat = 0 }: SliceRef): Buffer {
  return createHash('sha256').update(repeat === 0 ? `${seed}:${study}:${index}` : `${seed}:${study}:${index}:${repeat}`).digest()
}

/**
 * Slices in the order of their hashes, the same on every machine. Bytes sort like their hex digits. A number holds the
 * first 48 bits exactly, which decide all but one comparison in millions.
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
