import { GzipDamaged } from './damaged.js'
import { idleInflater } from './choose-inflater.js'
import { startOfMember } from './inflater.js'
import type { AccessPoint, Start } from './inflater.js'
import { endOfMemberHeader, TRAILER_BYTES } from './member.js'

/** Reads at least one byte of the file, from `inOffset` on, into `into`. Returns how many; 0 at or past its end. */
export type ReadAt = (inOffset: number, into: Uint8Array) => number

const HEADER_BYTES = 4096

/**
 * Inflates a range of the uncompressed stream, which may span any number of members. Memory does not depend on the
 * range's length.
 *
 * @param read     gives the file's bytes
 * @param point    where to start; its history unpacked
 * @param skip     bytes of output between the point and the range
 * @param length   bytes of the range
 * @param onChunk  takes the range's bytes, in order; they are valid during the call only, and it must not inflate itself
 * @param stop     offset in the file up to which its bytes suffice for the range, if known: nothing past it is read
 * @throws GzipDamaged when the bytes are damaged or end before the range does; whatever `read` or `onChunk` throws
 */
export function inflateRange (
  read: ReadAt, point: Start, skip: number, length: number, onChunk: (chunk: Uint8Array) => void, stop = Infinity
): void {
  const end = skip + length
  let at = 0 // bytes of output since the point
  let start = point
  for (;;) {
    const { stopped, inOffset } = inflateMember(read, start, end - at, (output) => {
      const wanted = output.subarray(Math.max(skip - at, 0), end - at)
      at += output.length
      if (wanted.length > 0) onChunk(wanted)
    }, stop)
    if (at >= end) return
    if (stopped === 'input') throw cutShort(inOffset)
    start = startOfMember(endOfHeaderAt(read, inOffset + TRAILER_BYTES))
  }
}

/**
 * Inflates from a start until its member ends or there is enough output.
 *
 * @param most  bytes of output that are enough; a match that crosses this limit is written whole
 * @returns why it stopped (`input`: the file ended first), and the offset in the file after the last byte taken or read
 */
export function inflateMember (
  read: ReadAt, start: Start, most: number, onOutput: (output: Uint8Array) => void, stop = Infinity
): { stopped: 'end' | 'output' | 'input', inOffset: number } {
  const inflater = idleInflater()
  let { inOffset } = start // of the next byte to read
  let left = most
  inflater.begin(start)
  while (left > 0) {
    const stopped = inflater.run(left)
    left -= inflater.output.length
    onOutput(inflater.output)
    if (stopped === 'end') return { stopped, inOffset: inflater.inOffsetAfter }
    if (stopped !== 'input') continue
    const room = inflater.room()
    const count = stop > inOffset ? read(inOffset, room.subarray(0, stop - inOffset)) : 0
    if (count === 0) return { stopped, inOffset }
    inflater.fed(count)
    inOffset += count
  }
  return { stopped: 'output', inOffset: inflater.inOffsetAfter }
}

/**
 * Inflates a short DEFLATE stream that has no gzip header.
 *
 * @returns how many bytes of `output` were filled
 * @throws GzipDamaged when the stream is damaged, or gives more than `output` can hold
 */
export function inflateAll (deflated: Uint8Array, output: Uint8Array): number {
  let filled = 0
  const read: ReadAt = (inOffset, into) => {
    const piece = deflated.subarray(inOffset, inOffset + into.length)
    into.set(piece)
    return piece.length
  }
  const { stopped, inOffset } = inflateMember(read, startOfMember(0), output.length + 1, (chunk) => {
    if (filled + chunk.length > output.length) throw new GzipDamaged(`more than ${output.length} bytes of content`, 0)
    output.set(chunk, filled)
    filled += chunk.length
  })
  if (stopped === 'input') throw cutShort(inOffset)
  return filled
}

/**
 * The point at the start of a gzip file. Every file has it, and it needs no history.
 *
 * @throws GzipDamaged when the file does not begin with a gzip member
 */
export function startPoint (read: ReadAt): AccessPoint {
  return { outOffset: 0, ...startOfMember(endOfHeaderAt(read, 0)) }
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
