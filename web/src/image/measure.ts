import { stepsMm, type Affine, type Point } from './affine.js'
import type { Voxels } from './grey-tables.js'
import { placeOn, type Slice } from './planes.js'

/** What an ellipse on a slice holds, in HU; `sd` is of the voxels themselves (divided by n, not n - 1). */
export interface RoiStatistics { readonly mean: number, readonly sd: number, readonly min: number, readonly max: number, readonly voxels: number, readonly areaMm2: number }

/**
 * Mean and standard deviation inside the ellipse that two opposite corners of its box span: of all finite voxels whose
 * centre lies inside it.
 *
 * @param values rows * columns of the slice, HU
 * @param a, b   corners as voxels of this slice, not necessarily whole ones
 * @returns      undefined where no centre lies inside
 */
export function roiStatistics (values: Voxels, slice: Slice, affine: Affine, a: Point, b: Point): RoiStatistics | undefined {
  const [from, to] = [placeOn(slice, a), placeOn(slice, b)]
  const center = { column: (from.column + to.column) / 2, row: (from.row + to.row) / 2 }
  const radius = { column: Math.abs(to.column - from.column) / 2, row: Math.abs(to.row - from.row) / 2 }
  const inside: number[] = []
  const range = (middle: number, reach: number, size: number) => [Math.max(0, Math.ceil(middle - reach)), Math.min(size - 1, Math.floor(middle + reach))] as const
  const [top, bottom] = range(center.row, radius.row, slice.rows)
  const [left, right] = range(center.column, radius.column, slice.columns)
  for (let r = top; r <= bottom; r++) {
    for (let c = left; c <= right; c++) {
      const [x, y] = [(c - center.column) / (radius.column || 1), (r - center.row) / (radius.row || 1)]
      const value = values[r * slice.columns + c]!
      if (x * x + y * y <= 1 && Number.isFinite(value)) inside.push(value)
    }
  }
  if (inside.length === 0) return undefined
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length
  const variance = inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length
  const steps = stepsMm(affine)
  return {
    mean,
    sd: Math.sqrt(variance),
    min: inside.reduce((least, value) => Math.min(least, value), Infinity),
    max: inside.reduce((most, value) => Math.max(most, value), -Infinity),
    voxels: inside.length,
    areaMm2: Math.PI * radius.column * radius.row * steps[slice.columnAxis] * steps[slice.rowAxis]
  }
}
