import { GeometryMismatch } from '../../errors.js'
import type { Affine } from '../../nifti/affine.js'
import type { Shape } from './voxel-grid.js'

/** A mask's grid: sizes, the matrix to RAS+ mm, and `axes` such as `LAS`; null where the header gives no direction. */
export interface MaskGrid { shape: Shape, affine: Affine | null, axes: string | null }

/** The grid of a study's mask, which is its image's; `own` is the grid in the mask's own header, if different. */
export interface ReferenceGrid extends MaskGrid { own: MaskGrid | null }

/** How a prediction was aligned with the reference's grid: unchanged, reoriented, or unknown (an .npy). */
export const GEOMETRIES = ['same', 'reoriented', 'assumed'] as const
export type Geometry = typeof GEOMETRIES[number]

/**
 * Where to find the reference's voxels in a prediction: the reference's voxel (i, j, k) is the prediction's
 * `start + i strides[0] + j strides[1] + k strides[2]`.
 */
export interface Alignment { geometry: Geometry, start: number, strides: Shape }

/** In mm: two affines are of one grid if every entry differs by less. */
const TOLERANCE_MM = 1e-3

const AXES = [0, 1, 2] as const
const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const
const FLIPS = [0, 1, 2, 3, 4, 5, 6, 7] as const

/**
 * Align a prediction with the reference's grid. It may store the same voxels with axes permuted or reversed: of these 48
 * orientations, take the one whose affine is the prediction's. A prediction may also have the grid of the reference's own
 * file, whose header can differ from the image's.
 *
 * @throws GeometryMismatch naming both grids, where no orientation fits
 */
export function alignmentOf (reference: ReferenceGrid, prediction: MaskGrid): Alignment {
  const isSameShape = AXES.every((axis) => reference.shape[axis] === prediction.shape[axis])
  // If either side has no direction, voxels are matched by index, as for an .npy.
  if (reference.affine === null && isSameShape) return { geometry: 'assumed', start: 0, strides: [1, prediction.shape[0], prediction.shape[0] * prediction.shape[1]] }
  for (const grid of [reference, reference.own]) {
    const same = grid === null ? undefined : alignmentBy(grid, prediction, ORDERS[0], 0)
    if (same !== undefined) return same
  }
  for (const order of ORDERS) {
    for (const flips of FLIPS) {
      const alignment = alignmentBy(reference, prediction, order, flips)
      if (alignment !== undefined) return alignment
    }
  }
  throw new GeometryMismatch(`The prediction is not on the grid of the reference in any orientation: the prediction has ${told(prediction)}; the reference has ${told(reference)}.`)
}

/** @param order which axis of the prediction each axis of the reference is @param flips bit a: it runs backwards along the reference's axis a */
function alignmentBy (reference: MaskGrid, prediction: MaskGrid, order: Shape, flips: number): Alignment | undefined {
  const [of, other] = [reference.affine, prediction.affine]
  if (of === null || other === null) return undefined
  if (AXES.some((axis) => prediction.shape[order[axis]!] !== reference.shape[axis])) return undefined
  const isFlipped = (axis: number) => (flips >> axis & 1) === 1
  const strideOf = [1, prediction.shape[0], prediction.shape[0] * prediction.shape[1]]
  let start = 0
  for (const axis of AXES) if (isFlipped(axis)) start += (reference.shape[axis] - 1) * strideOf[order[axis]!]!
  for (const row of AXES) {
    let origin = of[row]![3]!
    for (const axis of AXES) {
      const step = of[row]![axis]!
      if (!(Math.abs(other[row]![order[axis]!]! - (isFlipped(axis) ? -step : step)) < TOLERANCE_MM)) return undefined
      if (isFlipped(axis)) origin += step * (reference.shape[axis] - 1)
    }
    if (!(Math.abs(other[row]![3]! - origin) < TOLERANCE_MM)) return undefined
  }
  const strides = AXES.map((axis) => strideOf[order[axis]!]! * (isFlipped(axis) ? -1 : 1)) as unknown as Shape
  const isSame = flips === 0 && order.every((axis, n) => axis === n)
  return { geometry: isSame ? 'same' : 'reoriented', start, strides }
}

/** A grid in words: shape, axis codes, origin. */
export function told ({ shape, axes, affine }: MaskGrid): string {
  if (affine === null) return `shape ${shape.join(' x ')} and a header that gives no direction`
  const origin = affine.slice(0, 3).map((row) => Number(row[3]!.toFixed(3)))
  const steps = AXES.map((axis) => Number(Math.hypot(...affine.slice(0, 3).map((row) => row[axis]!)).toFixed(4)))
  return `shape ${shape.join(' x ')}, axes ${axes}, ${steps.join(' x ')} mm a voxel, origin (${origin.join(', ')}) mm`
}
