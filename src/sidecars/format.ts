import { crc32 } from 'node:zlib'
import type { StoredPoint, SurveyedVolume } from '../catalog/catalog.js'

/*
 * A sidecar, in order; all numbers little-endian, each part padded with zeros to a multiple of 8 bytes:
 *
 *   "NIISIDE1", then uint32: points, half slabs, bytes of the NIfTI header, 1 if input ends follow (0 for an uncompressed file)
 *   the NIfTI header, as it is
 *   float64 per half slab: input bytes that suffice to inflate up to its end (if they follow)
 *   uint32 per half slab: CRC-32 of its stored bytes
 *   per point 32 bytes: float64 outOffset, float64 inOffset, uint32 bit, uint32 where its history begins in the sidecar,
 *     uint32 bytes of the history, uint32 CRC-32 of these bytes
 *   the histories, each deflated, without padding
 */
const MAGIC = Buffer.from('NIISIDE1')
const HEAD_BYTES = 24
const POINT_BYTES = 32

/**
 * The first byte of a reference. As the first byte of a deflated history it would announce a block of type 3, which DEFLATE
 * reserves (RFC 1951, 3.2.3), so neither can be taken for the other.
 */
const REFERENCE = 0x07
const REFERENCE_BYTES = 13

/** A volume's sidecar. `table` is how many bytes of it come before the histories; those say what the histories are. */
export interface Sidecar { bytes: Buffer, table: number }

/** The sidecar of a volume, and its points with references instead of histories. A point without a history stays as it is. */
export function sidecarOf ({ headerBytes, slabs, points }: Pick<SurveyedVolume, 'headerBytes' | 'slabs' | 'points'>): Sidecar & { points: StoredPoint[] } {
  const { ends, crcs } = slabs ?? { ends: null, crcs: new Uint32Array(0) }
  const head = Buffer.alloc(HEAD_BYTES)
  MAGIC.copy(head)
  for (const [n, count] of [points.length, crcs.length, headerBytes?.length ?? 0, ends === null ? 0 : 1].entries()) head.writeUInt32LE(count, MAGIC.length + 4 * n)
  const endBytes = Buffer.alloc(8 * (ends?.length ?? 0))
  for (const [n, end] of (ends ?? new Float64Array(0)).entries()) endBytes.writeDoubleLE(end, 8 * n)
  const crcBytes = Buffer.alloc(4 * crcs.length)
  for (const [n, crc] of crcs.entries()) crcBytes.writeUInt32LE(crc, 4 * n)
  const before = [head, padded(Buffer.from(headerBytes ?? [])), endBytes, padded(crcBytes)]
  const table = before.reduce((sum, part) => sum + part.length, 0) + POINT_BYTES * points.length
  const rows = Buffer.alloc(POINT_BYTES * points.length)
  let at = table
  const referring = points.map((point, n) => {
    const { outOffset, inOffset, bit, history } = point
    const crc = crc32(history)
    rows.writeDoubleLE(outOffset, POINT_BYTES * n)
    rows.writeDoubleLE(inOffset, POINT_BYTES * n + 8)
    for (const [k, value] of [bit, at, history.length, crc].entries()) rows.writeUInt32LE(value, POINT_BYTES * n + 16 + 4 * k)
    const reference = history.length === 0 ? history : referenceTo(at, history.length, crc)
    at += history.length
    return { ...point, history: reference }
  })
  return { bytes: Buffer.concat([...before, rows, ...points.map(({ history }) => history)]), table, points: referring }
}

/** Whether what the catalog keeps for a history is a reference into a sidecar. */
export function isReference (history: Uint8Array): boolean {
  return history.length === REFERENCE_BYTES && history[0] === REFERENCE
}

/** The history that a reference names; undefined where the sidecar does not hold it, or is damaged. */
export function historyIn (sidecar: Uint8Array, reference: Uint8Array): Uint8Array | undefined {
  const view = new DataView(reference.buffer, reference.byteOffset, reference.byteLength)
  const [at, bytes, crc] = [view.getUint32(1, true), view.getUint32(5, true), view.getUint32(9, true)]
  const history = sidecar.subarray(at, at + bytes)
  return history.length === bytes && crc32(history) === crc ? history : undefined
}

function referenceTo (at: number, bytes: number, crc: number): Buffer {
  const reference = Buffer.alloc(REFERENCE_BYTES)
  reference[0] = REFERENCE
  for (const [n, value] of [at, bytes, crc].entries()) reference.writeUInt32LE(value, 1 + 4 * n)
  return reference
}

function padded (part: Buffer): Buffer {
  return part.length % 8 === 0 ? part : Buffer.concat([part, Buffer.alloc(8 - part.length % 8)])
}
