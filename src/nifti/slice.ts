import { OrientationUnknown, SliceNotFound } from '../errors.js'
import { lettersOf, type Affine, type Directions, type DirectionLetter } from './affine.js'
import type { TypedArray } from './datatype.js'
import { copyGrid } from './strided.js'
import type { VolumeLayout } from './volume.js'

export const PLANES = ['axial', 'coronal', 'sagittal'] as const
export type Plane = typeof PLANES[number]

/**
 * `native` keeps the stored order. `radiological` is the order on a light box: the first row is anterior (axial) or
 * superior (other planes); the first column is the patient's right, or anterior (sagittal).
 */
export const ORIENTATIONS = ['native', 'radiological'] as const
export type Orientation = typeof ORIENTATIONS[number]

type StoredAxis = 0 | 1 | 2

/** For each plane: the RAS axis it cuts across, the axis along which its rows follow each other, and that of its columns. */
const ANATOMY = {
  axial: { normal: 2, rows: 1, columns: 0 },
  coronal: { normal: 1, rows: 2, columns: 0 },
  sagittal: { normal: 0, rows: 2, columns: 1 }
} as const

/** Which voxels make up a slice, in which order, and where they are in space: known before any voxel is read. */
export interface SliceGeometry {
  plane: Plane
  index: number
  rows: number
  columns: number
  /** Slices along the plane. */
  count: number
  /** Sizes of the stored axes of the volume. */
  shape: readonly [number, number, number]
  /** The stored axis that the plane is perpendicular to, the axis from row to row, and the axis from column to column. */
  normalAxis: StoredAxis
  rowAxis: StoredAxis
  columnAxis: StoredAxis
  /** The first voxel, and the step to the next row and column, in the volume's linear order i + ni (j + nj k). */
  base: number
  rowStride: number
  columnStride: number
  /** Whether the slice is one run of the file: rows * columns voxels from `base`. */
  contiguous: boolean
  /**
   * 12 numbers, row by row: the top of the matrix that takes (column, row, 0, 1) to RAS+ mm; its third column is a step along
   * `normalAxis`. null if the volume has no direction.
   */
  affine: number[] | null
  /** Millimetres from one row, or column, to the next. */
  pixelMm: { row: number, column: number }
  /** The patient's side at each edge; null if the volume has no direction. */
  labels: { left: DirectionLetter, right: DirectionLetter, top: DirectionLetter, bottom: DirectionLetter } | null
}

/** The part of a volume's geometry that determines how its slices lie. */
type Placement = Pick<VolumeLayout, 'affine' | 'directions' | 'spacing' | 'noDirection'>

/** Without a direction, slices are counted along k, as stored, and called axial; there are no other planes. */
const BY_INDEX: Directions = [{ axis: 0, flip: 1 }, { axis: 1, flip: 1 }, { axis: 2, flip: 1 }]

/** The stored axis that a plane is perpendicular to; each stored axis has exactly one plane, even in oblique volumes. */
export function planeAxis ({ directions }: Pick<Placement, 'directions'>, plane: Plane): StoredAxis {
  return storedAlong(directions ?? BY_INDEX, ANATOMY[plane].normal)
}

/**
 * Plan a slice.
 *
 * @param index  along the stored axis, from 0, in stored order, in either orientation
 * @throws SliceNotFound       when the index is not one of the plane's slices
 * @throws OrientationUnknown  when the volume has no direction, and another plane or the radiological order is asked for
 */
export function sliceGeometry (layout: Placement & Pick<VolumeLayout, 'shape'>, plane: Plane, index: number, orientation: Orientation): SliceGeometry {
  const { shape, affine, spacing } = layout
  if (layout.directions === null && (plane !== 'axial' || orientation === 'radiological')) throw new OrientationUnknown(layout.noDirection!)
  const directions = layout.directions ?? BY_INDEX
  const normalAxis = storedAlong(directions, ANATOMY[plane].normal)
  const count = shape[normalAxis]
  if (!Number.isInteger(index) || index < 0 || index >= count) throw new SliceNotFound(plane, index, count)

  const [columnAxis, rowAxis] = orientation === 'radiological'
    ? [storedAlong(directions, ANATOMY[plane].columns), storedAlong(directions, ANATOMY[plane].rows)]
    : ([0, 1, 2] as const).filter((axis) => axis !== normalAxis) as [StoredAxis, StoredAxis]
  // Radiological pictures begin at R, A and S, the upper ends of the RAS axes: a stored axis that runs that way is reversed.
  const turned = (axis: StoredAxis) => orientation === 'radiological' && directions[axis].flip > 0
  const sign = (axis: StoredAxis) => turned(axis) ? -1 : 1

  const first: [number, number, number] = [0, 0, 0]
  first[normalAxis] = index
  for (const axis of [rowAxis, columnAxis]) first[axis] = turned(axis) ? shape[axis] - 1 : 0
  const strides = [1, shape[0], shape[0] * shape[1]] as const
  const rowStride = sign(rowAxis) * strides[rowAxis]
  const columnStride = sign(columnAxis) * strides[columnAxis]

  const step = (of: Affine, axis: StoredAxis, by: number) => [0, 1, 2].map((row) => of[row]![axis]! * by + 0)
  const columnLetters = lettersOf(directions[columnAxis])
  const rowLetters = lettersOf(directions[rowAxis])
  return {
    plane,
    index,
    rows: shape[rowAxis],
    columns: shape[columnAxis],
    count,
    shape,
    normalAxis,
    rowAxis,
    columnAxis,
    base: first[0] + shape[0] * (first[1] + shape[1] * first[2]),
    rowStride,
    columnStride,
    contiguous: normalAxis === 2 && columnStride === 1 && rowStride === shape[0],
    affine: affine && rowByRow(step(affine, columnAxis, sign(columnAxis)), step(affine, rowAxis, sign(rowAxis)), step(affine, normalAxis, 1), placeOf(affine, first)),
    pixelMm: { row: spacing[rowAxis], column: spacing[columnAxis] },
    labels: layout.directions && {
      left: turned(columnAxis) ? columnLetters.to : columnLetters.from,
      right: turned(columnAxis) ? columnLetters.from : columnLetters.to,
      top: turned(rowAxis) ? rowLetters.to : rowLetters.from,
      bottom: turned(rowAxis) ? rowLetters.from : rowLetters.to
    }
  }
}

