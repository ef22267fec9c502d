import type { TypedArray } from './datatype.js'
import type { VolumeLayout } from './volume.js'

/** How a header scales stored values: `stored * slope + inter`; slope 1 and intercept 0 unless it `scales`. */
export type MaskScaling = Pick<VolumeLayout, 'slope' | 'inter' | 'scales'>

/** Rounding error of a header's float32 slope and intercept, relative to the two terms whose sum a value is. */
const FLOAT32_ROUNDING = 2 ** -22

/**
 * How far a scaled value may be from a whole number and still count as it. Scaled integers lie |scl_slope| apart, so half
 * a step means nothing; and slope and intercept are rounded. 0 if the header does not scale.
 *
 * @param stored voxels of the mask; their type tells integers from floats
 * @param value  the scaled value to judge
 */
export function quantum (stored: TypedArray, { slope, inter, scales }: MaskScaling, value = 0): number {
  if (!scales) return 0
  const isFloat = stored instanceof Float32Array || stored instanceof Float64Array
  return (isFloat ? 0 : Math.abs(slope) / 2) + (Math.abs(value) + Math.abs(inter)) * FLOAT32_ROUNDING
}

/**
 * A mask's voxels as 0 and 1, by the one rule for lesions: 1 where the scaled value is neither NaN nor 0. Up to half a
 * quantisation step (`quantum`) counts as 0: nibabel writes a float mask's 0.0 and 1.0 into an integer header as scaled
 * values, and the background is then read back as -7.6e-6 or similar.
 *
 * @param labels 1 only where the scaled value is one of these whole numbers, to within its rounding
 * @param except 0 where it is one of these: voxels that nobody annotated
 */
export function maskBits (stored: TypedArray, scaling: MaskScaling, labels?: readonly number[], except?: readonly number[]): Uint8Array {
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
    bits[n] = value < -nothing || value > nothing ? 1 : 0 // both are false for NaN
  }
  for (const label of except ?? []) {
    const near = quantum(stored, scaling, label)
    for (let n = 0; n < bits.length; n++) if (Math.abs(values[n]! * slope + inter - label) <= near) bits[n] = 0
  }
  return bits
}
