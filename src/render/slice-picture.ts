import type { TypedArray } from '../nifti/datatype.js'
import { UNSCALED, type Scaling } from './hounsfield.js'
import { dotSize, drawEdgeLabels } from './labels.js'
import { drawLegend, legendOf } from './legend.js'
import { contourOf, overlaid, overlaidLabels, type LabelLook, type OverlayKind, type Rgb } from './overlay.js'
import { encodePicture, type PictureFormat } from './picture.js'
import { resampleNearest } from './resample.js'
import { resampledMm, type Extent } from './size.js'
import { sliceValues } from './slice-array.js'
import type { SlicePixels } from './slice-pixels.js'
import type { Window } from './window.js'

/** How a mask is laid over a picture. */
export interface OverlaySpec {
  readonly overlay: OverlayKind
  readonly overlayColor: Rgb
  /** 0 to 1 */
  readonly overlayOpacity: number
  /** for `overlay` labels: how each value is drawn, and how the label map's values are scaled */
  readonly overlayLooks?: readonly LabelLook[]
  readonly overlayScaling?: Scaling
}

/** A picture answer; `size` is the extent to resample to, if any. Masks have no window and no overlay. */
export interface PictureSpec extends OverlaySpec {
  readonly format: PictureFormat
  /** 16 only for a PNG of an image without overlay and labels: its grey is HU + 32768, and the window is ignored */
  readonly bits: 8 | 16
  readonly window: Window
  readonly size?: Extent
  readonly labels: boolean
  /** of a label set: how each value is drawn; others are grey */
  readonly labelLooks?: readonly LabelLook[]
  /** whether the names of the labels in the picture are written on it */
  readonly legend?: boolean
  /** texts stored in a PNG */
  readonly text: Readonly<Record<string, string>>
}

/** Grey of a 16-bit picture at 0 HU. */
const GREY16_OF_WATER = 32768

/**
 * A slice as a picture file: an image through its window, a mask as 0 and 255. NaN is black.
 * Overlay and letters are drawn after resizing, so they are crisp at every size.
 *
 * @param mask 0 and 1, or the values of a label map, with the slice's own extent and orientation; required for an overlay
 */
export async function renderPicture (pixels: SlicePixels, spec: PictureSpec, mask?: TypedArray): Promise<Uint8Array> {
  const to = spec.size ?? pixels
  const facts = { rows: to.rows, columns: to.columns, text: spec.text, pixelMm: resampledMm(pixels.pixelMm, pixels, to) }
  if (spec.bits === 16 && pixels.kind === 'image') {
    return encodePicture(spec.format, { ...facts, channels: 1, pixels: grey16(pixels, to) })
  }
  const canvas = { ...facts, ...drawSlice(pixels, to, spec, mask) }
  if (spec.labels && pixels.labels !== undefined) drawEdgeLabels(canvas, pixels.labels)
  if (spec.legend === true) {
    const seen = looksIn(pixels, spec, mask)
    drawLegend(canvas, legendOf(seen), { top: 0, rows: to.rows, columns: 0 }, dotSize(to))
  }
  return encodePicture(spec.format, { ...canvas, flat: pixels.kind !== 'image' })
}

/** The samples of an 8-bit picture: grey, or RGB if a mask is laid over it. */
export function drawSlice (
  pixels: SlicePixels, to: Extent, spec: OverlaySpec & { window: Window, labelLooks?: PictureSpec['labelLooks'] }, mask: TypedArray | undefined
): { pixels: Uint8Array, channels: 1 | 3 } {
  if (pixels.kind === 'labels') return { pixels: labelColors(pixels, to, spec.labelLooks ?? []), channels: 3 }
  const grey = pixels.kind === 'mask' ? maskGrey(pixels, to) : imageGrey(pixels, to, spec.window)
  if (spec.overlay === 'none' || mask === undefined) return { pixels: grey, channels: 1 }
  if (spec.overlay === 'labels') {
    const values = labelValues(resampleNearest(mask, pixels, to), spec.overlayScaling ?? UNSCALED)
    return { pixels: overlaidLabels(grey, values, spec.overlayLooks ?? [], spec.overlayOpacity), channels: 3 }
  }
  const area = resampleNearest(mask as Uint8Array, pixels, to)
  const drawn = spec.overlay === 'contour' ? contourOf(area, to) : area
  return { pixels: overlaid(grey, drawn, spec.overlayColor, spec.overlayOpacity), channels: 3 }
}

/** A label that the dataset gives no name. */
const UNNAMED: Rgb = [160, 160, 160]

function labelColors (pixels: SlicePixels, size: Extent, looks: readonly LabelLook[]): Uint8Array {
  const known = new Map(looks.map(({ value, color }) => [value, color]))
  const values = labelValues(resampleNearest(pixels.stored, pixels, size), pixels.scaling)
  const out = new Uint8Array(values.length * 3)
  for (let n = 0; n < values.length; n++) if (values[n] !== 0) out.set(known.get(values[n]!) ?? UNNAMED, 3 * n)
  return out
}

/** A label map's values: scaled, and rounded, since a label is a whole number. */
function labelValues (stored: TypedArray, { slope, inter, scales }: Scaling): ArrayLike<number> {
  if (!scales && !(stored instanceof BigInt64Array || stored instanceof BigUint64Array)) return stored
  return Float64Array.from(stored as ArrayLike<number>, (value) => Math.round(Number(value) * slope + inter))
}

/** The looks whose values occur in the picture, in their order. */
function looksIn (pixels: SlicePixels, { overlay, overlayLooks, overlayScaling, labelLooks }: PictureSpec, mask: TypedArray | undefined): readonly LabelLook[] {
  const isOverlay = overlay === 'labels' && mask !== undefined
  const seen = new Set(Array.from(isOverlay ? labelValues(mask, overlayScaling ?? UNSCALED) : labelValues(pixels.stored, pixels.scaling)))
  return (isOverlay ? overlayLooks : labelLooks)?.filter(({ value }) => seen.has(value)) ?? []
}

function imageGrey (pixels: SlicePixels, size: Extent, window: Window): Uint8Array {
  return sliceValues(pixels, { dtype: 'uint8', window, size }) as Uint8Array
}

function maskGrey (pixels: SlicePixels, size: Extent): Uint8Array {
  const bits = sliceValues(pixels, { dtype: 'uint8', size }) as Uint8Array
  return bits.map((bit) => bit * 255)
}

function grey16 (pixels: SlicePixels, size: Extent): Uint16Array {
  const { slope, inter } = pixels.scaling.scales ? pixels.scaling : UNSCALED
  const scaling = { slope, inter: inter + GREY16_OF_WATER, scales: true }
  return sliceValues({ ...pixels, scaling }, { dtype: 'uint16', size }) as Uint16Array
}
