/** 4 rows of 4: takes voxel (i, j, k, 1) to RAS+ mm, as the API's `affine`. */
export type Affine = readonly (readonly number[])[]
export type Point = readonly [number, number, number]

/** Where a voxel's centre is, RAS+ mm. */
export function toMm (affine: Affine, [i, j, k]: Point): Point {
  const row = (n: number) => affine[n]![0]! * i + affine[n]![1]! * j + affine[n]![2]! * k + affine[n]![3]!
  return [row(0), row(1), row(2)]
}

/** The voxel, not rounded, whose place is `mm`; undefined where the affine has no inverse. */
export function toVoxel (affine: Affine, mm: Point): Point | undefined {
  const [a, b, c] = [0, 1, 2].map((column) => [0, 1, 2].map((row) => affine[row]![column]!)) as [number[], number[], number[]]
  const determinant = dot(a, cross(b, c))
  const scale = Math.hypot(...a) * Math.hypot(...b) * Math.hypot(...c)
  if (!(Math.abs(determinant) > 1e-9 * scale)) return undefined
  const from = [0, 1, 2].map((row) => mm[row]! - affine[row]![3]!)
  // Cramer's rule: each coordinate is a ratio of two volumes.
  return [dot(from, cross(b, c)) / determinant, dot(a, cross(from, c)) / determinant, dot(a, cross(b, from)) / determinant]
}

/** Millimetres between two voxels, not necessarily whole ones. */
export function distanceMm (affine: Affine, a: Point, b: Point): number {
  const [from, to] = [toMm(affine, a), toMm(affine, b)]
  return Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2])
}

/** Millimetres from a voxel to the next along each stored axis. */
export function stepsMm (affine: Affine): Point {
  const step = (axis: number) => Math.hypot(affine[0]![axis]!, affine[1]![axis]!, affine[2]![axis]!)
  return [step(0), step(1), step(2)]
}

const dot = (a: readonly number[], b: readonly number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!
const cross = (a: readonly number[], b: readonly number[]) =>
  [a[1]! * b[2]! - a[2]! * b[1]!, a[2]! * b[0]! - a[0]! * b[2]!, a[0]! * b[1]! - a[1]! * b[0]!]
