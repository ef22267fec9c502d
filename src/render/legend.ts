import { GLYPH_COLUMNS, GLYPH_ROWS } from './font.js'
import { drawText } from './labels.js'
import type { Canvas } from './labels.js'
import type { LabelLook, Rgb } from './overlay.js'
import type { Extent } from './size.js'

/** A line of a legend: a name, and the colour it stands for. */
export type LegendEntry = Pick<LabelLook, 'name' | 'color'>

/** Characters of a longer name are left out. */
const MOST_CHARACTERS = 24
const GAP_DOTS = 2
const LINE_DOTS = GLYPH_ROWS + GAP_DOTS

/** The entries of a legend, each name once. */
export function legendOf (looks: readonly LabelLook[]): LegendEntry[] {
  return [...new Map(looks.map(({ name, color }) => [name, { name, color }])).values()]
}

/** Width in pixels of the widest entry: a square, a gap and the name. */
function entryWidth (entries: readonly LegendEntry[], dot: number): number {
  const longest = Math.max(0, ...entries.map(({ name }) => textOf(name).length))
  return (GLYPH_ROWS + GAP_DOTS + longest * (GLYPH_COLUMNS + 1) + GAP_DOTS) * dot
}

/** Rows in pixels that a legend takes in a strip of this width: as many entries side by side as fit. */
export function legendRows (entries: readonly LegendEntry[], width: number, dot: number): number {
  return entries.length === 0 ? 0 : (Math.ceil(entries.length / entriesAcross(entries, width, dot)) * LINE_DOTS + GAP_DOTS) * dot
}

function entriesAcross (entries: readonly LegendEntry[], width: number, dot: number): number {
  return Math.max(1, Math.floor((width - GAP_DOTS * dot) / entryWidth(entries, dot)))
}

/**
 * Draw a legend in place: squares in their colours with the names beside them, line by line. Entries that do not fit the
 * rows are counted in the last line, as +N.
 *
 * @param area where it goes: its top row, and its extent in pixels
 */
export function drawLegend (canvas: Canvas, entries: readonly LegendEntry[], area: Extent & { top: number }, dot: number): void {
  const across = entriesAcross(entries, area.columns, dot)
  const lines = Math.max(1, Math.floor((area.rows / dot - GAP_DOTS) / LINE_DOTS))
  const places = lines * across
  const shown = entries.length <= places ? entries : entries.slice(0, places - 1)
  const at = (place: number) => ({
    row: area.top + (GAP_DOTS + Math.floor(place / across) * LINE_DOTS) * dot,
    column: GAP_DOTS * dot + place % across * entryWidth(entries, dot)
  })
  for (const [place, { name, color }] of shown.entries()) {
    const { row, column } = at(place)
    fillSquare(canvas, row, column, GLYPH_ROWS * dot, color)
    drawText(canvas, textOf(name), { row, column: column + (GLYPH_ROWS + GAP_DOTS) * dot }, dot)
  }
  if (shown.length < entries.length) drawText(canvas, `+${entries.length - shown.length}`, at(shown.length), dot)
}

/** A name in the capitals that the font has. */
function textOf (name: string): string {
  return [...name.toUpperCase()].slice(0, MOST_CHARACTERS).join('')
}

function fillSquare ({ pixels, rows, columns, channels }: Canvas, row: number, column: number, side: number, color: Rgb): void {
  for (let r = Math.max(0, row); r < Math.min(rows, row + side); r++) {
    for (let c = Math.max(0, column); c < Math.min(columns, column + side); c++) {
      for (let channel = 0; channel < channels; channel++) pixels[(r * columns + c) * channels + channel] = color[channel]!
    }
  }
}
