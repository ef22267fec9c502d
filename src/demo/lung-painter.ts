import { toStandard, type Body } from './body.js'
import type { Lesions } from './lesions.js'
import { EDGE, type Level } from './level.js'
import { cloudTile, netTile, TILE } from './noise.js'
import { Random } from './random.js'
import type { SlicePainter } from './slice-painter.js'

/** HU above healthy lung at the rim and at the heart of a ground-glass opacity. */
const GLASS_RIM = 170
const GLASS_HEART = 190
/** HU of airless lung. */
const CONSOLIDATED = 18

/** Paints lung parenchyma, healthy and ill, and says which voxels are which. */
export class LungPainter {
  readonly #clouds: Float32Array
  readonly #net: Float32Array

  constructor () {
    const random = new Random(19)
    this.#clouds = cloudTile(random, 9)
    this.#net = netTile(random, 14)
  }

  /**
   * @param lung  written: 1 where the pixel is more lung than not
   * @param mask  written: 1 where it is also more lesion than not
   */
  paint (painter: SlicePainter, body: Body, level: Level, slice: number, lesions: Lesions, random: Random, lung: Uint8Array, mask: Uint8Array): void {
    const { hu, raster: { columns, rows, thickness } } = painter
    const clouds = this.#clouds
    const net = this.#net
    const start = random.below(TILE * TILE)
    const at2 = (row: number, column: number) => (start + row * TILE + column) & (TILE * TILE - 1)
    const air = new Float32Array(columns * rows)
    painter.cover(level.lung, EDGE, (at, share, row, column) => {
      // Blood sinks: the back of a lying patient's lung is denser, by about 60 HU.
      air[at] = body.lung - 0.35 * painter.y(row) + 13 * clouds[at2(row, column)]! + 5 * net[at2(row, column)]!
      if (share >= 0.5) lung[at] = 1
      hu[at]! += share * (air[at]! - hu[at]!)
    })
    this.#fissures(painter, body, level, thickness, lung)
    painter.cover(lesions.opacity[slice]!, 0.07, (at, share, row, column) => {
      if (lung[at] === 0) return
      if (share >= 0.5) mask[at] = 1
      const glass = GLASS_RIM + 45 * clouds[at2(row, column)]! + lesions.paving * net[at2(row + 100, column)]!
      hu[at]! += share * Math.max(60, glass)
    })
    painter.cover(lesions.opacity[slice]!, 0.45, (at, share) => {
      if (mask[at] === 1) hu[at]! += Math.max(0, share - 0.5) * 2 * GLASS_HEART
    })
    painter.cover(lesions.consolidation[slice]!, 0.06, (at, share, row, column) => {
      if (mask[at] === 1) hu[at]! += share * (CONSOLIDATED + 12 * clouds[at2(row, column)]! - hu[at]!)
    })
  }

  /** The oblique fissures lie so flat in a thick slice that they show as a faint band. */
  #fissures (painter: SlicePainter, body: Body, { z, patientZ }: Level, thickness: number, lung: Uint8Array): void {
    const { hu } = painter
    painter.line(painter.field((px, py) => {
      const [x, y] = toStandard(body, px, py, patientZ)
      return z + 24 + 1.05 * y - 0.002 * (Math.abs(x) - 60) ** 2 - (x > 0 ? 8 : 0)
    }), thickness / 2, (at, share) => {
      if (lung[at] === 1) hu[at]! += 85 * share
    })
  }
}
