import type { TypedArray } from '../nifti/datatype.js'
import type { EdgeLabels } from './labels.js'
import type { Scaling } from './hounsfield.js'
import type { Extent, PixelMm } from './size.js'

/** One slice, ready to be rendered: its stored values in display order, and what they mean. */
export interface SlicePixels extends Extent {
  /** rows * columns values in the host's byte order, row-major, already in the orientation asked for */
  readonly stored: TypedArray
  /** `labels`: values as stored, which are names and not amounts */
  readonly kind: 'image' | 'mask' | 'labels'
  readonly scaling: Scaling
  readonly pixelMm: PixelMm
  /** the direction of each edge of the picture; required if labels are drawn */
  readonly labels?: EdgeLabels
}
