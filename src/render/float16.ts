// IEEE 754-2008 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits; subnormals in steps of 2^-24.

const MAX_FINITE = 65504
const ROUND = 6755399441055744 // 1.5 * 2^52: adding and subtracting it rounds to an integer, ties to even
const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

/** 2^(10 - e) at [e + 14]: scales a number of binary exponent e in -14..15 to the integers 1024..2048. */
const SCALE = Float64Array.from({ length: 30 }, (_, n) => 2 ** (24 - n))

/**
 * The bits of the half-precision number nearest to `value`, ties to even. It rounds once, from float64:
 * going through float32 would round some values twice, to the wrong neighbour.
 * NaN and infinities are kept; finite values beyond ±65504 clamp to ±65504.
 */
export function float16Bits (value: number): number {
  double[0] = value
  const high = words[HIGH_WORD]!
  const sign = (high >>> 16) & 0x8000
  if (value !== value) return 0x7e00 // eslint-disable-line no-self-compare
  const size = Math.abs(value)
  if (size >= MAX_FINITE) return sign | (size === Infinity ? 0x7c00 : 0x7bff)
  const exponent = ((high >>> 20) & 0x7ff) - 1023
  // Below the normal numbers the bits count steps of 2^-24; 1024 steps are the bits of the first normal number.
  if (exponent < -14) return sign | (size * 2 ** 24 + ROUND - ROUND)
  const fraction = size * SCALE[exponent + 14]! + ROUND - ROUND
  // A fraction that rounds up to 2048 carries into the exponent, as the format intends.
  return sign | (((exponent + 14) << 10) + fraction)
}
