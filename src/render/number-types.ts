import { ARRAYS as STORED_ARRAYS } from '../nifti/datatype.js'
import type { TypedArray } from '../nifti/datatype.js'
import type { WireDtype } from './wire-dtype.js'
import { float16Bits } from './float16.js'

const MAX_FLOAT32 = 2 ** 128 - 2 ** 104
const ROUND = 6755399441055744 // 1.5 * 2^52: adding and subtracting it rounds to an integer, ties to even

/** A new array of `length` values of the type; float16 values are kept as their bits. */
export function allocate (dtype: WireDtype, length: number): TypedArray {
  return new ARRAYS[dtype](length)
}

/** The type of an array's values, under its NIfTI datatype name. */
export function typeName (values: TypedArray): WireDtype {
  return NAMES.get(values.constructor)!
}

/**
 * Cast float64 `values` to `dtype` and write them to `out` from `offset` on, rounding once.
 * To integers: to nearest, ties to even; NaN becomes 0; overflow and infinities clamp.
 * To floats: to nearest, ties to even; NaN and infinities stay; finite overflow clamps.
 *
 * @param out    from {@link allocate} of the same `dtype`
 * @param values overwritten: they are rounded in place, so that V8 sees one kind of array in every loop (a loop that
 *   sees many kinds runs three times slower), and the engine's own conversion has nothing left to round
 */
export function castInto (out: TypedArray, offset: number, values: Float64Array, dtype: WireDtype): void {
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    const [low, high] = dtype === 'int64' ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n]
    for (let n = 0; n < values.length; n++) out[offset + n] = toBigInt(values[n]!, low, high)
    return
  }
  if (dtype === 'float32') clampFinite(values, MAX_FLOAT32)
  else if (dtype === 'float16') toFloat16Bits(values)
  else if (dtype !== 'float64') toIntegers(values, INTEGER_RANGES[dtype as keyof typeof INTEGER_RANGES])
  out.set(values, offset)
}

function toIntegers (values: Float64Array, [low, high]: readonly [number, number]): void {
  for (let n = 0; n < values.length; n++) {
    const value = values[n]!
    // NaN fails every comparison and ends in the last branch, as 0.
    values[n] = value <= low ? low : value >= high ? high : value > low ? value + ROUND - ROUND : 0
  }
}

function clampFinite (values: Float64Array, most: number): void {
  for (let n = 0; n < values.length; n++) {
    const value = values[n]!
    if (value > most && value !== Infinity) values[n] = most
    else if (value < -most && value !== -Infinity) values[n] = -most
  }
}

function toFloat16Bits (values: Float64Array): void {
  for (let n = 0; n < values.length; n++) values[n] = float16Bits(values[n]!)
}

function toBigInt (value: number, low: bigint, high: bigint): bigint {
  if (Number.isNaN(value)) return 0n
  if (value <= Number(low)) return low
  if (value >= Number(high)) return high
  return BigInt(Math.abs(value) < 2 ** 51 ? value + ROUND - ROUND : Math.round(value))
}

const INTEGER_RANGES = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295]
} as const

const ARRAYS: Readonly<Record<WireDtype, new (length: number) => TypedArray>> = { ...STORED_ARRAYS, float16: Uint16Array }

const NAMES = new Map<unknown, WireDtype>(
  (Object.keys(ARRAYS) as WireDtype[]).filter((name) => name !== 'float16').map((name) => [ARRAYS[name], name])
)
