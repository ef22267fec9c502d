import { gzipSync } from 'node:zlib'
import { FIELDS, writeField, type FieldValue } from './nifti-fields.js'

const DATATYPES = {
  uint8: { code: 2, array: Uint8Array },
  int16: { code: 4, array: Int16Array },
  int32: { code: 8, array: Int32Array },
  float32: { code: 16, array: Float32Array },
  float64: { code: 64, array: Float64Array },
  int8: { code: 256, array: Int8Array },
  uint16: { code: 512, array: Uint16Array },
  uint32: { code: 768, array: Uint32Array },
  int64: { code: 1024, array: BigInt64Array },
  uint64: { code: 1280, array: BigUint64Array }
}

export type MadeDatatype = keyof typeof DATATYPES
export const MADE_DATATYPES = Object.keys(DATATYPES) as MadeDatatype[]

export interface NiftiRecipe {
  /** Sizes of up to seven dimensions; default 2 x 3 x 4. */
  shape?: readonly number[]
  /** Default int16. */
  datatype?: MadeDatatype
  littleEndian?: boolean
  version?: 1 | 2
  /** Three or four rows of four; sform_code is then 1. */
  sform?: readonly (readonly number[])[]
  /** quatern_b..d, qoffset_x..z and pixdim[0]; qform_code is then 1. */
  qform?: { quaternion: readonly [number, number, number], offset?: readonly [number, number, number], qfac?: number }
  /** pixdim[1], [2], [3] …; default 1 each. */
  pixdim?: readonly number[]
  slope?: number
  inter?: number
  /** Default 2, millimetres. */
  xyztUnits?: number
  /** Text for a comment extension (ecode 6); or the exact bytes after the extension flags. */
  extension?: string | Uint8Array
  /** Byte offset of the voxels; default: the first free byte. */
  voxOffset?: number
  /** The stored value at (i, j, k, t), or all values in file order; default i + 10 j + 100 k + 1000 t. */
  voxels?: ((i: number, j: number, k: number, t: number) => number) | ArrayLike<number | bigint>
  /** Header fields by NIfTI name, written last: to break a header, or to fill other fields. */
  fields?: Record<string, FieldValue>
  gzip?: boolean
}

/** A single-file NIfTI, written from the standard, independent of the code under test. */
export function makeNifti (recipe: NiftiRecipe = {}): Buffer {
  const { shape = [2, 3, 4], datatype = 'int16', littleEndian = true, version = 1 } = recipe
  const extension = extensionBytes(recipe.extension, littleEndian)
  const headerBytes = (version === 1 ? 348 : 540) + 4
  const voxOffset = recipe.voxOffset ?? headerBytes + extension.length
  const voxels = voxelBytes(recipe, shape)

  const file = Buffer.alloc(Math.max(voxOffset, headerBytes + extension.length) + voxels.length)
  const header: Record<string, FieldValue> = {
    sizeof_hdr: version === 1 ? 348 : 540,
    magic: `n+${version}`,
    ...(version === 1 ? { regular: 'r' } : { eol_check: [13, 10, 26, 10] }),
    dim: [shape.length, ...shape, 1, 1, 1, 1, 1, 1].slice(0, 8),
    datatype: DATATYPES[datatype].code,
    bitpix: DATATYPES[datatype].array.BYTES_PER_ELEMENT * 8,
    pixdim: [recipe.qform?.qfac ?? 1, ...(recipe.pixdim ?? []), 1, 1, 1, 1, 1, 1, 1].slice(0, 8),
    vox_offset: voxOffset,
    scl_slope: recipe.slope ?? 1,
    scl_inter: recipe.inter ?? 0,
    xyzt_units: recipe.xyztUnits ?? 2,
    ...sformFields(recipe.sform),
    ...qformFields(recipe.qform),
    ...recipe.fields
  }
  for (const [name, value] of Object.entries(header)) {
    const field = FIELDS[version][name]
    if (field === undefined) throw new Error(`NIfTI-${version} has no field ${name}`)
    writeField(file, field, value, littleEndian)
  }
  if (extension.length > 0) file[headerBytes - 4] = 1
  extension.copy(file, headerBytes)
  voxels.copy(file, voxOffset)
  return recipe.gzip === true ? gzipSync(file) : file
}

/** All 48 orientations of stored axes along R–L, A–P and S–I: 3 x 3 matrices with one ±1 per row and column. */
export function signedPermutations (): number[][][] {
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
  const signs = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [bits & 1, bits & 2, bits & 4].map((bit) => bit === 0 ? 1 : -1))
  return orders.flatMap((order) => signs.map((sign) =>
    [0, 1, 2].map((row) => order.map((axis, stored) => axis === row ? sign[stored]! : 0))))
}

function voxelBytes ({ datatype = 'int16', littleEndian = true, voxels = address }: NiftiRecipe, shape: readonly number[]): Buffer {
  const count = shape.reduce((product, size) => product * size, 1)
  const { array: VoxelArray } = DATATYPES[datatype]
  const values = new VoxelArray(count)
  const [ni = 1, nj = 1, nk = 1] = shape
  for (let n = 0; n < count; n++) {
    const value = typeof voxels === 'function'
      ? voxels(n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj)) % nk, Math.floor(n / (ni * nj * nk)))
      : voxels[n]!
    values[n] = values instanceof BigInt64Array || values instanceof BigUint64Array ? BigInt(value) : Number(value)
  }
  const bytes = Buffer.from(values.buffer)
  if (littleEndian || values.BYTES_PER_ELEMENT === 1) return bytes
  return values.BYTES_PER_ELEMENT === 2 ? bytes.swap16() : values.BYTES_PER_ELEMENT === 4 ? bytes.swap32() : bytes.swap64()
}

const address = (i: number, j: number, k: number, t: number) => i + 10 * j + 100 * k + 1000 * t

function sformFields (sform: NiftiRecipe['sform']): Record<string, FieldValue> {
  if (sform === undefined) return {}
  return { sform_code: 1, srow_x: sform[0]!, srow_y: sform[1]!, srow_z: sform[2]! }
}

function qformFields (qform: NiftiRecipe['qform']): Record<string, FieldValue> {
  if (qform === undefined) return {}
  const [b, c, d] = qform.quaternion
  const [x, y, z] = qform.offset ?? [0, 0, 0]
  return { qform_code: 1, quatern_b: b, quatern_c: c, quatern_d: d, qoffset_x: x, qoffset_y: y, qoffset_z: z }
}

/** nifti1.h: esize (a multiple of 16, the 8 bytes of esize and ecode included), ecode, data. */
function extensionBytes (extension: string | Uint8Array | undefined, littleEndian: boolean): Buffer {
  if (extension === undefined) return Buffer.alloc(0)
  if (typeof extension !== 'string') return Buffer.from(extension)
  const bytes = Buffer.alloc(Math.ceil((8 + extension.length) / 16) * 16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  view.setInt32(0, bytes.length, littleEndian)
  view.setInt32(4, 6, littleEndian)
  bytes.write(extension, 8, 'latin1')
  return bytes
}
