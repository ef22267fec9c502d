import type { Body } from './body.js'
import { both, either, ellipsoid, profile, tube } from './distance.js'
import type { SpaceNoise } from './noise.js'
import type { Tube } from './slice-painter.js'
import { BIG_VESSELS, TRACHEA_AND_BRONCHI } from './great-vessels.js'
import { spineY } from './spine.js'

/** The side of a lung: the patient's left is +1, the direction in which x grows. */
export type Side = 1 | -1

/** Outline of one half of the chest at each height: centre from the midline, centre y, half width, half depth. */
export const HEMITHORAX = profile([
  [97, 40, -22, 1, 1], [92, 41, -22, 11, 12], [86, 43, -21, 19, 21], [76, 46, -18, 29, 34], [60, 52, -13, 40, 48],
  [40, 58, -8, 49, 60], [15, 63, -4, 57, 70], [-20, 66, -1, 62, 77], [-60, 68, 0, 65, 81], [-110, 69, 0, 66, 82],
  [-180, 69, 0, 64, 80], [-260, 66, 0, 60, 76]
])
/** Outline of the skin without the fat, at each height: half width, half depth, centre y. */
const SKIN = profile([
  [140, 138, 66, -18], [115, 152, 76, -15], [90, 157, 85, -12], [60, 155, 95, -8], [30, 151, 102, -5],
  [-10, 148, 105, -3], [-60, 149, 106, -2], [-120, 150, 106, -2], [-190, 146, 104, -2], [-260, 142, 101, -2]
])

/** Shape of half a chest's outline, from an ellipse (0) to a box with round corners (1). */
export const SQUARE = 0.35

/** Largest distance from the midline, in mm, of the vessels and other organs that give the lungs their shape. */
const REACH_OF_VESSELS = 84

/** A rounded box around the origin: distance to its outline along the ray, positive inside. */
function squircle (x: number, y: number, rx: number, ry: number, box: number): number {
  const u2 = (x / rx) ** 2
  const v2 = (y / ry) ** 2
  const reach = box * Math.sqrt(Math.sqrt(u2 * u2 + v2 * v2)) + (1 - box) * Math.sqrt(u2 + v2)
  return reach < 1e-6 ? Math.min(rx, ry) : Math.sqrt(x * x + y * y) * (1 / reach - 1)
}

interface Outline { cx: number, cy: number, rx: number, ry: number }

/** The big shapes of one axial level of the standard body; all distances in mm, positive inside. */
export class ThoraxLevel {
  readonly #half: Outline
  readonly #skin: Outline
  readonly #middle: readonly Tube[]
  /** outward lean of the lung's apex per mm of height: its outline blurs in a thick slice */
  readonly apexSlope: number
  readonly #spineY: number

  constructor (readonly body: Body, readonly noise: SpaceNoise, readonly z: number) {
    const [cx, cy, rx, ry] = HEMITHORAX(z) as [number, number, number, number]
    this.#half = { cx, cy, rx, ry }
    const [width, depth, middle] = SKIN(z) as [number, number, number]
    this.#skin = { cx: 0, cy: middle, rx: width, ry: depth }
    this.#spineY = spineY(z)
    this.apexSlope = Math.max(0, (HEMITHORAX(z - 3)[2]! - HEMITHORAX(z + 3)[2]!) / 6)
    this.#middle = [...BIG_VESSELS, ...TRACHEA_AND_BRONCHI]
      .filter(({ a, b, radius }) => Math.min(a[2], b[2]) - radius - 14 < z && Math.max(a[2], b[2]) + radius + 14 > z)
  }

  skin (x: number, y: number): number {
    const { rx, ry, cy } = this.#skin
    const { fat, breasts } = this.body
    const dy = y - cy
    const base = squircle(x, dy, rx + fat, ry + fat * (dy > 0 ? 1.1 : 0.5), dy < 0 ? 0.6 : 0.3)
    return breasts && Math.abs(this.z + 42) < 80 ? either(base, this.breast(x, y), 22) : base
  }

  breast (x: number, y: number): number {
    return ellipsoid(Math.abs(x) - 70, y - 88, this.z + 42, 54, 30 + this.body.fat, 50)
  }

  /** The inside of one half of the chest, with its part of the mediastinum. */
  hemithorax (x: number, y: number, side: Side): number {
    const { cx, cy, rx, ry } = this.#half
    const v = (y - cy) / ry
    // Widest behind the middle; towards the front it narrows to the sternum.
    return squircle(side * x - cx + 7 * Math.max(0, v), y - cy, rx * (1 - 0.1 * v), ry, SQUARE)
  }

