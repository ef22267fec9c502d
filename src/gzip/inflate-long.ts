import type { TransformOptions } from 'node:stream'
import { constants, createInflateRaw, type InflateRaw, type ZlibOptions } from 'node:zlib'
import type { AccessPoint } from './access-points.js'
import { ALIGN_ROOM, alignTo } from './bit-alignment.js'
import { asDamage, GzipDamaged } from './damaged.js'
import { endOfMemberHeader, TRAILER_BYTES } from './member.js'

/** Reads file bytes from `inOffset` into `into`, at least one of them; 0 at the end of the file or past it. */
export type ReadAt = (inOffset: number, into: Uint8Array) => number

type Start = Pick<AccessPoint, 'inOffset' | 'bit' | 'history'>

// Output comes in pieces of this size, of which two or three exist at a time; input is read in smaller ones.
const OUTPUT_BYTES = 256 * 1024
const INPUT_BYTES = 128 * 1024
const HEADER_BYTES = 4096

/**
 * The point at the start of a gzip file, which needs no history and is there for every file.
 *
 * @throws GzipDamaged when no gzip member begins at the start
 */
export function startPoint (read: ReadAt): AccessPoint {
  return { outOffset: 0, inOffset: endOfHeaderAt(read, 0), bit: 0, history: new Uint8Array(0) }
}

/**
 * Inflates a long range of the uncompressed stream in pieces, with memory that does not depend on its length
 * (under 1 MiB of output at a time). The work is done by Node's own threads.
 *
 * @param read     gives the file's bytes
 * @param point    where to start; its history unpacked
 * @param skip     bytes of output between the point and the range
 * @param length   bytes of the range
 * @param onChunk  takes the range's bytes, in order; they stay valid. The next ones wait for what it returns
 * @throws GzipDamaged when the bytes do not hold or end before the range does; what `read` or `onChunk` throws
 */
export async function inflateLong (
  read: ReadAt, point: Start, skip: number, length: number, onChunk: (chunk: Uint8Array) => void | Promise<void>
): Promise<void> {
  let at = 0 // in the output, counted from the point
  let start = point
  while (at < skip + length) {
    const member = inflateMember(read, start)
    for await (const chunk of member.output) {
      const wanted = chunk.subarray(Math.max(skip - at, 0), skip + length - at)
      at += chunk.length
      if (wanted.length > 0) await onChunk(wanted)
      if (at >= skip + length) return
    }
    const header = start.inOffset + member.consumed() + TRAILER_BYTES
    start = { inOffset: endOfHeaderAt(read, header), bit: 0, history: new Uint8Array(0) }
  }
}

interface MemberInflation {
  /** ends with the member, or with the file */
  output: AsyncIterable<Uint8Array>
  /** file bytes used, once `output` has ended */
  consumed (): number
}

/** Feeds the file's bytes from `start` on to an inflater, piece by piece as it takes them. */
function inflateMember (read: ReadAt, start: Start): MemberInflation {
  const options: ZlibOptions & TransformOptions = {
    ...(start.history.length > 0 && { dictionary: start.history }),
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: OUTPUT_BYTES,
    readableHighWaterMark: OUTPUT_BYTES
  }
  const inflater = createInflateRaw(options)
  const buffer = new Uint8Array(ALIGN_ROOM + INPUT_BYTES)
  let fed = 0
  let prefix = 0

  const feed = (): void => {
    if (inflater.destroyed || inflater.bytesWritten < fed) return // the reader, or the member, is at its end
    let count: number
    try {
      count = read(start.inOffset + fed - prefix, buffer.subarray(ALIGN_ROOM))
    } catch (error) {
      inflater.destroy(error as Error)
      return
    }
    if (count === 0) {
      inflater.end()
      return
    }
    let from = ALIGN_ROOM
    if (fed === 0) {
      from = alignTo(buffer, ALIGN_ROOM, start.bit)
      prefix = ALIGN_ROOM - from
    }
    const piece = buffer.subarray(from, ALIGN_ROOM + count)
    fed += piece.length
    inflater.write(piece, feed)
  }
  feed()
  const consumed = (): number => inflater.bytesWritten - prefix
  return { output: damageNamed(inflater, () => start.inOffset + consumed()), consumed }
}

/** The same bytes; zlib's own complaints become GzipDamaged, with the file offset it had come to. */
async function * damageNamed (inflater: InflateRaw, inputByte: () => number): AsyncIterable<Uint8Array> {
  try {
    yield * inflater
  } catch (cause) {
    throw asDamage(cause, inputByte())
  }
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
  return new GzipDamaged('the file ends before the range does', inputByte)
}
