import type { TypedArray } from './datatype.js'
import type { VolumeLayout } from './volume.js'

/** What a header's scaling makes of stored values: `stored * slope + inter`; slope 1 and intercept 0 unless it `scales`. */
export type MaskScaling = Pick<VolumeLayout, 'slope' | 'inter' | 'scales'>

/** Room for the rounding of a header's float32 slope and intercept, relative to the numbers whose difference a value is. */
const FLOAT32_ROUNDING = 2 ** -22

/**
 * How far a scaled value may lie from a whole number and still be it. Scaled integers lie on a grid of |scl_slope|, so
 * half a step says nothing; besides, slope and intercept are rounded. 0 where nothing scales.
 *
 * @param stored voxels of the mask; their type tells integers from floats
 * @param value  the scaled value it is about
 */
export function quantum (stored: TypedArray, { slope, inter, scales }: MaskScaling, value = 0): number {
  if (!scales) return 0
  const isFloat = stored instanceof Float32Array || stored instanceof Float64Array
  return (isFloat ? 0 : Math.abs(slope) / 2) + (Math.abs(value) + Math.abs(inter)) * FLOAT32_ROUNDING
}

/**
 * A mask's voxels as 0 and 1, by the one rule that says what a lesion is: 1 where the scaled value is neither NaN nor 0, and
 * half a quantisation step (`quantum`) counts as 0. nibabel writes the 0.0 and 1.0 of a float mask into an integer
 * header as scaled values, and the background then comes back as some -7.6e-6.
 *
 * @param labels 1 only where the scaled value is one of these whole numbers, to within its rounding
 */
export function maskBits (stored: TypedArray, scaling: MaskScaling, labels?: readonly number[]): Uint8Array {
  const values = stored instanceof BigInt64Array || stored instanceof BigUint64Array ? Float64Array.from(stored, Number) : stored
  const bits = new Uint8Array(values.length)
  const { slope, inter } = scaling
  const nothing = quantum(stored, scaling)
  if (labels !== undefined) {
    for (const label of labels) {
      const near = quantum(stored, scaling, label)
      for (let n = 0; n < bits.length; n++) if (Math.abs(values[n]! * slope + inter - label) <= near) bits[n] = 1
    }
    return bits
  }
  for (let n = 0; n < bits.length; n++) {
    const value = values[n]! * slope + inter
    bits[n] = value < -nothing || value > nothing ? 1 : 0 // neither holds for NaN
  }
  return bits
}
