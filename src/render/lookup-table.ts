import type { TypedArray } from '../nifti/datatype.js'
import type { WireDtype } from './dtype.js'
import { hounsfield, type Scaling } from './hounsfield.js'
import { allocate, castInto, typeName } from './number-types.js'
import { windowed, windowText, type Window } from './window.js'

type NarrowIntegers = Int8Array | Uint8Array | Int16Array | Uint16Array
type Narrow = Exclude<TypedArray, BigInt64Array | BigUint64Array>

/** Tables kept, at most 256 KiB each: a thread sees few windows at a time, and one costs about a millisecond. */
const TABLES_KEPT = 16
const tables = new Map<string, Narrow>()

/**
 * Cast 8- and 16-bit integers through a table of every value they can have, so that windowing costs one
 * look-up a pixel. Gives exactly what the arithmetic gives: the tables are filled by it.
 *
 * @returns undefined where a table does not pay: a type with too many values, or 64-bit answers
 */
export function castByTable (
  stored: TypedArray, scaling: Scaling, dtype: WireDtype, window: Window | undefined
): TypedArray | undefined {
  if (!isNarrow(stored) || dtype === 'int64' || dtype === 'uint64') return undefined
  const key = tableKey(stored, scaling, dtype, window)
  let table = tables.get(key)
  // A first, small slice is not worth 65536 casts; it goes without.
  if (table === undefined && stored.BYTES_PER_ELEMENT === 2 && stored.length < 16384) return undefined
  table ??= fillTable(stored, scaling, dtype, window)
  remember(key, table)
  return lookUp(stored, table, dtype)
}

/** Stored values are never float16, so what has one or two bytes is an integer. */
function isNarrow (stored: TypedArray): stored is NarrowIntegers {
  return stored.BYTES_PER_ELEMENT <= 2
}

function tableKey (stored: TypedArray, { slope, inter, scales }: Scaling, dtype: WireDtype, window?: Window): string {
  return [typeName(stored), scales ? `${slope} ${inter}` : '', dtype, window === undefined ? '' : windowText(window)].join()
}

/** Entry n is the answer for the stored value whose bits, read as an unsigned number, are n. */
function fillTable (stored: NarrowIntegers, scaling: Scaling, dtype: WireDtype, window: Window | undefined): Narrow {
  const bits = stored.BYTES_PER_ELEMENT === 1
    ? Uint8Array.from({ length: 256 }, (_, n) => n)
    : Uint16Array.from({ length: 65536 }, (_, n) => n)
  const Type = stored.constructor as new (buffer: ArrayBuffer) => NarrowIntegers
  const table = allocate(dtype, bits.length)
  castInto(table, 0, windowed(hounsfield(new Type(bits.buffer as ArrayBuffer), scaling), dtype, window), dtype)
  return table as Narrow
}

function lookUp (stored: NarrowIntegers, table: Narrow, dtype: WireDtype): TypedArray {
  const out = allocate(dtype, stored.length) as Narrow
  const mask = table.length - 1
  for (let n = 0; n < out.length; n++) out[n] = table[stored[n]! & mask]!
  return out
}

function remember (key: string, table: Narrow): void {
  tables.delete(key)
  tables.set(key, table)
  if (tables.size > TABLES_KEPT) tables.delete(tables.keys().next().value!)
}
