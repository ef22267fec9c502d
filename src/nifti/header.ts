import { NIFTI1, NIFTI2 } from 'nifti-reader-js'
import { shortFloat32 } from './float32.js'
import { readSignature, SIZEOF_HDR, type Signature } from './signature.js'

/** Bytes at the file's start that suffice to parse either version (header and extension flags). */
export const HEADER_BYTES = 544

interface SharedFields {
  littleEndian: boolean
  sizeof_hdr: number
  dim_info: number
  /** `dim[0]` is the number of dimensions in use, `dim[1]` … their sizes. */
  dim: number[]
  intent_p1: number
  intent_p2: number
  intent_p3: number
  intent_code: number
  datatype: number
  bitpix: number
  slice_start: number
  pixdim: number[]
  vox_offset: number
  scl_slope: number
  scl_inter: number
  slice_end: number
  slice_code: number
  xyzt_units: number
  cal_max: number
  cal_min: number
  slice_duration: number
  toffset: number
  descrip: string
  aux_file: string
  qform_code: number
  sform_code: number
  quatern_b: number
  quatern_c: number
  quatern_d: number
  qoffset_x: number
  qoffset_y: number
  qoffset_z: number
  srow_x: number[]
  srow_y: number[]
  srow_z: number[]
  intent_name: string
  magic: string
}

/** nifti1.h: the shared fields, and those it has from Analyze 7.5. */
export interface Nifti1Header extends SharedFields {
  version: 1
  data_type: string
  db_name: string
  extents: number
  session_error: number
  regular: string
  glmax: number
  glmin: number
}

/** nifti2.h; the last four bytes of its `magic[8]` are `eol_check`, as in nibabel. */
export interface Nifti2Header extends SharedFields {
  version: 2
  eol_check: number[]
  unused_str: string
}

/** Every header field under the standard's name, as stored, without correction or conversion. */
export type NiftiHeader = Nifti1Header | Nifti2Header

export type HeaderValue = number | string | null | (number | null)[]

/**
 * Parse the header of a single-file NIfTI, version 1 or 2, in either byte order.
 *
 * nifti-reader-js does the reading. It gets only the header, since its reading of extensions can throw or never end.
 * Fields that it omits or reads wrongly (64-bit integers of big-endian files) are read here.
 *
 * @param start  the first HEADER_BYTES of the uncompressed file (all of it, if it is shorter)
 * @throws VolumeUnreadable  when this is not the header of a single-file NIfTI
 */
export function parseHeader (start: Uint8Array): NiftiHeader {
  const signature = readSignature(start)
  const bytes = new Uint8Array(start.subarray(0, SIZEOF_HDR[signature.version]))
  return signature.version === 1 ? nifti1(bytes, signature) : nifti2(bytes, signature)
}

/** Header fields under their NIfTI names, ready for JSON: NaN and infinity become null, a float32 is as short as it can be. */
export function headerFields (header: NiftiHeader): Record<string, HeaderValue> {
  const { version, littleEndian, ...fields } = header
  // The fractions of NIfTI-2 are float64.
  const short = version === 1 ? shortFloat32 : (value: number) => value
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, jsonSafe(value, short)]))
}

function jsonSafe (value: number | string | number[], short: (value: number) => number): HeaderValue {
  const finite = (number: number) => Number.isFinite(number) ? short(number) : null
  if (Array.isArray(value)) return value.map(finite)
  return typeof value === 'number' ? finite(value) : value
}

