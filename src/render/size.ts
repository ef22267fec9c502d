import { InvalidRequest } from '../errors.js'

/** Pixels of a slice: `rows` down, `columns` across. */
export interface Extent { readonly rows: number, readonly columns: number }

/** Distance between neighbouring pixel centres in mm: `row` from one row to the next, `column` across. */
export interface PixelMm { readonly row: number, readonly column: number }

/** The requested `size`: both sides, or only the longer one, with the other in proportion. */
export type SizeSpec = { readonly longer: number } | Extent

/** The longest side an answer may be resampled to, in pixels. */
export const MAX_SIDE = 4096

/**
 * Read `size`: `N` (the longer side) or `WxH` (columns x rows), each 1 to 4096 pixels.
 *
 * @throws InvalidRequest naming `size` and its valid values
 */
export function parseSize (text: string): SizeSpec {
  const [first, second] = (/^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text) ?? []).slice(1).map(Number)
  const isSide = (side: number | undefined) => side !== undefined && side >= 1 && side <= MAX_SIDE
  if (first !== undefined && isSide(first)) {
    if (!text.includes('x')) return { longer: first }
    if (second !== undefined && isSide(second)) return { rows: second, columns: first }
  }
  throw new InvalidRequest([{
    parameter: 'size',
    detail: `${JSON.stringify(text)} is neither N, the longer side, nor WxH, in pixels from 1 to ${MAX_SIDE}; such as 256 or 320x240`
  }])
}

/** The longest side of a WebP (its container counts in 14 bits) and of a JPEG (16 bits), in pixels. */
const LONGEST_SIDE: Readonly<Record<string, number>> = { webp: 16383, jpeg: 65535 }

/** @throws InvalidRequest if a side is longer than the picture format can hold */
export function refuseLongSides (format: string, { rows, columns }: Extent): void {
  const longest = LONGEST_SIDE[format] ?? Infinity
  if (Math.max(rows, columns) <= longest) return
  throw new InvalidRequest([{ parameter: 'size', detail: `${columns}x${rows} pixels do not fit a ${format}; its longest side is ${longest}` }])
}

/** The extent of a slice resized to `size`; the shorter side is rounded to nearest (halves up) and is at least 1. */
export function targetSize ({ rows, columns }: Extent, size: SizeSpec): Extent {
  if (!('longer' in size)) return size
  const inProportion = (side: number) => Math.max(1, Math.round(side * size.longer / Math.max(rows, columns)))
  return { rows: inProportion(rows), columns: inProportion(columns) }
}

/**
 * `aspect=physical`: the coarser axis is stretched until pixels are square in mm, rounded to nearest, halves up.
 * If that exceeds 4096 pixels, both sides shrink until the longer one is 4096: square pixels take precedence.
 * Unless both distances are usable, the extent stays as it is.
 */
export function physicalSize ({ rows, columns }: Extent, { row, column }: PixelMm): Extent {
  const ratio = row / column
  if (!(ratio > 0 && ratio < Infinity) || ratio === 1) return { rows, columns }
  const square = ratio > 1 ? { rows: rows * ratio, columns } : { rows, columns: columns / ratio }
  const stretched = Math.max(1, Math.round(ratio > 1 ? square.rows : square.columns))
  if (stretched > MAX_SIDE) return targetSize(square, { longer: MAX_SIDE })
  return ratio > 1 ? { rows: stretched, columns } : { rows, columns: stretched }
}

/** Distances between pixels in mm after a slice is resampled from one extent to another. */
export function resampledMm ({ row, column }: PixelMm, from: Extent, to: Extent): PixelMm {
  return { row: row * from.rows / to.rows, column: column * from.columns / to.columns }
}
