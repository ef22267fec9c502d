import { GeometryMismatch } from '../../errors.js'
import type { Affine } from '../../nifti/affine.js'
import type { Shape } from './voxel-grid.js'

/** Where a mask's voxels lie: sizes, and the matrix to RAS+ mm; `axes` such as `LAS`. */
export interface MaskGrid { shape: Shape, affine: Affine, axes: string }

/** How the grid of a prediction came to be the reference's: as it was, turned or flipped into it, or not known (an .npy). */
export const GEOMETRIES = ['same', 'reoriented', 'assumed'] as const
export type Geometry = typeof GEOMETRIES[number]

/**
 * Where the reference's voxels are among those of a prediction: its voxel (i, j, k) is the prediction's
 * `start + i strides[0] + j strides[1] + k strides[2]`.
 */
export interface Alignment { geometry: Geometry, start: number, strides: Shape }

/** Every entry of two affines of one grid differs by less, in mm. */
const TOLERANCE_MM = 1e-3

const AXES = [0, 1, 2] as const
const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const
const FLIPS = [0, 1, 2, 3, 4, 5, 6, 7] as const

/**
 * Find the reference's grid in a prediction's, which may store the same voxels in another order of axes, or backwards along
 * some: of the 48 ways to do so, the one whose affine is the prediction's.
 *
 * @throws GeometryMismatch naming both grids, where there is none
 */
export function alignmentOf (reference: MaskGrid, prediction: MaskGrid): Alignment {
  for (const order of ORDERS) {
    for (const flips of FLIPS) {
      const alignment = alignmentBy(reference, prediction, order, flips)
      if (alignment !== undefined) return alignment
    }
  }
  throw new GeometryMismatch(`The prediction is not on the reference's grid, whichever way it is turned: the prediction has ${told(prediction)}; the reference has ${told(reference)}.`)
}

/** @param order which axis of the prediction each axis of the reference is @param flips bit a: it runs backwards along the reference's axis a */
function alignmentBy (reference: MaskGrid, prediction: MaskGrid, order: Shape, flips: number): Alignment | undefined {
  if (AXES.some((axis) => prediction.shape[order[axis]!] !== reference.shape[axis])) return undefined
  const isFlipped = (axis: number) => (flips >> axis & 1) === 1
  const strideOf = [1, prediction.shape[0], prediction.shape[0] * prediction.shape[1]]
  let start = 0
  for (const axis of AXES) if (isFlipped(axis)) start += (reference.shape[axis] - 1) * strideOf[order[axis]!]!
  for (const row of AXES) {
    let origin = reference.affine[row]![3]!
    for (const axis of AXES) {
      const step = reference.affine[row]![axis]!
      if (!(Math.abs(prediction.affine[row]![order[axis]!]! - (isFlipped(axis) ? -step : step)) < TOLERANCE_MM)) return undefined
      if (isFlipped(axis)) origin += step * (reference.shape[axis] - 1)
    }
    if (!(Math.abs(prediction.affine[row]![3]! - origin) < TOLERANCE_MM)) return undefined
  }
  const strides = AXES.map((axis) => strideOf[order[axis]!]! * (isFlipped(axis) ? -1 : 1)) as unknown as Shape
  const isSame = flips === 0 && order.every((axis, n) => axis === n)
  return { geometry: isSame ? 'same' : 'reoriented', start, strides }
}

/** A grid in words: shape, axis codes, origin. */
function told ({ shape, axes, affine }: MaskGrid): string {
  const origin = affine.slice(0, 3).map((row) => Number(row[3]!.toFixed(3)))
  const steps = AXES.map((axis) => Number(Math.hypot(...affine.slice(0, 3).map((row) => row[axis]!)).toFixed(4)))
  return `shape ${shape.join(' x ')}, axes ${axes}, ${steps.join(' x ')} mm a voxel, origin (${origin.join(', ')}) mm`
}
