import { LineTransform } from './distance-transform.js'
import type { Surface } from './surfels.js'
import type { Shape } from './voxel-grid.js'

/** Every surfel of one mask: its distance in mm to the other mask's surface, and its code, which has its area in mm². */
export interface SurfaceDistances { distances: Float64Array, codes: Uint8Array, areas: Float64Array }

/**
 * The exact distance of each surfel of `from` to the nearest of `to`, by a distance transform of their box.
 *
 * Memory is 1 byte per corner, 2 from 255 slabs on: the distance along k is kept as a number of steps. Then one slab at a time is converted to
 * mm along j and i, only where it holds surfels of `from` that `to` does not share.
 *
 * @param from, to not empty, of one shape
 * @param areas    by code, from `surfelAreas`
 */
export function surfaceDistances (from: Surface, to: Surface, areas: Float64Array, spacing: Shape): SurfaceDistances {
  const [ni, nj, nk] = from.shape
  const steps = stepsAlongK(to)
  const slab = new Float64Array(ni * nj)
  const [alongI, alongJ] = [new LineTransform(ni, spacing[0]), new LineTransform(nj, spacing[1])]
  const apart = new Int32Array(ni)
  // Squared distances of the surfels that the other mask does not share; all others stay 0.
  const result = surfelsOf(from, areas)
  for (let k = 0, n = 0; k < nk; k++) {
    const rows = rowsApart(from, to, k)
    for (let i = 0; i < ni && rows.length > 0; i++) {
      columnOf(steps, i + k * ni * nj, ni, spacing[2], alongJ.line)
      alongJ.apply(rows, rows.length, slab, i, ni)
    }
    for (let j = 0, row = 0; j < nj; j++) {
      const first = ni * (j + nj * k)
      if (rows[row] === j) {
        row++
        const squares = slab.subarray(j * ni, (j + 1) * ni)
        alongI.line.set(squares)
        alongI.apply(apart, placesApart(from, to, first, ni, apart), squares, 0, 1)
        n = takeRow(from.codes, to.codes, first, squares, result.distances, n)
      } else {
        n = passRow(from.codes, first, ni, n)
      }
    }
  }
  return result
}

/** The surfels of a mask in storage order, with distances of 0. */
function surfelsOf ({ codes }: Surface, areas: Float64Array): SurfaceDistances {
  let count = 0
  for (let at = 0; at < codes.length; at++) if (codes[at] !== 0) count++
  const result = { distances: new Float64Array(count), codes: new Uint8Array(count), areas }
  for (let at = 0, n = 0; at < codes.length; at++) if (codes[at] !== 0) result.codes[n++] = codes[at]!
  return result
}

/** Writes the distances of a row's surfels. @param n the first one's number in the mask @returns the number after the last */
function takeRow (from: Uint8Array, to: Uint8Array, first: number, squares: Float64Array, distances: Float64Array, n: number): number {
  for (let i = 0; i < squares.length; i++) {
    if (from[first + i] === 0) continue
    if (to[first + i] === 0) distances[n] = Math.sqrt(squares[i]!)
    n++
  }
  return n
}

function passRow (from: Uint8Array, first: number, ni: number, n: number): number {
  for (let at = first; at < first + ni; at++) if (from[at] !== 0) n++
  return n
}

/** The rows of slab k that hold a surfel of `from` and none of `to` in the same place. In all others every distance is 0. */
function rowsApart (from: Surface, to: Surface, k: number): number[] {
  const [ni, nj] = from.shape
  return Array.from({ length: nj }, (_, j) => j).filter((j) => {
    const start = ni * (j + nj * k)
    for (let at = start; at < start + ni; at++) if (from.codes[at] !== 0 && to.codes[at] === 0) return true
    return false
  })
}

/** The places of those surfels in a row. @returns how many were written into `places` */
function placesApart (from: Surface, to: Surface, first: number, ni: number, places: Int32Array): number {
  let count = 0
  for (let i = 0; i < ni; i++) if (from.codes[first + i] !== 0 && to.codes[first + i] === 0) places[count++] = i
  return count
}

/** The distance of each corner to the nearest surface along k, in steps; `none` where the line has no surface. */
interface Steps { counts: Uint8Array | Uint16Array | Uint32Array, none: number }

function stepsAlongK ({ codes, shape: [ni, nj, nk] }: Surface): Steps {
  const counts = new (nk < 0xff ? Uint8Array : nk < 0xffff ? Uint16Array : Uint32Array)(codes.length)
  const none = 2 ** (8 * counts.BYTES_PER_ELEMENT) - 1
  const slab = ni * nj
  for (let at = 0; at < slab; at++) counts[at] = codes[at] === 0 ? none : 0
  for (let at = slab; at < codes.length; at++) {
    const before = counts[at - slab]!
    counts[at] = codes[at] !== 0 ? 0 : before === none ? none : before + 1
  }
  for (let at = codes.length - slab - 1; at >= 0; at--) {
    const after = counts[at + slab]!
    if (after < counts[at]! - 1) counts[at] = after + 1
  }
  return { counts, none }
}

/** The column along j from `first`, in squared mm. */
function columnOf ({ counts, none }: Steps, first: number, ni: number, spacing: number, column: Float64Array): void {
  for (let j = 0, at = first; j < column.length; j++, at += ni) {
    const count = counts[at]!
    column[j] = count === none ? Infinity : (count * spacing) ** 2
  }
}
