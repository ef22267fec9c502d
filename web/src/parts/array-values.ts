/**
 * The values of an array answer of 8 bits, or of floats.
 *
 * @param dtype `Array-Dtype`: uint8, float32 or float16
 * @throws RangeError for another one
 */
export function valuesOf (dtype: string, bytes: ArrayBuffer): Uint8Array | Float32Array {
  switch (dtype) {
    case 'uint8': return new Uint8Array(bytes)
    case 'float32': return new Float32Array(bytes)
    case 'float16': return Float32Array.from(new Uint16Array(bytes), ofHalf)
    default: throw new RangeError(`${dtype} is not drawn here`)
  }
}

export function meanOf (values: Uint8Array | Float32Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Opaque grey, four bytes a value: 0 is black and `white` is white. */
export function asGrey (values: Uint8Array | Float32Array, white: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * values.length)
  for (let n = 0; n < values.length; n++) {
    pixels[4 * n] = pixels[4 * n + 1] = pixels[4 * n + 2] = values[n]! / white * 255
    pixels[4 * n + 3] = 255
  }
  return pixels
}

/** A half-precision number from its bits (IEEE 754, binary16): sign, 5 bits of exponent, 10 of fraction. */
export function ofHalf (bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1F
  const fraction = bits & 0x3FF
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