  /** Everything inside the ribs, from the distances to both halves. */
  inside (x: number, y: number, left: number, right: number): number {
    const { cy, ry } = this.#half
    const middle = squircle(x, y - cy - 4, 46, ry * 0.82, 0.5)
    return either(either(left, right, 12), middle, 12)
  }

  /** The muscles outside the ribs; between them and the skin is fat. */
  muscle (x: number, y: number, inside: number): number {
    if (inside > 4) return inside
    const z = this.z
    const side = Math.abs(x)
    const front = clamp((y - 10) / 50) * clamp((side - 8) / 30)
    const pectoral = 15 * front * clamp((z + 50) / 50) * clamp((95 - z) / 40)
    const back = clamp((20 - y) / 60) * clamp((side - 60) / 40)
    const latissimus = 11 * back * clamp((z + 150) / 60) * clamp((70 - z) / 50)
    const wall = inside + 13 + pectoral + latissimus + 2.5 * this.noise.at(x / 22, y / 22, z / 30)
    const paraspinal = ellipsoid(side - 27, y - this.#spineY + 42, 0, 27, 21, Infinity)
    let whole = either(wall, paraspinal, 8)
    if (z > -60) {
      const scapular = ellipsoid(side - 104, y + 60, z - 45, 46, 36, 95)
      const shoulder = ellipsoid(side - 130, y + 14, z - 112, 46, 46, 56)
      const trapezius = ellipsoid(x, y + 64, z - 130, 100, 36, 75)
      const supraspinatus = ellipsoid(side - 78, y + 34, z - 116, 56, 34, 42)
      whole = either(either(either(either(whole, scapular, 8), shoulder, 8), trapezius, 12), supraspinatus, 10)
    }
    if (z > 60) whole = either(whole, ellipsoid(x, y + 14, 0, 64, 54 * clamp((z - 60) / 40) + 1, Infinity), 14)
    return whole
  }

  heart (x: number, y: number): number {
    if (this.z > 5) return -99
    const s = this.body.heart
    const z = this.z
    // The long axis of the ventricles points to the left, the front and down.
    const dx = x - 24
    const dy = y - 22
    const dz = z + 64
    const along = 0.74 * dx + 0.42 * dy - 0.52 * dz
    const across = -0.49 * dx + 0.87 * dy
    const up = dx * dx + dy * dy + dz * dz - along ** 2 - across ** 2
    const ventricles = ellipsoid(along, across, Math.sqrt(Math.max(0, up)), 58 * s, 43 * s, 42 * s)
    const rightAtrium = ellipsoid(x + 16, y - 14, z + 54, 30 * s, 31 * s, 38)
    const leftAtrium = ellipsoid(x - 6, y + 12, z + 42, 33 * s, 19, 24)
    return both(either(either(ventricles, rightAtrium, 10), leftAtrium, 8), z + 108, 10)
  }

  /** Everything between the lungs, including the spine and its muscles. */
  mediastinum (x: number, y: number, heart: number): number {
    let whole = heart + 4
    if (Math.abs(x) < REACH_OF_VESSELS) for (const big of this.#middle) whole = either(whole, tube(x, y, this.z, big) + 2.5, 9)
    const spine = this.#spineY
    whole = either(whole, ellipsoid(x, y - spine, 0, 20, 17, Infinity), 8)
    whole = either(whole, both(29 - Math.abs(x) + 0.25 * (spine - 22 - y), spine - 14 - y, 10), 6)
    if (this.z > -100) whole = either(whole, ellipsoid(x, y - 62, 0, this.z > 20 ? 16 : 7, 40, Infinity), 10)
    whole = either(whole, ellipsoid(x, y + 12, 0, 17, 24, Infinity), 8)
    return whole + 2 * this.noise.at(x / 14, y / 14, this.z / 20)
  }

  /** Height of the diaphragm, mm; outside the lung's outline, the height of its rim. */
  diaphragm (x: number, y: number): number {
    const right = this.#dome(x, y, -1, -88)
    const left = this.#dome(x, y, 1, -101)
    const tendon = -103 - 0.012 * (x * x + (y - 10) ** 2)
    return either(either(right, left, 20), tendon, 12) + this.body.expired
  }

  #dome (x: number, y: number, side: Side, top: number): number {
    const { cx, cy, rx, ry } = this.#half
    const u = (side * x - cx + 6) / (rx + 6)
    const v = (y - cy - 8) / (ry + 8)
    const out = Math.min(1, u * u + v * v)
    const drop = 50 + 26 * clamp(0.5 - 0.5 * v) + 12 * clamp(u) - 26 * clamp(v)
    return top - drop * (1 - Math.sqrt(1 - 0.985 * out)) - 10 * out
  }
}

export function clamp (value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value
}
