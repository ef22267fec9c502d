import type { Point, Tube } from './slice-painter.js'
import { Random } from './random.js'

/**
 * One synthetic patient. The anatomy is defined once, for a standard body in mm (x to the left, y to the front, z up;
 * the origin lies between the lungs at the carina), and is stretched, tilted and padded for each patient.
 */
export interface Body {
  /** stretch of the standard body: sideways, front to back, and in height */
  scale: Point
  /** sideways shift per mm of height: no patient lies quite straight */
  lean: number
  /** rotation about the long axis, radians */
  turn: number
  /** mm of fat under the skin */
  fat: number
  breasts: boolean
  /** relative size of the heart, 0.85 .. 1.2 */
  heart: number
  /** mm that the diaphragm is higher than in full inspiration */
  expired: number
  /** HU of healthy lung, about -860 */
  lung: number
  /** 0 .. 1: calcified aorta, thinner bones */
  age: number
}

/** A patient from a seed: about 155 to 190 cm, slim to stout. */
export function makeBody (seed: number): Body {
  const random = new Random(seed * 7919 + 17)
  const height = random.between(0.93, 1.1)
  const build = random.between(0.94, 1.06)
  return {
    scale: [height ** 0.6 * build, height ** 0.4 * build, height],
    lean: random.between(-0.03, 0.03),
    turn: random.between(-0.06, 0.06),
    fat: random.between(9, 24),
    breasts: random.next() < 0.4,
    heart: random.between(0.9, 1.12),
    expired: random.between(-6, 12),
    lung: random.between(-880, -840),
    age: random.next()
  }
}

/** From patient mm to the standard body. */
export function toStandard ({ scale, lean, turn }: Body, x: number, y: number, z: number): Point {
  const straight = x - lean * z
  const cos = Math.cos(turn)
  const sin = Math.sin(turn)
  return [(straight * cos - y * sin) / scale[0], (straight * sin + y * cos) / scale[1], z / scale[2]]
}

/** From the standard body to patient mm. */
export function toPatient ({ scale, lean, turn }: Body, [x, y, z]: Point): Point {
  const cos = Math.cos(turn)
  const sin = Math.sin(turn)
  const across = x * scale[0]
  const deep = y * scale[1]
  const high = z * scale[2]
  return [across * cos + deep * sin + lean * high, deep * cos - across * sin, high]
}

/** Tubes of the standard body, in patient mm. */
export function tubesInPatient (body: Body, tubes: readonly Tube[]): Tube[] {
  const widen = (body.scale[0] + body.scale[1]) / 2
  return tubes.map(({ a, b, radius }) => ({ a: toPatient(body, a), b: toPatient(body, b), radius: radius * widen }))
}

/** Tubes along a line of points; the radius changes evenly from one end to the other. */
export function chain (points: readonly Point[], from: number, to = from): Tube[] {
  return points.slice(1).map((b, n) => ({ a: points[n]!, b, radius: from + (to - from) * (n + 0.5) / (points.length - 1) }))
}

/** A smooth line through points (Catmull-Rom), with `pieces` pieces between neighbours. */
export function curve (points: readonly Point[], pieces: number): Point[] {
  const smooth: Point[] = []
  for (let n = 0; n < points.length - 1; n++) {
    const before = points[Math.max(0, n - 1)]!
    const a = points[n]!
    const b = points[n + 1]!
    const after = points[Math.min(points.length - 1, n + 2)]!
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces
      const along = (axis: 0 | 1 | 2) => a[axis] + 0.5 * t * (b[axis] - before[axis] +
        t * (2 * before[axis] - 5 * a[axis] + 4 * b[axis] - after[axis] +
        t * (3 * (a[axis] - b[axis]) + after[axis] - before[axis])))
      smooth.push([along(0), along(1), along(2)])
    }
  }
  return [...smooth, points.at(-1)!]
}
