import type { TypedArray } from '../nifti/datatype.js'
import type { WireDtype } from './wire-dtype.js'
import { hounsfield, type Scaling } from './hounsfield.js'
import { castByTable } from './lookup-table.js'
import { allocate, castInto, typeName } from './number-types.js'
import { windowed, type Window } from './window.js'

/**
 * Convert stored values to HU, through the window if there is one, to the type of the answer.
 * Everything is computed in float64 and rounded once, by the rules of `castInto`.
 *
 * @param stored one slice, or any run of voxels, in the host's byte order; not modified
 * @param dtype  the answer's type; with a window, `uint8` (0-255) or a float (0-1)
 * @returns      as many values, float16 as its bits; `stored` itself if nothing is to be done
 */
export function castSlice (stored: TypedArray, scaling: Scaling, dtype: WireDtype, window?: Window): TypedArray {
  if (window === undefined && !scaling.scales && typeName(stored) === dtype) return stored
  const byTable = castByTable(stored, scaling, dtype, window)
  if (byTable !== undefined) return byTable
  const out = allocate(dtype, stored.length)
  castInto(out, 0, windowed(hounsfield(stored, scaling), dtype, window), dtype)
  return out
}