const storedAlong = (directions: Directions, axis: number) =>
  directions.findIndex((direction) => direction.axis === axis) as StoredAxis

/**
 * Gather the voxels of a slice.
 *
 * @param slab  returns the ni * nj voxels of a stored k; called once for each k of the slice, in the order of need
 * @returns     rows * columns voxels in C order, in the geometry's order; the slab itself, not a copy, when it is the slice
 */
export function gatherSlice<T extends TypedArray> (geometry: SliceGeometry, slab: (k: number) => T): T {
  const { rows, columns, normalAxis, rowAxis, base, rowStride, columnStride, shape } = geometry
  const slabVoxels = shape[0] * shape[1]
  const k = Math.floor(base / slabVoxels)
  const start = base - k * slabVoxels
  const first = slab(k)
  if (geometry.contiguous) return first

  const slice = new (first.constructor as new (length: number) => T)(rows * columns)
  const to = { start: 0, rowStride: columns, columnStride: 1 }
  if (normalAxis === 2) {
    copyGrid(slice, to, first, { start, rowStride, columnStride }, rows, columns)
  } else if (rowAxis === 2) {
    const next = Math.sign(rowStride)
    for (let row = 0; row < rows; row++) {
      const from = row === 0 ? first : slab(k + next * row)
      copyGrid(slice, { ...to, start: row * columns }, from, { start, rowStride: 0, columnStride }, 1, columns)
    }
  } else {
    const next = Math.sign(columnStride)
    for (let column = 0; column < columns; column++) {
      const from = column === 0 ? first : slab(k + next * column)
      copyGrid(slice, { ...to, start: column }, from, { start, rowStride, columnStride: 0 }, rows, 1)
    }
  }
  return slice
}

/**
 * The affine of a slice after resizing to `outRows` x `outColumns`. Pixels are areas, so the edges stay in place, and the
 * centre of output pixel c lies at (c + 0.5) * columns / outColumns - 0.5 of the input.
 *
 * @param affine  12 numbers, as in SliceGeometry
 */
export function resizedAffine (affine: readonly number[], rows: number, columns: number, outRows: number, outColumns: number): number[] {
  const byColumn = columns / outColumns
  const byRow = rows / outRows
  const column = (n: number) => [affine[n]!, affine[n + 4]!, affine[n + 8]!]
  const [columnStep, rowStep, normal, origin] = [column(0), column(1), column(2), column(3)] as const
  return rowByRow(
    columnStep.map((mm) => mm * byColumn),
    rowStep.map((mm) => mm * byRow),
    normal,
    origin.map((mm, n) => mm + columnStep[n]! * (byColumn - 1) / 2 + rowStep[n]! * (byRow - 1) / 2)
  )
}

/** The affine of a box from voxel `start` on, for the box's own (i, j, k, 1): 12 numbers, row by row. null without direction. */
export function volumeAffine ({ affine }: Pick<VolumeLayout, 'affine'>, start: readonly [number, number, number] = [0, 0, 0]): number[] | null {
  if (affine === null) return null
  const axis = (n: number) => [0, 1, 2].map((row) => affine[row]![n]!)
  return rowByRow(axis(0), axis(1), axis(2), placeOf(affine, start))
}

/** The centre of a voxel in RAS+ mm. */
const placeOf = (affine: Affine, [i, j, k]: readonly [number, number, number]) =>
  [0, 1, 2].map((row) => affine[row]![0]! * i + affine[row]![1]! * j + affine[row]![2]! * k + affine[row]![3]!)

const rowByRow = (...columns: [number[], number[], number[], number[]]) =>
  [0, 1, 2].flatMap((row) => columns.map((column) => column[row]!))
