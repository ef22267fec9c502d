import type { Tube } from './slice-painter.js'

/**
 * Signed distances in mm, positive inside; exact for balls and tubes, good near the surface for other shapes.
 * `either` and `both` are the smooth union and intersection (polynomial, blend width `soft` mm).
 *
 * @see https://iquilezles.org/articles/smin/ (quadratic smooth minimum)
 */
export function either (a: number, b: number, soft: number): number {
  const gap = soft - Math.abs(a - b)
  return Math.max(a, b) + (gap > 0 ? gap * gap / (4 * soft) : 0)
}

export function both (a: number, b: number, soft: number): number {
  return -either(-a, -b, soft)
}

/** Replaces Math.hypot, whose guard against overflow would cost more than everything else here. */
function length (x: number, y: number, z: number): number {
  return Math.sqrt(x * x + y * y + z * z)
}

/** An ellipsoid around the origin; rz = Infinity gives a pillar. */
export function ellipsoid (x: number, y: number, z: number, rx: number, ry: number, rz: number): number {
  const u = x / rx
  const v = y / ry
  const w = z / rz
  const scaled = length(u, v, w)
  const slope = length(u / rx, v / ry, w / rz)
  return slope === 0 ? Math.min(rx, ry, rz) : scaled * (1 - scaled) / slope
}

export function tube (x: number, y: number, z: number, { a, b, radius }: Tube): number {
  const dx = b[0] - a[0]
  const dy = b[1] - a[1]
  const dz = b[2] - a[2]
  const wx = x - a[0]
  const wy = y - a[1]
  const wz = z - a[2]
  const t = Math.min(1, Math.max(0, (wx * dx + wy * dy + wz * dz) / (dx * dx + dy * dy + dz * dz)))
  return radius - length(wx - t * dx, wy - t * dy, wz - t * dz)
}

/** Rows of [z, ...values], z descending, as a function of z: linear between the rows, constant beyond them. */
export function profile (rows: readonly (readonly number[])[]): (z: number) => number[] {
  return (z) => {
    const below = rows.findIndex((row) => row[0]! <= z)
    if (below === 0) return rows[0]!.slice(1)
    if (below < 0) return rows.at(-1)!.slice(1)
    const upper = rows[below - 1]!
    const lower = rows[below]!
    const t = (upper[0]! - z) / (upper[0]! - lower[0]!)
    return upper.slice(1).map((value, n) => value + t * (lower[n + 1]! - value))
  }
}
