import { createHash } from 'node:crypto'

/** Which slice. */
export interface SliceRef { study: string, index: number }

/** So many hashes take some milliseconds; then others are let in. */
const HASHES_AT_ONCE = 4_096

/** Hex SHA-256 of `"{seed}:{studyId}:{index}"` (docs/contract.md, Training), as bytes. */
export function sliceHash (seed: number, { study, index }: SliceRef): Buffer {
  return createHash('sha256').update(`${seed}:${study}:${index}`).digest()
}

/**
 * Slices in the order of their hashes, the same on every machine. Bytes sort as their hex digits do; the first 48 bits,
 * which a number holds exactly, settle all but one comparison in millions.
 */
export async function shuffledSlices<Ref extends SliceRef> (slices: readonly Ref[], seed: number): Promise<Ref[]> {
  const heads = new Float64Array(slices.length)
  for (let n = 0; n < slices.length; n++) {
    if (n % HASHES_AT_ONCE === HASHES_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve))
    heads[n] = sliceHash(seed, slices[n]!).readUIntBE(0, 6)
  }
  const order = Array.from(slices.keys()).sort((a, b) =>
    heads[a]! - heads[b]! || Buffer.compare(sliceHash(seed, slices[a]!), sliceHash(seed, slices[b]!)))
  return order.map((n) => slices[n]!)
}
