import type { TypedArray } from '../nifti/datatype.js'

/** How stored values become HU: `stored * slope + inter` if the header `scales`, else unchanged. */
export interface Scaling { readonly slope: number, readonly inter: number, readonly scales: boolean }

export const UNSCALED: Scaling = Object.freeze({ slope: 1, inter: 0, scales: false })

/** The values in HU, as a new array computed in float64; 64-bit integers beyond 2^53 lose their lowest bits. */
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
