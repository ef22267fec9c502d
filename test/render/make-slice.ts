import type { TypedArray } from '../../src/nifti/datatype.js'
import { UNSCALED } from '../../src/render/hounsfield.js'
import type { SlicePixels } from '../../src/render/slice-pixels.js'

/** A slice of stored values, an image of 1 mm pixels whose header does not scale unless told otherwise. */
export function makeSlice (rows: number, columns: number, stored: TypedArray, rest: Partial<SlicePixels> = {}): SlicePixels {
  return { rows, columns, stored, kind: 'image', scaling: UNSCALED, pixelMm: { row: 1, column: 1 }, ...rest }
}
