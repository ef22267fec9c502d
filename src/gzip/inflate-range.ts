import { constants, inflateRawSync } from 'node:zlib'
import type { AccessPoint } from './access-points.js'
import { alignTo } from './bit-alignment.js'
import { asDamage, GzipDamaged } from './damaged.js'
import { endOfMemberHeader, TRAILER_BYTES } from './member.js'

export { ALIGN_ROOM } from './bit-alignment.js'

// Output a few input bytes past the range may still give. With it one output buffer suffices nearly always.
const SLACK_BYTES = 2048
// The largest output buffer; longer ranges are put together of several, and are better read by `inflateLong`.
const LARGEST_CHUNK = 16 << 20
// Bytes after which output that nobody asked for is taken for damage: `end` was to be near the range's end.
const EXCESS_BYTES = 64 << 20

/**
 * Inflates a range of the uncompressed stream, starting from an access point.
 *
 * @param buffer  holds a span of the file. Up to ALIGN_ROOM bytes before `start`, and the low bits of the byte
 *                there, are overwritten
 * @param start   index of the file's byte `point.inOffset`; at least ALIGN_ROOM
 * @param end     index after the last byte needed: where the stop after the range was noted, or a little later
 * @param point   where to start; its history unpacked
 * @param skip    bytes of output between the point and the range
 * @param length  bytes of the range
 * @returns exactly `length` bytes; when long, a view into a buffer of its own that is not much larger
 * @throws GzipDamaged when the bytes do not hold, or do not reach to the range's end
 */
export function inflateFrom (
  buffer: Uint8Array, start: number, end: number,
  point: Pick<AccessPoint, 'inOffset' | 'bit' | 'history'>, skip: number, length: number
): Uint8Array {
  const needed = skip + length
  const fileOffset = point.inOffset - start
  let from = alignTo(buffer, start, point.bit)
  let { output, consumed } = inflate(buffer.subarray(from, end), point.history, needed, fileOffset + start)
  if (output.length >= needed) return output.subarray(skip, needed)

  const parts = [output]
  for (let have = output.length; have < needed; have += output.length) {
    const trailer = from + consumed
    const header = trailer + TRAILER_BYTES
    if (header > end) throw cutShort(fileOffset + end)
    const data = endOfMemberHeader(buffer.subarray(0, end), header, fileOffset + header)
    if (data === undefined || data === end) throw cutShort(fileOffset + end)
    from = data;
    ({ output, consumed } = inflate(buffer.subarray(from, end), NO_HISTORY, needed - have, fileOffset + from))
    parts.push(output)
  }
  return Buffer.concat(parts).subarray(skip, needed)
}

const NO_HISTORY = new Uint8Array(0)

/** Inflates to the end of the member or of the input. The input may be longer than what it is asked for. */
function inflate (
  input: Uint8Array, history: Uint8Array, expected: number, inputByte: number
): { output: Uint8Array, consumed: number } {
  try {
    const { buffer, engine } = inflateRawSync(input, {
      ...(history.length > 0 && { dictionary: history }),
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.min(expected + SLACK_BYTES, LARGEST_CHUNK),
      maxOutputLength: expected + EXCESS_BYTES,
      info: true
    }) as unknown as { buffer: Buffer, engine: { bytesWritten: number } }
    return { output: buffer, consumed: engine.bytesWritten }
  } catch (cause) {
    throw asDamage(cause, inputByte)
  }
}

function cutShort (inputByte: number): GzipDamaged {
  return new GzipDamaged('the compressed bytes end before the range does', inputByte)
}
