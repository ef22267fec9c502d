import type { Random } from './random.js'

/** Side of a noise tile in pixels; a power of two, so that a bit mask wraps an index. */
export const TILE = 512

/**
 * Noise with the grain of a CT picture: neighbours correlate and low frequencies are missing, as after filtered
 * back projection (the ramp filter times the kernel's roll-off).
 *
 * @returns TILE * TILE values, mean 0, standard deviation 1, continuous across the borders
 */
export function grainTile (random: Random): Float32Array {
  const fine = smooth(white(random), 1)
  const coarse = smooth(fine, 4)
  return normalized(fine.map((value, at) => value - 0.8 * coarse[at]!))
}

/** Cloudy noise: white noise after `passes` binomial blurs; crests are about 3 * sqrt(passes) pixels apart. */
export function cloudTile (random: Random, passes: number): Float32Array {
  return normalized(smooth(white(random), passes))
}

/** A net of fine lines, bright where cloudy noise is zero: thickened septa, as in crazy paving. */
export function netTile (random: Random, passes: number): Float32Array {
  return normalized(cloudTile(random, passes).map((value) => 1 / (0.35 + Math.abs(value))))
}

function white (random: Random): Float32Array {
  const tile = new Float32Array(TILE * TILE)
  for (let at = 0; at < tile.length; at++) tile[at] = random.normal()
  return tile
}

function smooth (tile: Float32Array, passes: number): Float32Array {
  let from = tile
  for (let pass = 0; pass < passes; pass++) {
    for (const step of [1, TILE]) {
      const to = new Float32Array(from.length)
      const wrap = step === 1 ? TILE - 1 : from.length - 1
      for (let at = 0; at < from.length; at++) {
        const line = at & ~wrap
        to[at] = (from[line | ((at - step) & wrap)]! + 2 * from[at]! + from[line | ((at + step) & wrap)]!) / 4
      }
      from = to
    }
  }
  return from
}

function normalized (tile: Float32Array): Float32Array {
  let sum = 0
  let squares = 0
  for (const value of tile) {
    sum += value
    squares += value * value
  }
  const mean = sum / tile.length
  const deviation = Math.sqrt(squares / tile.length - mean * mean)
  return tile.map((value) => (value - mean) / deviation)
}

const LATTICE = 32

/** Smooth noise in space: random values on a lattice of unit cells (repeating every 32), interpolated smoothly. */
export class SpaceNoise {
  readonly #values: Float32Array

  constructor (random: Random) {
    this.#values = Float32Array.from({ length: LATTICE ** 3 }, () => random.between(-1, 1))
  }

  /** About -1 .. 1, at any point. */
  at (x: number, y: number, z: number): number {
    const i = Math.floor(x)
    const j = Math.floor(y)
    const k = Math.floor(z)
    const u = ease(x - i)
    const low = this.#row(i, u, j, k) + (this.#row(i, u, j + 1, k) - this.#row(i, u, j, k)) * ease(y - j)
    const high = this.#row(i, u, j, k + 1) + (this.#row(i, u, j + 1, k + 1) - this.#row(i, u, j, k + 1)) * ease(y - j)
    return low + (high - low) * ease(z - k)
  }

  /** Three octaves, each with half the width and half the strength of the one before. */
  fractal (x: number, y: number, z: number): number {
    return (this.at(x, y, z) + 0.5 * this.at(2 * x + 7, 2 * y, 2 * z) + 0.25 * this.at(4 * x, 4 * y + 5, 4 * z)) / 1.4
  }

  #row (i: number, u: number, j: number, k: number): number {
    const line = (((k & 31) << 5) | (j & 31)) << 5
    const low = this.#values[line | (i & 31)]!
    return low + (this.#values[line | ((i + 1) & 31)]! - low) * u
  }
}

function ease (t: number): number {
  return t * t * (3 - 2 * t)
}
