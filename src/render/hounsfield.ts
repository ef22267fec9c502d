import type { TypedArray } from '../nifti/datatype.js'

/** How stored values become HU: `stored * slope + inter` if the header `scales`, else as they are. */
export interface Scaling { readonly slope: number, readonly inter: number, readonly scales: boolean }

export const UNSCALED: Scaling = Object.freeze({ slope: 1, inter: 0, scales: false })

/** The values in HU, computed in float64, as a new array; 64-bit integers beyond 2^53 lose their last bits. */
export function hounsfield (stored: TypedArray, { slope, inter, scales }: Scaling): Float64Array {
  const hu = new Float64Array(stored.length)
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    for (let n = 0; n < hu.length; n++) hu[n] = Number(stored[n]!)
  } else {
    hu.set(stored)
  }
  if (scales) for (let n = 0; n < hu.length; n++) hu[n] = hu[n]! * slope + inter
  return hu
}

/** A mask's voxels as 0 and 1: 1 where the stored value is neither 0 nor NaN; the header's scaling has no say. */
export function maskBits (stored: TypedArray): Uint8Array {
  const bits = new Uint8Array(stored.length)
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    for (let n = 0; n < bits.length; n++) bits[n] = stored[n] === 0n ? 0 : 1
  } else {
    for (let n = 0; n < bits.length; n++) {
      const value = stored[n]!
      bits[n] = value < 0 || value > 0 ? 1 : 0 // neither holds for 0 and for NaN
    }
  }
  return bits
}
