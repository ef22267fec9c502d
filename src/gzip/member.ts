import { crc32 } from 'node:zlib'
import { GzipDamaged } from './damaged.js'

/** CRC32 and ISIZE, which follow the DEFLATE data of each member. */
export const TRAILER_BYTES = 8

/** Bytes; a valid header is always shorter: 64 KiB of extra field, a file name, a comment. */
export const LONGEST_HEADER = 1 << 20

const FIXED_BYTES = 10
const DEFLATE = 8
// Bits of FLG (RFC 1952, 2.3.1). FTEXT, bit 0, is only a hint and is ignored.
const FHCRC = 0x02
const FEXTRA = 0x04
const FNAME = 0x08
const FCOMMENT = 0x10
const RESERVED = 0xe0

/** Whether `bytes` holds, from index `at`, the two bytes every gzip member begins with. */
export function startsMember (bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x1f && bytes[at + 1] === 0x8b
}

/**
 * Skips one member header (RFC 1952, 2.3).
 *
 * @param bytes      holds the header from index `from` on, all of it or its beginning
 * @param inputByte  offset in the file where the header begins, for errors
 * @returns index of the first byte of DEFLATE data, or undefined when part of the header is still missing
 * @throws GzipDamaged when this is no gzip header, uses reserved bits, fails its own checksum or never ends
 */
export function endOfMemberHeader (bytes: Uint8Array, from: number, inputByte: number): number | undefined {
  const present = bytes.length - from
  if (present >= 2 && !startsMember(bytes, from)) throw new GzipDamaged('not a gzip member', inputByte)
  if (present >= FIXED_BYTES) {
    const flags = bytes[from + 3]!
    if (bytes[from + 2] !== DEFLATE) throw new GzipDamaged(`unknown compression method ${bytes[from + 2]}`, inputByte)
    if ((flags & RESERVED) !== 0) throw new GzipDamaged('reserved flags in a gzip header', inputByte)
    const end = endOfFields(bytes, from, flags, inputByte)
    if (end !== undefined) return end
  }
  if (present > LONGEST_HEADER) throw new GzipDamaged('a gzip header that does not end', inputByte)
  return undefined
}

/** Index after the optional fields, read in the order RFC 1952 gives; undefined when they continue past `bytes`. */
function endOfFields (bytes: Uint8Array, from: number, flags: number, inputByte: number): number | undefined {
  let at = from + FIXED_BYTES
  if ((flags & FEXTRA) !== 0) {
    if (at + 2 > bytes.length) return undefined
    at += 2 + uint16(bytes, at)
  }
  for (const text of [FNAME, FCOMMENT]) {
    if ((flags & text) === 0) continue
    const zero = bytes.indexOf(0, at)
    if (zero < 0) return undefined
    at = zero + 1
  }
  if ((flags & FHCRC) !== 0) {
    if (at + 2 > bytes.length) return undefined
    if ((crc32(bytes.subarray(from, at)) & 0xffff) !== uint16(bytes, at)) {
      throw new GzipDamaged('a gzip header fails its checksum', inputByte)
    }
    at += 2
  }
  return at <= bytes.length ? at : undefined
}

/**
 * Compares a member's trailer (RFC 1952, 2.3.1) with what was inflated.
 *
 * @param trailer    8 bytes: CRC32 and ISIZE, low byte first
 * @param crc        CRC-32 of the member's output
 * @param size       bytes of the member's output; ISIZE holds it modulo 2^32
 * @param inputByte  where in the file the trailer begins, for errors
 * @throws GzipDamaged when either differs
 */
export function checkTrailer (trailer: Uint8Array, crc: number, size: number, inputByte: number): void {
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES)
  if (view.getUint32(0, true) !== crc) throw new GzipDamaged('the checksum of the content is wrong', inputByte)
  const isize = view.getUint32(4, true)
  if (isize !== size % 2 ** 32) throw new GzipDamaged('the size of the content is wrong', inputByte)
}

function uint16 (bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8
}

/**
 * The file name in a member header; null where there is none, or it is not all there.
 *
 * @param bytes the beginning of the file
 */
export function memberFileName (bytes: Uint8Array): string | null {
  if (bytes.length < FIXED_BYTES || !startsMember(bytes, 0) || (bytes[3]! & FNAME) === 0) return null
  const at = FIXED_BYTES + ((bytes[3]! & FEXTRA) === 0 ? 0 : 2 + uint16(bytes, FIXED_BYTES))
  const zero = bytes.indexOf(0, at)
  return zero < 0 ? null : Buffer.from(bytes.subarray(at, zero)).toString('latin1')
}
