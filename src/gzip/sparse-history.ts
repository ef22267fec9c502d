import { inflateMember } from './inflate-range.js'
import type { ReadAt } from './inflate-range.js'
import { WINDOW_BYTES } from './inflater.js'
import type { Start } from './inflater.js'

// Histories whose bytes tell their own place: its low byte in the one, its high byte in the other.
const LOW = Uint8Array.from({ length: WINDOW_BYTES }, (_, place) => place & 0xff)
const HIGH = Uint8Array.from({ length: WINDOW_BYTES }, (_, place) => place >> 8)

/**
 * A history with zeros where nothing behind the point refers to it: from any point on, most of the 32 KiB are never
 * copied from, and what is left packs to a third (the idea is that of rapidgzip and gztool).
 *
 * Found without looking into matches: the point is inflated twice with histories that tell their own place, and where
 * output comes from the history, however often it was copied on, its bytes say from where. A literal says two equal
 * bytes, which keeps a place too many at most.
 *
 * @param read gives the file's bytes
 * @returns a new array, as long as the history; inflating with it gives what inflating with the history gives
 * @throws GzipDamaged when the bytes behind the point do not hold
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

/** The output of the same member within a match's reach of the start. A file that is cut short is for others to tell. */
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
