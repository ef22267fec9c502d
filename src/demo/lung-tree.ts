import type { Random } from './random.js'
import type { Point, Tube } from './slice-painter.js'

/** A tree of vessels; `bronchi` run beside an artery for its first generations. */
export interface LungTree { vessels: Tube[], bronchi: Tube[] }

const LEAF_RADIUS = 0.6
const SMALLEST_BRONCHUS_SERVES = 14

/**
 * Grow a tree that reaches every target: each branch grows towards the middle of its targets, then splits them in two
 * across the direction in which they spread most. Radii follow Murray's law: the sum of r^3 is kept.
 *
 * @param root     where it enters the lung, mm
 * @param targets  where its leaves end, mm; reordered
 * @see Murray CD. The physiological principle of minimum work. Proc Natl Acad Sci USA 1926;12:207-214
 */
export function growTree (root: Point, targets: Point[], withBronchi: boolean, random: Random): LungTree {
  const tree: LungTree = { vessels: [], bronchi: [] }
  const grow = (from: Point, low: number, high: number): void => {
    const count = high - low
    if (count === 0) return
    const middle = centre(targets, low, high)
    const reach = count === 1 ? 1 : random.between(0.34, 0.5)
    const to: Point = [
      from[0] + (middle[0] - from[0]) * reach, from[1] + (middle[1] - from[1]) * reach, from[2] + (middle[2] - from[2]) * reach
    ]
    const radius = LEAF_RADIUS * Math.cbrt(count)
    addBranch(tree.vessels, from, to, radius, random)
    if (withBronchi && count >= SMALLEST_BRONCHUS_SERVES) {
      const beside = (point: Point): Point => [point[0], point[1] - 1.9 * radius, point[2] - 0.5 * radius]
      tree.bronchi.push({ a: beside(from), b: beside(to), radius: 0.75 * radius })
    }
    if (count === 1) return
    const cut = split(targets, low, high, random)
    grow(to, low, cut)
    grow(to, cut, high)
  }
  grow(root, 0, targets.length)
  return tree
}

/** Adds a slightly bent branch. */
function addBranch (vessels: Tube[], a: Point, b: Point, radius: number, random: Random): void {
  const bend = 0.06 * Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2])
  const knee: Point = [
    (a[0] + b[0]) / 2 + bend * random.normal(), (a[1] + b[1]) / 2 + bend * random.normal(), (a[2] + b[2]) / 2 + bend * random.normal()
  ]
  vessels.push({ a, b: knee, radius: radius * 1.06 }, { a: knee, b, radius: radius * 0.94 })
}

function centre (points: readonly Point[], low: number, high: number): Point {
  const sum = [0, 0, 0] as [number, number, number]
  for (let n = low; n < high; n++) for (const axis of [0, 1, 2] as const) sum[axis] += points[n]![axis]
  return [sum[0] / (high - low), sum[1] / (high - low), sum[2] / (high - low)]
}

/** Sorts points low .. high - 1 along an axis close to their widest one; returns where to cut, near the middle. */
function split (points: Point[], low: number, high: number, random: Random): number {
  const middle = centre(points, low, high)
  const spread = [0, 0, 0] as [number, number, number]
  for (let n = low; n < high; n++) for (const axis of [0, 1, 2] as const) spread[axis] += (points[n]![axis] - middle[axis]) ** 2
  const widest = spread.indexOf(Math.max(...spread))
  const along = [0, 1, 2].map((axis) => (axis === widest ? 1 : 0) + 0.3 * random.normal()) as unknown as Point
  const place = (point: Point) => point[0] * along[0] + point[1] * along[1] + point[2] * along[2]
  const ordered = points.slice(low, high).sort((a, b) => place(a) - place(b))
  for (const [n, point] of ordered.entries()) points[low + n] = point
  return low + Math.max(1, Math.min(high - low - 1, Math.round((high - low) * random.between(0.32, 0.68))))
}
