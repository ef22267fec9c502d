import { inflateMember } from './inflate-range.js'
import type { ReadAt } from './inflate-range.js'
import { WINDOW_BYTES } from './inflater.js'
import type { Start } from './inflater.js'

// Two marker histories: byte n of LOW is the low byte of n, byte n of HIGH the high byte.
const LOW = Uint8Array.from({ length: WINDOW_BYTES }, (_, place) => place & 0xff)
const HIGH = Uint8Array.from({ length: WINDOW_BYTES }, (_, place) => place >> 8)

/**
 * A history with zeros in the places that nothing after the point refers to. Usually most of the 32 KiB is never
 * copied from, and the rest packs to a third (the idea is from rapidgzip and gztool).
 *
 * It is found without looking at matches: the point is inflated twice, with the histories LOW and HIGH. Where output
 * comes from the history, even through several copies, its two bytes give the place it came from. A literal gives
 * two equal bytes, which at worst keeps one place that is not needed.
 *
 * @param read gives the file's bytes
 * @returns a new array, as long as the history; inflating with it gives the same output as with the history
 * @throws GzipDamaged when the bytes after the point are damaged
 */
export function sparseHistory (read: ReadAt, start: Start): Uint8Array {
  const { history } = start
  const sparse = new Uint8Array(history.length)
  if (history.length === 0) return sparse
  const low = within(read, { ...start, history: LOW.subarray(0, history.length) })
  const high = within(read, { ...start, history: HIGH.subarray(0, history.length) })
  for (let n = 0; n < low.length; n++) {
    const place = high[n]! << 8 | low[n]!
    if (place < history.length) sparse[place] = history[place]!
  }
  return sparse
}

/** The output of the same member within a match's reach of the start. A file cut short is no error here; others report it. */
function within (read: ReadAt, start: Start): Uint8Array {
  const output = new Uint8Array(WINDOW_BYTES)
  let filled = 0
  inflateMember(read, start, WINDOW_BYTES, (chunk) => {
    const part = chunk.subarray(0, WINDOW_BYTES - filled)
    output.set(part, filled)
    filled += part.length
  })
  return output.subarray(0, filled)
}
