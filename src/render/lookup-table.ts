import type { TypedArray } from '../nifti/datatype.js'
import type { WireDtype } from './wire-dtype.js'
import { hounsfield, type Scaling } from './hounsfield.js'
import { allocate, castInto, typeName } from './number-types.js'
import { windowed, windowText, type Window } from './window.js'

type NarrowIntegers = Int8Array | Uint8Array | Int16Array | Uint16Array
/** A table holds its answers as bits, whatever their type, so that the loop sees few kinds of arrays. */
type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array

/** Number of tables kept, each up to 512 KiB: a thread uses few windows at a time, and a table takes about 1 ms to fill. */
const TABLES_KEPT = 16
/** Number of voxels from which filling 65536 entries is cheaper than computing each voxel. */
const WORTH_A_TABLE = 16384
const tables = new Map<string, Bits>()

/**
 * Cast 8- and 16-bit integers through a table of all their possible values, so that windowing costs one look-up per
 * pixel. The result is exactly that of the arithmetic, which fills the tables.
 *
 * @returns undefined if a table does not pay: the type has too many values, or there are few voxels and no table yet
 */
export function castByTable (
  stored: TypedArray, scaling: Scaling, dtype: WireDtype, window: Window | undefined
): TypedArray | undefined {
  if (!isNarrow(stored)) return undefined
  const key = tableKey(stored, scaling, dtype, window)
  const kept = tables.get(key)
  if (kept === undefined && stored.BYTES_PER_ELEMENT === 2 && stored.length < WORTH_A_TABLE) return undefined
  const table = kept ?? filledTable(stored, scaling, dtype, window)
  remember(key, table)
  const out = allocate(dtype, stored.length)
  lookUp(bitsOf(stored) as Uint8Array | Uint16Array, table, bitsOf(out))
  return out
}

/** Stored values are never float16, so a type of one or two bytes is an integer. */
function isNarrow (stored: TypedArray): stored is NarrowIntegers {
  return stored.BYTES_PER_ELEMENT <= 2
}

function tableKey (stored: TypedArray, { slope, inter, scales }: Scaling, dtype: WireDtype, window?: Window): string {
  return [typeName(stored), scales ? `${slope} ${inter}` : '', dtype, window === undefined ? '' : windowText(window)].join()
}

/** Entry n is the answer for the stored value whose bits, read as an unsigned number, are n. */
function filledTable (stored: NarrowIntegers, scaling: Scaling, dtype: WireDtype, window: Window | undefined): Bits {
  const every = allocate(typeName(stored), 2 ** (8 * stored.BYTES_PER_ELEMENT))
  bitsOf(every).forEach((_: unknown, n: number, bits: Bits) => { bits[n] = n })
  const table = allocate(dtype, every.length)
  castInto(table, 0, windowed(hounsfield(every, scaling), dtype, window), dtype)
  return bitsOf(table)
}

const BITS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const

function bitsOf (values: TypedArray): Bits {
  const View = BITS[values.BYTES_PER_ELEMENT as keyof typeof BITS] as new (...args: [ArrayBufferLike, number, number]) => Bits
  return new View(values.buffer, values.byteOffset, values.length)
}

function lookUp (stored: Uint8Array | Uint16Array, table: Bits, out: Bits): void {
  if (stored instanceof Uint16Array && table instanceof Uint8Array && out instanceof Uint8Array) {
    lookUpGrey(stored, table, out)
  } else {
    for (let n = 0; n < out.length; n++) out[n] = table[stored[n]!]!
  }
}

/** The loop for every picture of a scan. It sees no other kind of array, and is twice as fast as the one above. */
function lookUpGrey (stored: Uint16Array, table: Uint8Array, out: Uint8Array): void {
  for (let n = 0; n < out.length; n++) out[n] = table[stored[n]!]!
}

function remember (key: string, table: Bits): void {
  tables.delete(key)
  tables.set(key, table)
  if (tables.size > TABLES_KEPT) tables.delete(tables.keys().next().value!)
}
