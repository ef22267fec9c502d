import { MAX_SIDE } from '../render/size.js'
import type { Extent, PixelMm } from '../render/size.js'
import type { Window } from '../render/window.js'

/** The requested look of a picture, as far as it could be parsed; `warnings` are for `Warning: 299`. */
export interface Look { window: Window | undefined, size: Extent | undefined, warnings: string[] }

/**
 * `window=center,width,function` and `viewport=width,height` (PS3.18, 8.3.5.1). Invalid values are ignored.
 *
 * @param extent  size of the stored slice
 * @param pixelMm size of its pixels in mm, which need not be square
 */
export function lookOf (query: Readonly<Record<string, unknown>>, extent: Extent, pixelMm: PixelMm): Look {
  const warnings: string[] = []
  const window = query['window'] === undefined ? undefined : windowOf(String(query['window']), warnings)
  const size = query['viewport'] === undefined ? undefined : sizeOf(String(query['viewport']), extent, pixelMm, warnings)
  return { window, size, warnings }
}

/**
 * DICOM's LINEAR maps center - 0.5 ± (width - 1) / 2 (PS3.3, C.11.2.1.2.1): our window (LINEAR_EXACT) with a center 0.5
 * lower and a width 1 less.
 */
function windowOf (text: string, warnings: string[]): Window | undefined {
  const [center, width, shape = 'linear', ...rest] = text.split(',').map((part) => part.trim().toLowerCase())
  const [c, w] = [Number(center || NaN), Number(width || NaN)]
  if (!Number.isFinite(c) || !Number.isFinite(w) || w < 1 || Math.abs(c) + w > 1e9 || rest.length > 0) {
    warnings.push('window is not center,width,function with a width of 1 or more, and was ignored')
    return undefined
  }
  if (shape === 'linear-exact') return { center: c, width: w }
  if (shape !== 'linear') warnings.push('of the window functions linear and linear-exact are drawn; linear was taken')
  return { center: c - 0.5, width: Math.max(w - 1, LEAST_WIDTH) }
}

/** In HU: the width for DICOM's width 1, which is a threshold; less than the difference of any two HU. */
const LEAST_WIDTH = 1e-3

/** The largest picture with square pixels that fits the viewport; a viewport with a source region is ignored. */
function sizeOf (text: string, { rows, columns }: Extent, { row, column }: PixelMm, warnings: string[]): Extent | undefined {
  const [, across, down] = /^(\d{1,5}),(\d{1,5})$/.exec(text.replace(/\s/g, '')) ?? []
  const [w, h] = [Number(across), Number(down)]
  if (!(w >= 1 && h >= 1 && w <= MAX_SIDE && h <= MAX_SIDE)) {
    warnings.push(`viewport is not width,height of 1 to ${MAX_SIDE} pixels each, and was ignored`)
    return undefined
  }
  const scale = Math.min(w / (columns * column), h / (rows * row))
  const side = (pixels: number, most: number) => Math.max(1, Math.min(most, Math.round(pixels * scale)))
  return { rows: side(rows * row, h), columns: side(columns * column, w) }
}
