import { gatherSlice } from '../../nifti/slice.js'
import type { SliceGeometry } from '../../nifti/slice.js'
import { drawEdgeLabels, drawText, dotSize } from '../../render/labels.js'
import { GLYPH_COLUMNS, GLYPH_ROWS } from '../../render/font.js'
import type { Rgb } from '../../render/overlay.js'
import { encodePng } from '../../render/png.js'

/**
 * Colour by reference + 2 * prediction: a miss, a false positive, a true positive. Sky blue, vermilion and yellow are
 * distinguishable in every kind of colour blindness, and in grey. @see Okabe and Ito 2008, "Color Universal Design"
 */
export const DIFFERENCE_COLORS: readonly [fn: Rgb, fp: Rgb, tp: Rgb] = [[240, 228, 66], [213, 94, 0], [86, 180, 233]]
const NAMES = ['FN', 'FP', 'TP'] as const

/** Opacity of the colour; the scan shows through. */
const OPACITY = 0.6

/** A slice of a scan, and two masks of it. */
export interface DifferencePicture {
  /** 0 to 255, rows * columns, in the order of the geometry */
  grey: Uint8Array
  geometry: SliceGeometry
  reference: Uint8Array
  prediction: Uint8Array
  text: Readonly<Record<string, string>>
}

/** The slice as a PNG: hits, false positives and misses in colour, their counts below, patient sides at the edges. */
export async function drawDifference ({ grey, geometry, reference, prediction, text }: DifferencePicture): Promise<Uint8Array> {
  const { rows, columns, labels, pixelMm } = geometry
  const slab = geometry.shape[0] * geometry.shape[1]
  const sliceOf = (bits: Uint8Array) => gatherSlice(geometry, (k) => bits.subarray(k * slab, (k + 1) * slab))
  const [ofReference, ofPrediction] = [sliceOf(reference), sliceOf(prediction)]
  const dot = dotSize({ rows, columns })
  const legend = (GLYPH_ROWS + 6) * dot
  const pixels = new Uint8Array((rows + legend) * columns * 3)
  const counts: [number, number, number] = [0, 0, 0]
  for (let n = 0, to = 0; n < rows * columns; n++, to += 3) {
    const kind = ofReference[n]! | ofPrediction[n]! << 1
    if (kind > 0) counts[kind - 1]!++
    for (let channel = 0; channel < 3; channel++) {
      pixels[to + channel] = kind === 0 ? grey[n]! : Math.round(grey[n]! * (1 - OPACITY) + DIFFERENCE_COLORS[kind - 1]![channel]! * OPACITY)
    }
  }
  if (labels !== null) drawEdgeLabels({ rows, columns, channels: 3, pixels: pixels.subarray(0, rows * columns * 3) }, labels)
  const canvas = { rows: rows + legend, columns, channels: 3 as const, pixels }
  drawLegend(canvas, rows + 3 * dot, dot, counts)
  return await encodePng({ ...canvas, pixelMm, text })
}

/** The legend, from the left: a square of each colour, its name and its number of pixels. */
function drawLegend (canvas: { rows: number, columns: number, channels: 3, pixels: Uint8Array }, row: number, dot: number, counts: readonly number[]): void {
  let column = 2 * dot
  for (const kind of [2, 1, 0]) {
    const side = GLYPH_ROWS * dot
    for (let r = row; r < row + side; r++) {
      for (let c = column; c < Math.min(column + side, canvas.columns); c++) canvas.pixels.set(DIFFERENCE_COLORS[kind]!, (r * canvas.columns + c) * 3)
    }
    const label = `${NAMES[kind]} ${counts[kind]}`
    drawText(canvas, label, { row, column: column + side + 2 * dot }, dot)
    column += side + (2 + (label.length + 1) * (GLYPH_COLUMNS + 1)) * dot
  }
}
