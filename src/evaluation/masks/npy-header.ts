import { PredictionUnreadable } from '../../errors.js'

/** What an .npy header says. */
export interface NpyHeader {
  kind: 'bool' | 'int' | 'uint' | 'float'
  /** bytes of a value */
  bytes: 1 | 2 | 4 | 8
  littleEndian: boolean
  fortranOrder: boolean
  shape: number[]
  /** where the values begin */
  dataOffset: number
}

const MAGIC = '\x93NUMPY'
/** NumPy's own headers have 64 bytes to a few hundred. */
const LONGEST_HEADER = 2 ** 16
const KINDS = { b: 'bool', i: 'int', u: 'uint', f: 'float' } as const
const SERVED = new Set(['b1', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8'])

/** Whether bytes begin as an .npy file does. */
export function isNpy (bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, MAGIC.length)) === MAGIC
}

/**
 * Read the header of an .npy file, format 1.0 to 3.0. The dictionary is looked through for its three keys and never evaluated.
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
  if (type === undefined || !SERVED.has(type)) throw refused(`its values are ${JSON.stringify(descr)}; bool, integers and floats of 8 to 64 bits are read`)
  return {
    kind: KINDS[type[0] as keyof typeof KINDS],
    bytes: Number(type.slice(1)) as NpyHeader['bytes'],
    littleEndian: order !== '>',
    fortranOrder: fortran === 'True',
    shape: shape.split(',').map((size) => size.trim()).filter((size) => size !== '').map(Number),
    dataOffset: from + length
  }
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const refused = (why: string) => new PredictionUnreadable(`The .npy cannot be read: ${why}.`)
