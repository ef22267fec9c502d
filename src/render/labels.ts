import { glyph, GLYPH_COLUMNS, GLYPH_ROWS } from './font.js'
import type { Extent } from './size.js'

/** A picture that can be written on: rows * columns * channels samples of 8 bits. */
export interface Canvas extends Extent { readonly pixels: Uint8Array, readonly channels: 1 | 3 }

/** The anatomical direction each edge of a picture lies in: R, L, A, P, S or I. */
export interface EdgeLabels { readonly left: string, readonly right: string, readonly top: string, readonly bottom: string }

const WHITE = 255
const BLACK = 0
const GAP = 1 // dot columns between two glyphs

/** Pixels per dot of the font, so that a letter is about a twentieth of the picture's shorter side. */
export function dotSize ({ rows, columns }: Extent): number {
  return Math.max(1, Math.round(Math.min(rows, columns) / 160))
}

/** Write the direction letters at the middle of each edge, in place. */
export function drawEdgeLabels (canvas: Canvas, { left, right, top, bottom }: EdgeLabels): void {
  const dot = dotSize(canvas)
  const [width, height, margin] = [GLYPH_COLUMNS * dot, GLYPH_ROWS * dot, 2 * dot]
  const middle = { row: Math.floor((canvas.rows - height) / 2), column: Math.floor((canvas.columns - width) / 2) }
  drawText(canvas, left, { row: middle.row, column: margin }, dot)
  drawText(canvas, right, { row: middle.row, column: canvas.columns - margin - width }, dot)
  drawText(canvas, top, { row: margin, column: middle.column }, dot)
  drawText(canvas, bottom, { row: canvas.rows - margin - height, column: middle.column }, dot)
}

/**
 * Write text in white with a black outline, in place; parts outside the canvas are left out.
 *
 * @param text letters and digits of the font; other characters are left blank
 * @param at   the pixel of the first glyph's top left corner
 * @param dot  pixels per dot of the font
 */
export function drawText (canvas: Canvas, text: string, at: { row: number, column: number }, dot: number): void {
  const dots = [...text].flatMap((character, place) => glyph(character)
    .map(([row, column]) => ({ row: at.row + row * dot, column: at.column + (column + place * (GLYPH_COLUMNS + GAP)) * dot })))
  for (const { row, column } of dots) fillSquare(canvas, row - 1, column - 1, dot + 2, BLACK)
  for (const { row, column } of dots) fillSquare(canvas, row, column, dot, WHITE)
}

function fillSquare ({ pixels, rows, columns, channels }: Canvas, row: number, column: number, side: number, level: number): void {
  const [left, right] = [Math.max(0, column), Math.min(columns, column + side)]
  if (left >= right) return
  for (let r = Math.max(0, row); r < Math.min(rows, row + side); r++) {
    pixels.fill(level, (r * columns + left) * channels, (r * columns + right) * channels)
  }
}
