import { chain, curve, toPatient, type Body } from './body.js'
import type { Bar, Point, SlicePainter, Tube } from './slice-painter.js'
import { overlap, spineY, T1, VERTEBRAE } from './spine.js'
import { HEMITHORAX, SQUARE, type Side } from './thorax.js'

/** For each rib: how far its front end hangs below its neck (mm), and where it ends (degrees from the side). */
const RIBS = [
  [34, 84], [54, 82], [70, 80], [82, 78], [92, 74], [98, 66], [100, 56], [94, 44], [82, 32], [64, 16], [42, -16], [24, -46]
] as const

/** Ribs and collar bones as tubes of the standard body; the marrow begins `CORTEX` mm inside. */
export const RIB_TUBES: readonly Tube[] = RIBS.flatMap((_, number) => [...rib(number, 1), ...rib(number, -1)])
export const CARTILAGE_TUBES: readonly Tube[] = RIBS.slice(0, 10).flatMap((_, number) => [...cartilage(number, 1), ...cartilage(number, -1)])
export const CLAVICLE_TUBES: readonly Tube[] = ([1, -1] as const).flatMap((side) => chain(curve([
  [side * 20, 64, 54], [side * 40, 62, 66], [side * 70, 44, 82], [side * 100, 12, 100], [side * 122, -10, 118]
], 4), 6))
export const CORTEX = 1.5

/** The middle of a rib (0 is the first) from its neck to its front end: around the chest, descending. */
function ribLine (number: number, side: Side): Point[] {
  const [drop, end] = RIBS[number]!
  const level = VERTEBRAE[T1 + number]! + 5
  const spine = spineY(level)
  const line: Point[] = [[side * 17, spine - 9, level + 1], [side * 29, spine - 24, level]]
  const start = -112
  for (let angle = start; angle <= end; angle += 5) {
    const t = (angle - start) / (end - start)
    line.push(onChestWall(angle, level - drop * (0.7 * t + 0.3 * t * t * (3 - 2 * t)), side))
  }
  return line
}

/** A point 6.5 mm outside the lung's outline; 0 degrees is the side, 90 the front. */
function onChestWall (degrees: number, z: number, side: Side): Point {
  const [cx, cy, rx, ry] = HEMITHORAX(Math.min(z, 88)) as [number, number, number, number]
  const cos = Math.cos(degrees * Math.PI / 180)
  const sin = Math.sin(degrees * Math.PI / 180)
  const reach = SQUARE * Math.sqrt(Math.sqrt(cos ** 4 + sin ** 4)) + 1 - SQUARE
  const v = sin / reach
  const x = cx - 7 * Math.max(0, v) + cos / reach * (rx * (1 - 0.1 * v)) + 6.5 * cos
  return [side * x, cy + v * ry + 6.5 * sin, z]
}

function rib (number: number, side: Side): Tube[] {
  const line = curve(ribLine(number, side), 2)
  return chain(line, number === 0 ? 5.2 : number > 9 ? 3.9 : 4.5)
}

/** From the rib's end to the sternum, or, for the lower ribs, to the cartilage above. */
function cartilage (number: number, side: Side): Tube[] {
  const end = ribLine(number, side).at(-1)!
  const level = [44, 14, -14, -38, -60, -78, -92, -100, -112, -126][number]!
  const goal: Point = number < 7 ? [side * 17, sternumY(level), level] : ribLine(number - 1, side).at(-1)!
  const middle: Point = [(end[0] + goal[0]) / 2, Math.max(end[1], goal[1]) + 1, (end[2] * 0.6 + goal[2] * 0.4) - 3]
  return chain(curve([end, middle, goal], 4), 5.2)
}

function sternumY (z: number): number {
  return 74 - Math.max(0, z + 10) * 0.22
}

/** Sternum, shoulder blades and the heads of the raised arms, where the slice at `z` meets them. */
export function paintFlatBones (painter: SlicePainter, body: Body, z: number, thickness: number): void {
  const bar = (a: readonly [number, number], b: readonly [number, number], radius: number): Bar => {
    const [ax, ay] = toPatient(body, [...a, z])
    const [bx, by] = toPatient(body, [...b, z])
    return { ax, ay, bx, by, radius }
  }
  const manubrium = overlap(z, thickness, 10, 56)
  const sternum = overlap(z, thickness, -92, 10)
  const xiphoid = overlap(z, thickness, -112, -92)
  const wide = 11 * sternum + (11 + 10 * (z - 10) / 46) * manubrium + 4 * xiphoid
  const thick = 5.5 * sternum + 6.5 * manubrium + 3 * xiphoid
  painter.bone([bar([-wide, sternumY(z)], [wide, sternumY(z)], thick)], 1.2, 420, 130)
  for (const side of [-1, 1]) {
    const shown = overlap(z, thickness, -45, 100)
    if (shown > 0.2) {
      const t = Math.min(1, Math.max(0, (100 - z) / 145)) // 0 at the shoulder, 1 at the lower tip
      const inner = [side * (70 + 26 * t * t), -84 - 4 * Math.sin(Math.PI * t)] as const
      const outer = [side * (124 - 20 * t), -52 - 34 * t] as const
      const bars = [bar(inner, outer, 1.9), bar(outer, outer, z > 45 ? 8 : 3.8)]
      if (z > 55) {
        const root = [inner[0] * 0.5 + outer[0] * 0.5, inner[1] * 0.5 + outer[1] * 0.5] as const
        bars.push(bar(root, [side * (120 + (z - 55) * 0.4), -86 + (z - 55) * 0.5], 2.6))
      }
      painter.bone(bars, 1.3, 560, 230)
    }
    const head = Math.sqrt(Math.max(0, 23 ** 2 - (z - 112) ** 2))
    painter.bone([bar([side * 141, -22], [side * 141, -22], head)], 1.6, 620, 200)
  }
}
