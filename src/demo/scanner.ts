import { cloudTile, grainTile, TILE } from './noise.js'
import { Random } from './random.js'
import type { Raster, SlicePainter } from './slice-painter.js'

/** HU of pixels that a scanner does not reconstruct: those outside the circle that the detector sees completely. */
const PADDING = -2048

/** The couch under a patient whose back is at y = `top` mm: a mattress, two thin curved shells, foam between them. */
export function paintTable (painter: SlicePainter, top: number): void {
  const { hu, raster } = painter
  for (let row = 0, at = 0; row < raster.rows; row++) {
    const height = painter.y(row)
    for (let column = 0; column < raster.columns; column++, at++) {
      const bow = painter.x(column) ** 2 / 900
      const upper = top - 7 + bow - height // mm below the upper shell's surface
      const lower = height - (top - 42 + 0.3 * bow) // mm above the lower shell's surface
      if (upper < -9 || lower < -2) continue
      const shell = Math.max(1.6 - Math.abs(upper), 1.2 - Math.abs(lower)) / raster.pixel
      const filling = upper < 0 ? -930 : lower > 0 ? -960 : -1000
      hu[at] = filling + Math.min(1, Math.max(0, shell)) * (-180 - filling)
    }
  }
}

/** Blur like the scanner's point spread: binomial, 1 2 1 in both directions, about 1.2 mm wide at half height. */
export function blurLikeScanner (hu: Float32Array, { columns, rows }: Raster): void {
  for (let row = 0; row < rows; row++) {
    const line = row * columns
    let before = hu[line]!
    for (let at = line; at < line + columns - 1; at++) {
      const here = hu[at]!
      hu[at] = (before + 2 * here + hu[at + 1]!) / 4
      before = here
    }
  }
  const above = hu.slice(0, columns)
  for (let row = 0; row < rows - 1; row++) {
    for (let column = 0, at = row * columns; column < columns; column++, at++) {
      const here = hu[at]!
      hu[at] = (above[column]! + 2 * here + hu[at + columns]!) / 4
      above[column] = here
    }
  }
}

/** Adds quantum noise and rounds: a painted slice becomes what a scanner stores. */
export class Scanner {
  readonly #grain: readonly [Float32Array, Float32Array]
  readonly #clouds: Float32Array

  constructor () {
    const random = new Random(20200301)
    this.#grain = [grainTile(random), grainTile(random)]
    this.#clouds = cloudTile(random, 2)
  }

  /**
   * Noise grows with the tissue that the rays cross, estimated by the depth under the skin.
   *
   * @param depth    coarse field, mm under the skin
   * @param streaks  0 .. 1: strength of the noise that runs from side to side across the shoulders
   * @param into     the slice's columns * rows voxels, written in HU
   */
  scan (painter: SlicePainter, depth: Float32Array, streaks: number, random: Random, into: Int16Array): void {
    const { columns, rows, step } = painter.raster
    const { hu } = painter
    const [one, two] = this.#grain
    const clouds = this.#clouds
    const wrap = TILE * TILE - 1
    const start = [random.below(TILE * TILE), random.below(TILE * TILE), random.below(TILE * TILE)] as const
    const under = new Float32Array(columns)
    into.fill(PADDING)
    for (let row = 0; row < rows; row++) {
      if (row % step === 0) {
        const nodes = row / step * painter.nodesX
        for (let column = 0; column < columns; column++) under[column] = Math.max(0, Math.min(90, depth[nodes + Math.floor(column / step)]!))
      }
      const half = Math.sqrt(Math.max(0, (columns / 2) ** 2 - (row - (rows - 1) / 2) ** 2))
      const first = Math.max(0, Math.ceil((columns - 1) / 2 - half))
      const last = Math.min(columns - 1, Math.floor((columns - 1) / 2 + half))
      const drawn = row * TILE
      for (let column = first; column <= last; column++) {
        const at = row * columns + column
        const grain = one[(start[0] + drawn + column) & wrap]! + two[(start[1] + drawn + column) & wrap]!
        let noise = (7 + 0.085 * under[column]!) * grain
        // Stretched eight times along its rows, cloudy noise becomes streaks.
        if (streaks > 0) noise += 0.16 * streaks * under[column]! * clouds[(start[2] + drawn + (column >> 3)) & wrap]!
        into[at] = ((hu[at]! + noise + 4096.5) | 0) - 4096 // rounds by truncation: no value is below -4096
      }
    }
  }
}
