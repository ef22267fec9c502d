import { physicalExtent, type Extent } from './extent.js'
import { gather } from './gather.js'
import { GREY_PIXELS, greyTable, type GreyTable, type Voxels } from './grey-tables.js'
import { blendTables, outlined, type OverlayStyle, type Palette } from './overlay.js'
import type { Slice } from './planes.js'
import { resampleGrey, resampleLabels } from './resample.js'
import { greyOf, type Window } from './window.js'

/** A label map over the picture: a lesion mask, several labels, or the hits and misses of a prediction. */
export interface Overlay {
  /** the whole label map, i fastest, and a number that changes when voxels of the slice have arrived */
  readonly labels: Uint8Array
  readonly revision: number
  readonly style: Exclude<OverlayStyle, 'off'>
  readonly palette: Palette
  /** 0 to 1 */
  readonly opacity: number
}

export interface Look {
  readonly window: Window
  /** black is white */
  readonly inverted: boolean
  readonly overlay?: Overlay | undefined
}

/** What to draw: the whole volume (i fastest), the slice of it, and a number that changes when voxels of the slice have arrived. */
export interface Subject { readonly voxels: Voxels, readonly slice: Slice, readonly revision: number }

/**
 * Draws slices as the service's `.png` with `aspect=physical` shows them. What does not change from frame to frame is
 * kept: a drag of the window only looks values up again.
 */
export class Painter {
  private gathered: { key: string, from: Voxels, values: Voxels } | undefined
  private drawn: { key: string, from: Uint8Array, labels: Uint8Array } | undefined
  private blends: { palette: Palette, opacity: number, tables: (Uint32Array | undefined)[] } | undefined

  /** @param out pixels of `physicalExtent(slice)`, row by row, 0xAABBGGRR; written */
  paint (subject: Subject, look: Look, out: Uint32Array): void {
    const { slice } = subject
    const to = physicalExtent(slice)
    const values = this.valuesOf(subject)
    const table = greyTable(values, look.window, look.inverted)
    if (to.rows !== slice.rows || to.columns !== slice.columns) paintStretched(values, slice, to, table, look, out)
    else if (table !== undefined) lookUp(values, table.offset, table.pixels, out)
    else paintFloats(values, look, out)
    if (look.overlay !== undefined) this.layOver(subject, look.overlay, to, out)
  }

  private valuesOf ({ voxels, slice, revision }: Subject): Voxels {
    const key = keyOf(slice, revision)
    if (this.gathered?.key !== key || this.gathered.from !== voxels) {
      this.gathered = { key, from: voxels, values: gather(voxels, slice) }
    }
    return this.gathered.values
  }

  private layOver ({ slice }: Subject, { labels, revision, style, palette, opacity }: Overlay, to: Extent, out: Uint32Array): void {
    const key = `${style} ${keyOf(slice, revision)}`
    if (this.drawn?.key !== key || this.drawn.from !== labels) {
      const area = resampleLabels(gather(labels, slice), slice, to)
      this.drawn = { key, from: labels, labels: style === 'outline' ? outlined(area, to) : area }
    }
    if (this.blends?.palette !== palette || this.blends.opacity !== opacity) {
      this.blends = { palette, opacity, tables: blendTables(palette, opacity) }
    }
    const { tables } = this.blends
    const values = this.drawn.labels
    for (let n = 0; n < out.length; n++) {
      if (values[n] === 0) continue
      const table = tables[values[n]!]
      if (table !== undefined) out[n] = table[out[n]! & 255]! // still grey: any channel is the grey level
    }
  }
}

const keyOf = ({ plane, index, columnAxis, rowAxis, base }: Slice, revision: number) => `${plane} ${index} ${columnAxis} ${rowAxis} ${base} ${revision}`

function lookUp (values: Voxels, offset: number, pixels: Uint32Array, out: Uint32Array): void {
  for (let n = 0; n < out.length; n++) out[n] = pixels[values[n]! + offset]!
}

function paintFloats (values: Voxels, { window, inverted }: Look, out: Uint32Array): void {
  const grey = new Uint8ClampedArray(out.length)
  for (let n = 0; n < out.length; n++) grey[n] = greyOf(values[n]!, window)
  lookUp(grey as unknown as Uint8Array, 0, GREY_PIXELS[Number(inverted) as 0 | 1], out)
}

function paintStretched (values: Voxels, slice: Slice, to: Extent, table: GreyTable | undefined, { window, inverted }: Look, out: Uint32Array): void {
  const windowed = new Float32Array(values.length)
  if (table === undefined) for (let n = 0; n < windowed.length; n++) windowed[n] = greyOf(values[n]!, window)
  else for (let n = 0; n < windowed.length; n++) windowed[n] = table.grey[values[n]! + table.offset]!
  const grey = new Uint8ClampedArray(out.length)
  resampleGrey(windowed, slice, to, grey)
  lookUp(grey as unknown as Uint8Array, 0, GREY_PIXELS[Number(inverted) as 0 | 1], out)
}

/**
 * Make transparent what has not arrived: rows or columns of a picture across the slabs whose slab is missing.
 *
 * @param arrived one entry per stored k, 0 where it is missing
 */
export function clearMissing (slice: Slice, arrived: Uint8Array, out: Uint32Array): void {
  if (slice.normalAxis === 2) return
  const { rows, columns } = physicalExtent(slice)
  const alongRows = slice.rowAxis === 2
  const [size, outSize, turned] = alongRows ? [slice.rows, rows, slice.rowTurned] : [slice.columns, columns, slice.columnTurned]
  for (let place = 0; place < outSize; place++) {
    const nearest = Math.floor((2 * place + 1) * size / (2 * outSize))
    if (arrived[turned ? size - 1 - nearest : nearest] !== 0) continue
    if (alongRows) out.fill(0, place * columns, (place + 1) * columns)
    else for (let r = 0; r < rows; r++) out[r * columns + place] = 0
  }
}
