import type { TypedArray } from '../nifti/datatype.js'
import { dotSize, drawText, type Canvas } from './labels.js'
import { drawLegend, legendRows, type LegendEntry } from './legend.js'
import { targetSize, type Extent } from './size.js'
import type { SlicePixels } from './slice-pixels.js'
import { drawSlice, type OverlaySpec } from './slice-picture.js'
import type { Window } from './window.js'

/** One tile of a contact sheet; `number` is drawn on it. `mask` as for `renderPicture`. */
export interface MontageTile { readonly pixels: SlicePixels, readonly mask?: TypedArray, readonly number: number }

/** A contact sheet with `columns` tiles per row, each `tile` pixels square. */
export interface MontageSpec extends OverlaySpec {
  readonly columns: number
  readonly tile: number
  readonly window: Window
  readonly text: Readonly<Record<string, string>>
  /** names and colours in a strip below the tiles */
  readonly legend?: readonly LegendEntry[]
}

/** Extent and channels of a contact sheet of `count` tiles. */
export function sheetOf (count: number, { columns, tile, overlay, legend }: Pick<MontageSpec, 'columns' | 'tile' | 'overlay' | 'legend'>): Extent & { channels: 1 | 3 } {
  const across = Math.min(columns, count)
  const strip = legendRows(legend ?? [], across * tile, tileDot(tile))
  return { rows: Math.ceil(count / across) * tile + strip, columns: across * tile, channels: overlay === 'none' ? 1 : 3 }
}

/** Pixels per dot of the text on a tile. */
function tileDot (tile: number): number {
  return dotSize({ rows: tile, columns: tile })
}

/** Draw the legend of a contact sheet into the strip below its tiles. @param canvas as `sheetOf` gives it */
export function drawSheetLegend (canvas: Canvas, { legend = [], tile }: Pick<MontageSpec, 'legend' | 'tile'>): void {
  const dot = tileDot(tile)
  const rows = legendRows(legend, canvas.columns, dot)
  if (rows > 0) drawLegend(canvas, legend, { top: canvas.rows - rows, rows, columns: canvas.columns }, dot)
}

/**
 * Draw tile number `place` of a contact sheet, counted row by row: the slice with square pixels in mm, centred and as
 * large as the tile allows, with its number in the corner. A tile never touches the pixels of another.
 *
 * @param canvas black, with the extent that `sheetOf` gives
 */
export function drawTile (canvas: Canvas, { pixels, mask, number }: MontageTile, place: number, spec: Omit<MontageSpec, 'columns' | 'text'>): void {
  const across = canvas.columns / spec.tile
  const at = { row: Math.floor(place / across) * spec.tile, column: place % across * spec.tile }
  const to = fitted(pixels, spec.tile)
  const corner = {
    row: at.row + Math.floor((spec.tile - to.rows) / 2),
    column: at.column + Math.floor((spec.tile - to.columns) / 2)
  }
  const drawn = drawSlice(pixels, to, spec, canvas.channels === 1 ? undefined : mask ?? new Uint8Array(pixels.rows * pixels.columns))
  paste(canvas, drawn.pixels, to, corner)
  const dot = tileDot(spec.tile)
  drawText(canvas, String(number), { row: at.row + 2 * dot, column: at.column + 2 * dot }, dot)
}

/** The largest extent within a square of `side` pixels that shows the slice with square pixels in mm. */
function fitted ({ rows, columns, pixelMm: { row, column } }: SlicePixels, side: number): Extent {
  const ratio = row > 0 && column > 0 && row / column < Infinity && row / column > 0 ? row / column : 1
  return targetSize({ rows: rows * ratio, columns }, { longer: side })
}

function paste (canvas: Canvas, pixels: Uint8Array, { rows, columns }: Extent, corner: { row: number, column: number }): void {
  const stride = columns * canvas.channels
  for (let r = 0; r < rows; r++) {
    const start = ((corner.row + r) * canvas.columns + corner.column) * canvas.channels
    canvas.pixels.set(pixels.subarray(r * stride, (r + 1) * stride), start)
  }
}
