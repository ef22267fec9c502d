import { toPatient, type Body } from './body.js'
import { profile } from './distance.js'
import type { Bar, SlicePainter } from './slice-painter.js'

/** Height of each vertebra's middle, C5 to L3, mm of the standard body; T1 has index 3. */
export const VERTEBRAE = [137, 120, 103, 84, 63, 42, 21, -1, -23, -45, -67, -90, -114, -139, -165, -192, -221, -252] as const
export const T1 = 3

const CURVE = profile([[140, -24], [110, -31], [84, -38], [50, -46], [0, -53], [-60, -55], [-120, -51], [-180, -43], [-250, -36]])

/** Front-to-back position of the vertebral body's middle: the kyphosis of the chest, the lordosis below. */
export function spineY (z: number): number {
  return CURVE(z)[0]!
}

/** Paint the vertebrae that the slice at `z` (standard mm) meets: body or disc, canal, arch and processes. */
export function paintSpine (painter: SlicePainter, body: Body, z: number, thickness: number): void {
  const y = spineY(z)
  const girth = z > 95 ? 0.72 : 0.86 + 0.22 * Math.min(1, (84 - z) / 300)
  const bar = (ax: number, ay: number, bx: number, by: number, radius: number): Bar => {
    const a = toPatient(body, [ax * girth, y + ay * girth, z])
    const b = toPatient(body, [bx * girth, y + by * girth, z])
    return { ax: a[0], ay: a[1], bx: b[0], by: b[1], radius: radius * girth }
  }
  const column = [bar(-5.5, 0.5, 5.5, 0.5, 13.5), bar(-8, -1, 8, -1, 11)]
  painter.bone(column, 0.4, 110, 85) // a disc; bone may cover it
  const hard = 90 * (1 - body.age)
  for (const [number, middle] of VERTEBRAE.entries()) {
    const pitch = ((VERTEBRAE[number - 1] ?? middle + 17) - (VERTEBRAE[number + 1] ?? middle - 30)) / 2
    const u = (z - middle) / (pitch / 2) // -1 .. 1 from the disc below to the disc above
    const bony = overlap(z, thickness, middle - pitch / 2 + 2.5, middle + pitch / 2 - 2.5)
    if (bony > 0.15) {
      const endplate = Math.abs(u) > 0.5 ? 120 : 0
      const trabecular = 110 + hard + endplate
      painter.bone(column, 1.6, 85 + bony * (430 + hard), 85 + bony * (trabecular - 85))
    }
    const at = (low: number, high: number) => Math.min(1, overlap(z, thickness, middle + low * pitch / 2, middle + high * pitch / 2) * 1.6)
    const arch: Bar[] = []
    for (const side of [-1, 1]) {
      const pedicle = at(-0.25, 0.75)
      arch.push(bar(side * 11, -10, side * 13, -24, 4 * pedicle))
      arch.push(bar(side * 13.5, -25, side * 31, -35, 4.3 * at(-0.3, 0.55)))
      arch.push(bar(side * 13, -26, side * 3, -34, 3.4 * at(-1, 0.35)))
      arch.push(bar(side * 13, -24, side * 14, -27, 4.6 * at(-0.9, 0.9)))
    }
    // The spinous process runs backwards and down, past the vertebra below.
    const fallen = Math.min(9, Math.max(0, (0.2 - u) * 7))
    const spinous = at(-1.5, 0.2)
    arch.push(bar(0, -36 - 0.6 * fallen, 0, -41 - fallen, 2.7 * spinous))
    painter.bone(arch, 1.4, 520 + hard, 210 + hard)
  }
  const canal = bar(0, -22.5, 0, -22.5, 8.6)
  painter.bone([canal], 1.2, -20, 12)
  painter.bone([{ ...canal, radius: 4.6 * girth }], 0.5, 40, 42)
}

/** The share of a slice's thickness that lies between two heights. */
export function overlap (z: number, thickness: number, low: number, high: number): number {
  return Math.max(0, Math.min(z + thickness / 2, high) - Math.max(z - thickness / 2, low)) / thickness
}
