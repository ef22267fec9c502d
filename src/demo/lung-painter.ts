import { toStandard, type Body } from './body.js'
import type { Lesions } from './lesions.js'
import { EDGE, type Level } from './level.js'
import { cloudTile, netTile, TILE } from './noise.js'
import { Random } from './random.js'
import type { SlicePainter } from './slice-painter.js'

/** HU above healthy lung at the rim of a ground-glass opacity, and in its centre. */
const GLASS_RIM = 170
const GLASS_HEART = 190
/** HU that an oblique fissure adds at most: it is so oblique to a thick slice that it appears as a faint band. */
const FISSURE = 85
/** HU of airless lung. */
const CONSOLIDATED = 18

/** Paints healthy and ill lung tissue, and marks which voxels are which. */
export class LungPainter {
  readonly #clouds: Float32Array
  readonly #net: Float32Array

  constructor () {
    const random = new Random(19)
    this.#clouds = cloudTile(random, 9)
    this.#net = netTile(random, 14)
  }

  /**
   * @param lung  written: 1 if at least half of the pixel is lung
   * @param mask  written: 1 if at least half of it is also lesion
   */
  paint (painter: SlicePainter, body: Body, level: Level, slice: number, lesions: Lesions, random: Random, lung: Uint8Array, mask: Uint8Array): void {
    const { hu, raster: { thickness } } = painter
    const clouds = this.#clouds
    const net = this.#net
    const start = random.below(TILE * TILE)
    const grain = (row: number, column: number) => (start + row * TILE + column) & (TILE * TILE - 1)
    // First the lung's own HU, and how much of each pixel is lung: at the pleura only a part.
    const part = new Float32Array(hu.length)
    const tissue = new Float32Array(hu.length)
    painter.cover(level.lung, EDGE, (at, share, row, column) => {
      part[at] = share
      if (share >= 0.5) lung[at] = 1
      // Blood sinks: in a patient who lies on the back, the lung's back is about 60 HU denser.
      tissue[at] = body.lung - 0.35 * painter.y(row) + 13 * clouds[grain(row, column)]! + 5 * net[grain(row, column)]!
    })
    painter.line(fissure(painter, body, level), thickness / 2, (at, share) => { tissue[at]! += FISSURE * share })
    painter.cover(lesions.opacity[slice]!, 0.07, (at, share, row, column) => {
      if (share >= 0.5 && lung[at] === 1) mask[at] = 1
      const glass = GLASS_RIM + 45 * clouds[grain(row, column)]! + lesions.paving * net[grain(row + 100, column)]!
      tissue[at]! += share * Math.max(60, glass)
    })
    painter.cover(lesions.opacity[slice]!, 0.45, (at, share) => { tissue[at]! += Math.max(0, share - 0.5) * 2 * GLASS_HEART })
    painter.cover(lesions.consolidation[slice]!, 0.06, (at, share, row, column) => {
      tissue[at]! += share * (CONSOLIDATED + 12 * clouds[grain(row, column)]! - tissue[at]!)
    })
    for (let at = 0; at < hu.length; at++) hu[at]! += part[at]! * (tissue[at]! - hu[at]!)
  }
}

/** The oblique fissures, where the field is zero: from the upper back to the lower front; the left one is higher. */
function fissure (painter: SlicePainter, body: Body, { z, patientZ }: Level): Float32Array {
  return painter.field((px, py) => {
    const [x, y] = toStandard(body, px, py, patientZ)
    return z + 24 + 1.05 * y - 0.002 * (Math.abs(x) - 60) ** 2 - (x > 0 ? 8 : 0)
  })
}
