import { toStandard, type Body } from './body.js'
import { both, either, ellipsoid } from './distance.js'
import { FAT, MUSCLE } from './hounsfield.js'
import { EDGE, type Level } from './level.js'
import type { SlicePainter } from './slice-painter.js'

/** HU without contrast medium. */
const LIVER = 58
const SPLEEN = 48
const KIDNEY = 32
const GAS = -985

/** Paint the organs below the diaphragm: liver on the right, stomach with its gas bubble and spleen on the left. */
export function paintAbdomen (painter: SlicePainter, body: Body, level: Level): void {
  const { z, inside, under } = level
  if (under.every((depth) => depth < -EDGE)) return
  const below = (limit: number) => under.map((depth, at) => Math.min(depth, inside[at]! - limit))
  painter.fill(below(0), MUSCLE, EDGE)
  const cavity = below(3)
  for (let at = 0; at < cavity.length; at++) cavity[at]! -= 0.25
  painter.fill(cavity, FAT, EDGE)
  const organ = (hu: number, distance: (x: number, y: number) => number, beyond = 0): void => {
    painter.fill(painter.field((px, py, node) => {
      const room = cavity[node]! + beyond
      if (room < -4) return room
      const [x, y] = toStandard(body, px, py, level.patientZ)
      return Math.min(room, distance(x, y))
    }), hu, EDGE)
  }
  const { noise } = level.shape
  const rough = (x: number, y: number) => 3 * noise.at(x / 20, y / 20, z / 24)
  const stomach = (x: number, y: number) => either(
    ellipsoid(x - 64, y - 14, z + 138, 42, 44, 46), ellipsoid(x - 34, y - 40, z + 172, 44, 26, 30), 14)

  organ(MUSCLE, (x, y) => ellipsoid(Math.abs(x) - 17, y + 34, 0, 9, 16, Infinity) + (z < -120 ? 0 : -20))
  organ(SPLEEN, (x, y) => both(ellipsoid(x - 96, y + 38, z + 148, 36, 54, 56), -ellipsoid(x - 66, y + 4, z + 148, 48, 50, 70) - 3, 6) + rough(x, y))
  organ(40, (x, y) => stomach(x, y) + 3)
  organ(18, stomach)
  // The patient lies on the back, so gas collects in front.
  organ(GAS, (x, y) => Math.min(stomach(x, y) - 1, y - 26))
  // The liver touches the diaphragm, without fat between.
  organ(LIVER, (x, y) => liver(x, y, z) + rough(x, y), 2)
  if (z < -165) {
    organ(KIDNEY, (x, y) => both(ellipsoid(Math.abs(x) - 56, y + 46, z + 220, 28, 25, 54), -ellipsoid(Math.abs(x) - 40, y + 36, z + 220, 12, 11, 26), 4))
    const loops = (x: number, y: number) => 9 * noise.at(x / 17, y / 17 + 3, z / 17) + 0.35 * (y - 10)
    organ(28, (x, y) => Math.min(loops(x, y), -liver(x, y, z) - 5, -stomach(x, y) - 4))
    organ(GAS, (x, y) => Math.min(loops(x, y) - 3.5, -liver(x, y, z) - 8, -stomach(x, y) - 8, y - 30))
  }
}

/** The right lobe fills the dome; the left one narrows across the midline, in front of the stomach. */
function liver (x: number, y: number, z: number): number {
  const right = ellipsoid(x + 76, y - 2, z + 150, 98, 96, 92)
  const left = ellipsoid(x + 6, y - 44, z + 122, 62, 36, 40)
  const whole = either(right, left, 16)
  // The back surface slopes away from the spine and the right kidney.
  const back = y + 22 - 0.75 * (x + 38)
  const behind = ellipsoid(x + 56, y + 46, z + 225, 34, 32, 64)
  return both(both(whole, x > -60 ? back + 30 : 60, 18), -behind, 6)
}
