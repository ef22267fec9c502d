import { VolumeUnreadable } from '../errors.js'

/** The typed array of each stored type. */
export const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array
}

export type DatatypeName = keyof typeof ARRAYS

/** Voxels in memory, whether shared between threads or not. */
export type TypedArray =
  | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array
  | BigInt64Array | BigUint64Array | Float32Array | Float64Array

/** The stored type of a voxel. Its fields survive a message to another thread; `datatypeNamed` restores the methods. */
export class Datatype {
  /**
   * @param code   `datatype` in the header
   * @param bytes  per voxel
   */
  constructor (readonly name: DatatypeName, readonly code: number, readonly bytes: 1 | 2 | 4 | 8) {}

  /**
   * View bytes as `length` voxels, in the machine's byte order and without a copy.
   *
   * @param byteOffset  a multiple of `bytes`
   */
  view (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray {
    return new (ARRAYS[this.name] as new (...view: [ArrayBufferLike, number, number]) => TypedArray)(buffer, byteOffset, length)
  }
}

/** nifti1.h, NIFTI_TYPE_*: the types that are served. */
const SERVED = [
  new Datatype('uint8', 2, 1),
  new Datatype('int16', 4, 2),
  new Datatype('int32', 8, 4),
  new Datatype('float32', 16, 4),
  new Datatype('float64', 64, 8),
  new Datatype('int8', 256, 1),
  new Datatype('uint16', 512, 2),
  new Datatype('uint32', 768, 4),
  new Datatype('int64', 1024, 8),
  new Datatype('uint64', 1280, 8)
]

/** nifti1.h, NIFTI_TYPE_* and DT_*: types that are known but not served. */
const REFUSED: Readonly<Record<number, string>> = {
  0: 'unknown',
  1: 'binary',
  32: 'complex64',
  128: 'RGB24',
  1536: 'float128',
  1792: 'complex128',
  2048: 'complex256',
  2304: 'RGBA32'
}

/**
 * The type for a header's `datatype`. As in nibabel, `bitpix` is ignored.
 *
 * @throws VolumeUnreadable  for a type that is not an integer or float of up to 64 bits
 */
export function datatypeOf (code: number): Datatype {
  const datatype = SERVED.find((served) => served.code === code)
  if (datatype === undefined) {
    const name = REFUSED[code]
    throw new VolumeUnreadable(`The header's datatype is ${code}${name === undefined ? ', which the standard does not define' : ` (${name})`}; integers and floats of 8 to 64 bits are served.`)
  }
  return datatype
}

/** The type of this name. */
export function datatypeNamed (name: DatatypeName): Datatype {
  return SERVED.find((served) => served.name === name)!
}
