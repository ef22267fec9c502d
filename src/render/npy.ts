import type { WireDtype } from './wire-dtype.js'

/** NumPy's type strings for everything that is sent; `|` means that byte order does not matter. */
export const DESCR: Readonly<Record<WireDtype, string>> = Object.freeze({
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8'
})

const MAGIC = '\x93NUMPY\x01\x00'
const ALIGNMENT = 64
/** Digits that NumPy reserves so that the first axis can grow; reserved here too, to write the same bytes as `numpy.save`. */
const GROWTH_DIGITS = 21

/**
 * The bytes before the values in a `.npy` file, format 1.0; their number is a multiple of 64.
 *
 * @param descr NumPy's type string, such as `<i2`
 * @param shape in C order: the last axis varies fastest
 * @see NEP 1 and numpy.lib.format, "Format Version 1.0"
 */
export function npyHeader (descr: string, shape: readonly number[]): Uint8Array {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const growth = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }` + ' '.repeat(growth)
  const preamble = MAGIC.length + 2
  const total = Math.ceil((preamble + dict.length + 1) / ALIGNMENT) * ALIGNMENT
  const header = Buffer.alloc(total, ' ')
  header.write(MAGIC, 'latin1')
  header.writeUInt16LE(total - preamble, MAGIC.length)
  header.write(dict, preamble, 'latin1')
  header.write('\n', total - 1, 'latin1')
  return header
}
