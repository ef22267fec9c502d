import { stepsMm, type Affine, type Point } from './affine.js'

export const PLANES = ['axial', 'coronal', 'sagittal'] as const
export type Plane = typeof PLANES[number]
/** `radiological`: as read from a light box; `native`: stored order. */
export const ORIENTATIONS = ['radiological', 'native'] as const
export type Orientation = typeof ORIENTATIONS[number]
export type StoredAxis = 0 | 1 | 2

/** What the API says of a volume's place: `shape`, `axes` (such as LAS) and `affine` of a study. */
export interface Grid { readonly shape: Point, readonly axes: string, readonly affine: Affine }

/** The patient's side at each edge of a picture: R, L, A, P, S or I. */
export interface Letters { readonly left: string, readonly right: string, readonly top: string, readonly bottom: string }

/** Which voxels make a slice, in which order. Rows go down, columns across. */
export interface Slice {
  readonly plane: Plane
  readonly index: number
  /** slices along the plane */
  readonly count: number
  readonly rows: number
  readonly columns: number
  /** the stored axis the plane is perpendicular to, the one along which rows follow each other, and columns */
  readonly normalAxis: StoredAxis
  readonly rowAxis: StoredAxis
  readonly columnAxis: StoredAxis
  /** rows, or columns, run against their stored axis */
  readonly rowTurned: boolean
  readonly columnTurned: boolean
  /** the first voxel, and the way to the next row and column, in the order i + ni (j + nj k) */
  readonly base: number
  readonly rowStride: number
  readonly columnStride: number
  /** millimetres from one row, or column, to the next */
  readonly pixelMm: { readonly row: number, readonly column: number }
  readonly letters: Letters
}

/** The letters of each RAS axis, against it and with it. */
const LETTERS = ['LR', 'PA', 'IS'] as const
/** The RAS axis that a plane cuts across, and those its rows and columns run along. */
const ANATOMY = {
  axial: { normal: 2, rows: 1, columns: 0 },
  coronal: { normal: 1, rows: 2, columns: 0 },
  sagittal: { normal: 0, rows: 2, columns: 1 }
} as const

/** The stored axis a plane is perpendicular to. */
export function planeAxis ({ axes }: Pick<Grid, 'axes'>, plane: Plane): StoredAxis {
  return storedAlong(axes, ANATOMY[plane].normal)
}

/** The slice of a plane through a voxel, as the service orders it: docs, `plane` and `orientation`. */
export function sliceThrough (grid: Grid, plane: Plane, index: number, orientation: Orientation): Slice {
  const { shape, axes } = grid
  const anatomy = ANATOMY[plane]
  const normalAxis = storedAlong(axes, anatomy.normal)
  const others = ([0, 1, 2] as const).filter((axis) => axis !== normalAxis)
  const radiological = orientation === 'radiological'
  const columnAxis = radiological ? storedAlong(axes, anatomy.columns) : others[0]!
  const rowAxis = radiological ? storedAlong(axes, anatomy.rows) : others[1]!
  // Pictures begin at R, A and S: an axis that grows towards one of them is turned round.
  const turned = (axis: StoredAxis) => radiological && 'RAS'.includes(axes[axis]!)
  const [rowTurned, columnTurned] = [turned(rowAxis), turned(columnAxis)]

  const strides = [1, shape[0], shape[0] * shape[1]] as const
  const begin = (axis: StoredAxis) => axis === normalAxis ? index : turned(axis) ? shape[axis] - 1 : 0
  const steps = stepsMm(grid.affine)
  const [columnFrom, columnTo] = edgeLetters(axes[columnAxis]!, columnTurned)
  const [rowFrom, rowTo] = edgeLetters(axes[rowAxis]!, rowTurned)
  return {
    plane,
    index,
    count: shape[normalAxis],
    rows: shape[rowAxis],
    columns: shape[columnAxis],
    normalAxis,
    rowAxis,
    columnAxis,
    rowTurned,
    columnTurned,
    base: begin(0) * strides[0] + begin(1) * strides[1] + begin(2) * strides[2],
    rowStride: rowTurned ? -strides[rowAxis] : strides[rowAxis],
    columnStride: columnTurned ? -strides[columnAxis] : strides[columnAxis],
    // An axis without length (a singular affine) is taken to be as long as the other: pixels are then square.
    pixelMm: { row: steps[rowAxis] || steps[columnAxis] || 1, column: steps[columnAxis] || steps[rowAxis] || 1 },
    letters: { left: columnFrom, right: columnTo, top: rowFrom, bottom: rowTo }
  }
}

/** The voxel at a place of a slice, not rounded: (column, row) of pixel centres to (i, j, k). */
export function voxelAt (slice: Slice, column: number, row: number): Point {
  const voxel: [number, number, number] = [0, 0, 0]
  voxel[slice.normalAxis] = slice.index
  voxel[slice.columnAxis] = slice.columnTurned ? slice.columns - 1 - column : column
  voxel[slice.rowAxis] = slice.rowTurned ? slice.rows - 1 - row : row
  return voxel
}

/** Where a voxel, projected onto the slice, lies on it: (column, row) of pixel centres, not rounded. */
export function placeOn (slice: Slice, voxel: Point): { column: number, row: number } {
  const [c, r] = [voxel[slice.columnAxis], voxel[slice.rowAxis]]
  return { column: slice.columnTurned ? slice.columns - 1 - c : c, row: slice.rowTurned ? slice.rows - 1 - r : r }
}

/** The nearest voxel of the volume. */
export function nearestVoxel ({ shape }: Pick<Grid, 'shape'>, voxel: Point): Point {
  const clamp = (axis: StoredAxis) => Math.min(shape[axis] - 1, Math.max(0, Math.round(voxel[axis]))) + 0
  return [clamp(0), clamp(1), clamp(2)]
}

/** A voxel with one coordinate replaced. */
export function withCoordinate (voxel: Point, axis: StoredAxis, value: number): Point {
  const next: [number, number, number] = [...voxel]
  next[axis] = value
  return next
}

/** The letters after a picture was mirrored left to right, or top to bottom. */
export function mirroredLetters ({ left, right, top, bottom }: Letters, horizontally: boolean, vertically: boolean): Letters {
  return {
    left: horizontally ? right : left,
    right: horizontally ? left : right,
    top: vertically ? bottom : top,
    bottom: vertically ? top : bottom
  }
}

function storedAlong (axes: string, ras: 0 | 1 | 2): StoredAxis {
  return ([0, 1, 2] as const).find((axis) => LETTERS[ras].includes(axes[axis]!))!
}

/** The letter where an axis begins on the picture, and where it ends. */
function edgeLetters (growsTo: string, turned: boolean): [from: string, to: string] {
  const pair = LETTERS.find((letters) => letters.includes(growsTo))!
  const comesFrom = pair[0] === growsTo ? pair[1]! : pair[0]!
  return turned ? [growsTo, comesFrom] : [comesFrom, growsTo]
}