function nifti1 (bytes: Uint8Array<ArrayBuffer>, { littleEndian }: Signature): Nifti1Header {
  const read = new NIFTI1()
  read.readHeader(bytes.buffer)
  const view = new DataView(bytes.buffer)
  const srow = (offset: number) => numbers(4, (n) => view.getFloat32(offset + 4 * n, littleEndian))
  return {
    version: 1,
    littleEndian,
    sizeof_hdr: view.getInt32(0, littleEndian),
    data_type: text(bytes, 4, 10),
    db_name: text(bytes, 14, 18),
    extents: view.getInt32(32, littleEndian),
    session_error: view.getInt16(36, littleEndian),
    regular: text(bytes, 38, 1),
    dim_info: read.dim_info,
    dim: read.dims,
    ...intent(read),
    datatype: read.datatypeCode,
    bitpix: read.numBitsPerVoxel,
    slice_start: read.slice_start,
    pixdim: read.pixDims,
    vox_offset: read.vox_offset,
    scl_slope: read.scl_slope,
    scl_inter: read.scl_inter,
    slice_end: read.slice_end,
    slice_code: read.slice_code,
    xyzt_units: read.xyzt_units,
    ...display(read),
    glmax: view.getInt32(140, littleEndian),
    glmin: view.getInt32(144, littleEndian),
    descrip: text(bytes, 148, 80),
    aux_file: text(bytes, 228, 24),
    ...orientation(read),
    srow_x: srow(280),
    srow_y: srow(296),
    srow_z: srow(312),
    intent_name: text(bytes, 328, 16),
    magic: text(bytes, 344, 4)
  }
}

function nifti2 (bytes: Uint8Array<ArrayBuffer>, { littleEndian }: Signature): Nifti2Header {
  const read = new NIFTI2()
  read.readHeader(bytes.buffer)
  const view = new DataView(bytes.buffer)
  const int64 = (offset: number) => Number(view.getBigInt64(offset, littleEndian))
  const srow = (offset: number) => numbers(4, (n) => view.getFloat64(offset + 8 * n, littleEndian))
  return {
    version: 2,
    littleEndian,
    sizeof_hdr: view.getInt32(0, littleEndian),
    magic: text(bytes, 4, 4),
    eol_check: numbers(4, (n) => view.getInt8(8 + n)),
    datatype: read.datatypeCode,
    bitpix: read.numBitsPerVoxel,
    dim: numbers(8, (n) => int64(16 + 8 * n)),
    ...intent(read),
    pixdim: read.pixDims,
    vox_offset: int64(168),
    scl_slope: read.scl_slope,
    scl_inter: read.scl_inter,
    ...display(read),
    slice_start: int64(224),
    slice_end: int64(232),
    descrip: text(bytes, 240, 80),
    aux_file: text(bytes, 320, 24),
    ...orientation(read),
    srow_x: srow(400),
    srow_y: srow(432),
    srow_z: srow(464),
    slice_code: read.slice_code,
    xyzt_units: read.xyzt_units,
    intent_name: text(bytes, 508, 16),
    dim_info: read.dim_info,
    unused_str: text(bytes, 525, 15)
  }
}

const intent = (read: NIFTI1 | NIFTI2) => ({
  intent_p1: read.intent_p1,
  intent_p2: read.intent_p2,
  intent_p3: read.intent_p3,
  intent_code: read.intent_code
})

const display = (read: NIFTI1 | NIFTI2) => ({
  cal_max: read.cal_max,
  cal_min: read.cal_min,
  slice_duration: read.slice_duration,
  toffset: read.toffset
})

const orientation = (read: NIFTI1 | NIFTI2) => ({
  qform_code: read.qform_code,
  sform_code: read.sform_code,
  quatern_b: read.quatern_b,
  quatern_c: read.quatern_c,
  quatern_d: read.quatern_d,
  qoffset_x: read.qoffset_x,
  qoffset_y: read.qoffset_y,
  qoffset_z: read.qoffset_z
})

const numbers = (count: number, at: (n: number) => number) => Array.from({ length: count }, (_, n) => at(n))

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a text up to its first NUL, like a C string: bytes after it are left over from the writer's buffer. Valid UTF-8
 * is read as UTF-8, anything else as Latin-1, which has a character for every byte. nifti-reader-js does neither.
 */
function text (bytes: Uint8Array, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length)
  const end = field.indexOf(0)
  const used = end < 0 ? field : field.subarray(0, end)
  try {
    return UTF8.decode(used)
  } catch {
    return String.fromCharCode(...used)
  }
}
