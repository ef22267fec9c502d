import { PredictionUnreadable } from '../../errors.js'
import type { DatatypeName } from '../../nifti/datatype.js'

/** The facts of an .npy header. */
export interface NpyHeader {
  name: DatatypeName | 'float16'
  /** bytes of a value */
  bytes: 1 | 2 | 4 | 8
  littleEndian: boolean
  fortranOrder: boolean
  shape: number[]
  /** byte offset of the values */
  dataOffset: number
}

const MAGIC = '\x93NUMPY'
/** NumPy's own headers have 64 bytes to a few hundred. */
const LONGEST_HEADER = 2 ** 16
/** Our names for NumPy's types. A bool is a byte. */
const TYPES: Readonly<Record<string, NpyHeader['name']>> = {
  b1: 'uint8',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64'
}

/** Whether bytes begin like an .npy file. */
export function isNpy (bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, MAGIC.length)) === MAGIC
}

/**
 * Read the header of an .npy file, format 1.0 to 3.0. Searches the dictionary for its three keys and never evaluates it.
 *
 * @throws PredictionUnreadable
 * @see NEP 1 and numpy.lib.format
 */
export function parseNpyHeader (bytes: Uint8Array): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const major = bytes[6]
  if (bytes.length < 12 || major === undefined || major < 1 || major > 3) throw refused(`its format is ${major}.${bytes[7]}; 1.0 to 3.0 are read`)
  const [from, length] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  if (length > LONGEST_HEADER || from + length > bytes.length) throw refused(`its header claims ${length} bytes`)
  const dictionary = latin1(bytes.subarray(from, from + length))
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(dictionary)?.[1]
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(dictionary)?.[1]
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(dictionary)?.[1]
  if (descr === undefined || fortran === undefined || shape === undefined) throw refused('its header does not say descr, fortran_order and shape')
  const [, order, type] = /^([<>|=]?)([a-z]\d+)$/.exec(descr) ?? []
  const name = type === undefined || !Object.hasOwn(TYPES, type) ? undefined : TYPES[type]
  if (type === undefined || name === undefined) throw refused(`its values are ${JSON.stringify(descr)}; bool, integers and floats of 8 to 64 bits are read`)
  return {
    name,
    bytes: Number(type.slice(1)) as NpyHeader['bytes'],
    littleEndian: order !== '>',
    fortranOrder: fortran === 'True',
    shape: shape.split(',').map((size) => size.trim()).filter((size) => size !== '').map(Number),
    dataOffset: from + length
  }
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const refused = (why: string) => new PredictionUnreadable(`The .npy cannot be read: ${why}.`)
