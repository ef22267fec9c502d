import { GzipDamaged } from './damaged.js'
import { idleInflater } from './inflater.js'
import type { Start } from './inflater.js'
import { endOfMemberHeader, TRAILER_BYTES } from './member.js'

/** Reads file bytes from `inOffset` into `into`, at least one of them; 0 at the end of the file or past it. */
export type ReadAt = (inOffset: number, into: Uint8Array) => number

const HEADER_BYTES = 4096
const NO_HISTORY = new Uint8Array(0)

/**
 * Inflates a range of the uncompressed stream, which may go over any number of members. Memory does not depend on its
 * length.
 *
 * @param read     gives the file's bytes
 * @param point    where to start; its history unpacked
 * @param skip     bytes of output between the point and the range
 * @param length   bytes of the range
 * @param onChunk  takes the range's bytes, in order, which are valid during the call only; it must not inflate itself
 * @param stop     bytes of the file that suffice for the range, where that is known: no more are read
 * @throws GzipDamaged when the bytes do not hold or end before the range does; what `read` or `onChunk` throws
 */
export function inflateRange (
  read: ReadAt, point: Start, skip: number, length: number, onChunk: (chunk: Uint8Array) => void, stop = Infinity
): void {
  const inflater = idleInflater()
  const end = skip + length
  let at = 0 // in the output, counted from the point
  let inOffset = point.inOffset // of the next byte to read
  inflater.begin(point)
  while (at < end) {
    const stopped = inflater.run(end - at)
    const { output } = inflater
    const wanted = output.subarray(Math.max(skip - at, 0), end - at)
    at += output.length
    if (wanted.length > 0) onChunk(wanted)
    if (stopped === 'end' && at < end) {
      const { inOffset: last, bit } = inflater.position
      inOffset = endOfHeaderAt(read, last + (bit > 0 ? 1 : 0) + TRAILER_BYTES)
      inflater.begin({ inOffset, bit: 0, history: NO_HISTORY })
    } else if (stopped === 'input') {
      const room = inflater.room()
      const count = stop > inOffset ? read(inOffset, room.subarray(0, stop - inOffset)) : 0
      if (count === 0) throw cutShort(inOffset)
      inflater.fed(count)
      inOffset += count
    }
  }
}

/**
 * Inflates a short DEFLATE stream that has no gzip header.
 *
 * @returns how many bytes of `output` were filled
 * @throws GzipDamaged when it does not hold, or gives more than `output` takes
 */
export function inflateAll (deflated: Uint8Array, output: Uint8Array): number {
  const inflater = idleInflater()
  const most = output.length
  let filled = 0
  let at = 0
  inflater.begin({ inOffset: 0, bit: 0, history: NO_HISTORY })
  for (;;) {
    const stopped = inflater.run(most - filled + 1)
    if (filled + inflater.output.length > most) throw new GzipDamaged(`more than ${most} bytes of content`, at)
    output.set(inflater.output, filled)
    filled += inflater.output.length
    if (stopped === 'end') return filled
    if (stopped !== 'input') continue
    const room = inflater.room()
    const piece = deflated.subarray(at, at + room.length)
    if (piece.length === 0) throw cutShort(at)
    room.set(piece)
    inflater.fed(piece.length)
    at += piece.length
  }
}

/**
 * The point at the start of a gzip file, which needs no history and is there for every file.
 *
 * @throws GzipDamaged when no gzip member begins at the start
 */
export function startPoint (read: ReadAt): Start & { outOffset: number } {
  return { outOffset: 0, inOffset: endOfHeaderAt(read, 0), bit: 0, history: NO_HISTORY }
}

/** Offset of the DEFLATE data of the member that begins at `inOffset`. */
function endOfHeaderAt (read: ReadAt, inOffset: number): number {
  for (let size = HEADER_BYTES; ; size *= 4) {
    const header = readFully(read, inOffset, size)
    const end = endOfMemberHeader(header, 0, inOffset)
    if (end !== undefined) return inOffset + end
    if (header.length < size) throw cutShort(inOffset + header.length)
  }
}

function readFully (read: ReadAt, inOffset: number, size: number): Uint8Array {
  const into = new Uint8Array(size)
  let filled = 0
  while (filled < size) {
    const count = read(inOffset + filled, into.subarray(filled))
    if (count === 0) break
    filled += count
  }
  return into.subarray(0, filled)
}

function cutShort (inputByte: number): GzipDamaged {
  return new GzipDamaged('the compressed bytes end before the range does', inputByte)
}
