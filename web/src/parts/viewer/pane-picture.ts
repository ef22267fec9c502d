import { physicalExtent, type Extent } from '../../image/extent.js'
import { paletteOf } from '../../image/labels.js'
import { LESION_PALETTE, type Palette } from '../../image/overlay.js'
import { clearMissing, Painter, type Overlay } from '../../image/painter.js'
import type { Slice } from '../../image/planes.js'
import type { OpenStudy } from '../../volume/open-study.js'
import type { View } from '../../state/view.js'

/** The canvas of a pane: draws its slice, and only when something of it has changed. */
export class PanePicture {
  private readonly painter = new Painter()
  private image: ImageData | undefined
  private drawn = ''
  private source: unknown
  private palette: { key: string, palette: Palette } | undefined

  /** @returns whether there is a picture, whole or in part */
  draw (canvas: HTMLCanvasElement, study: OpenStudy, slice: Slice, view: View, opacity: number): boolean {
    const { image, mask } = study
    if (image === undefined || !image.hasPart(slice) || study.problem !== undefined) return false
    const revision = image.has(slice) ? -1 : image.revision
    const palette = this.paletteFor(study, view)
    const overlay = view.mask === 'off' || mask === undefined || !mask.hasPart(slice)
      ? undefined
      : {
        labels: mask.voxels as Uint8Array,
        revision: mask.has(slice) ? -1 : mask.revision,
        style: view.mask,
        palette,
        opacity
      } satisfies Overlay
    const { center, width } = view.window
    const key = [slice.plane, slice.index, slice.base, slice.rowStride, revision, center, width, view.inverted, overlay?.style, overlay?.revision, opacity, this.palette?.key].join()
    if (key === this.drawn && this.source === image) return true

    const { rows, columns } = physicalExtent(slice)
    if (this.image?.width !== columns || this.image.height !== rows) this.image = sized(canvas, { rows, columns })
    const pixels = new Uint32Array(this.image.data.buffer)
    this.painter.paint({ voxels: image.voxels, slice, revision }, { window: view.window, inverted: view.inverted, overlay }, pixels)
    if (!image.has(slice)) clearMissing(slice, image.arrived, pixels)
    canvas.getContext('2d')!.putImageData(this.image, 0, 0)
    this.drawn = key
    this.source = image
    return true
  }

  /** The same object while nothing of it changes, so that what is made from it is kept. */
  private paletteFor ({ labels, set }: OpenStudy, { hidden }: View): Palette {
    if (set === undefined) return LESION_PALETTE
    const key = JSON.stringify([set, labels.map(({ name, color }) => [name, color]), hidden])
    if (this.palette?.key !== key) this.palette = { key, palette: paletteOf(labels, hidden) }
    return this.palette.palette
  }
}

function sized (canvas: HTMLCanvasElement, { rows, columns }: Extent): ImageData {
  canvas.width = columns
  canvas.height = rows
  return new ImageData(columns, rows)
}
