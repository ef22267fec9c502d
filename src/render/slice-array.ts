import type { TypedArray } from '../nifti/datatype.js'
import { maskBits } from '../nifti/lesion.js'
import { packBits, packedBytes } from './bits.js'
import { castSlice } from './cast.js'
import type { WireDtype } from './wire-dtype.js'
import { hounsfield, UNSCALED } from './hounsfield.js'
import { DESCR, npyHeader } from './npy.js'
import { resampleLinear, resampleNearest } from './resample.js'
import type { Extent } from './size.js'
import type { SlicePixels } from './slice-pixels.js'
import { windowed, type Window } from './window.js'

/** An array answer: `dtype` from `resolveDtype`; `size`, if any, is the extent to resample to; `bits` packs a mask, or those `values` of a label map. */
export interface ArraySpec {
  readonly format: 'raw' | 'npy' | 'bits'
  readonly dtype: WireDtype
  readonly window?: Window
  readonly size?: Extent
  readonly values?: readonly number[]
}

/**
 * The bytes of an array answer: little-endian values in C order, after a header for `npy`.
 * They own their memory, so they can be transferred to another thread.
 */
export function renderArray (pixels: SlicePixels, spec: ArraySpec): Uint8Array {
  const { rows, columns } = spec.size ?? pixels
  if (spec.format === 'bits') {
    const values = maskBits(pixels.stored, pixels.scaling, spec.values)
    const bits = new Uint8Array(packedBytes(values.length))
    packBits(values, bits)
    return bits
  }
  const values = sliceValues(pixels, spec)
  const header = spec.format === 'npy' ? npyHeader(DESCR[spec.dtype], [rows, columns]) : new Uint8Array(0)
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (header.length === 0 && values !== pixels.stored) return bytes
  const answer = new Uint8Array(header.length + bytes.length)
  answer.set(header)
  answer.set(bytes, header.length)
  return answer
}

/**
 * The values of an array answer: scaled, windowed, resampled, then cast once;
 * `pixels.stored` itself if nothing is to be done.
 */
export function sliceValues (pixels: SlicePixels, { dtype, window, size }: Omit<ArraySpec, 'format'>): TypedArray {
  const to = size ?? pixels
  if (pixels.kind === 'mask') return castSlice(resampleNearest(maskBits(pixels.stored, pixels.scaling), pixels, to), UNSCALED, dtype)
  if (pixels.kind === 'labels') return castSlice(resampleNearest(pixels.stored, pixels, to), pixels.scaling, dtype)
  const asStored = to.rows === pixels.rows && to.columns === pixels.columns
  if (asStored) return castSlice(pixels.stored, pixels.scaling, dtype, window)
  return resampleLinear(windowed(hounsfield(pixels.stored, pixels.scaling), dtype, window), pixels, to, dtype)
}
