import { paintAbdomen } from './abdomen.js'
import { toStandard, type Body } from './body.js'
import { BLOOD, FAT, MUSCLE, SKIN } from './hounsfield.js'
import type { Level } from './level.js'
import type { SlicePainter } from './slice-painter.js'

/** From the skin inwards: fat, muscles, the inside of the ribs with the heart, the belly. */
export function paintSoftTissue (painter: SlicePainter, body: Body, level: Level): void {
  painter.fill(level.skin, SKIN)
  painter.fill(level.skin.map((depth) => depth - 2), FAT)
  painter.fill(level.muscle.map((depth, at) => Math.min(depth, level.skin[at]! - 4)), MUSCLE)
  paintLayers(painter, body, level)
  painter.fill(level.inside, FAT)
  painter.fill(level.heart, BLOOD)
  paintAbdomen(painter, body, level)
}

/** Sheets of fat between muscles, and of connective tissue in fat, where a smooth noise is zero. */
function paintLayers (painter: SlicePainter, body: Body, { skin, inside, shape, patientZ, z }: Level): void {
  const { hu } = painter
  const { noise } = shape
  const underSkin = (place: (x: number, y: number) => number) => painter.field((px, py, node) => {
    if (skin[node]! < 0 || inside[node]! > 4) return -99
    const [x, y] = toStandard(body, px, py, patientZ)
    return place(x, y)
  })
  painter.line(underSkin((x, y) => noise.at(x / 24, y / 24 + 11, z / 60)), 0.09, (at, share) => {
    if (hu[at]! > 20) hu[at]! += 0.45 * share * (FAT - hu[at]!)
    else if (hu[at]! < FAT + 1 && hu[at]! > FAT - 1) hu[at]! += 26 * share
  })
  // Between the rib cage and the muscles that move the arm.
  painter.line(inside.map((depth) => depth + 14), 1.6, (at, share) => {
    if (hu[at]! > 20) hu[at]! += 0.75 * share * (FAT - hu[at]!)
  })
  if (body.breasts) {
    const gland = underSkin((x, y) => Math.min(shape.breast(x, y) - 12, 3 + 10 * noise.fractal(x / 14, y / 14, z / 14)))
    painter.cover(gland, 2, (at, share) => { if (hu[at]! < 0) hu[at]! += 0.8 * share * (30 - hu[at]!) })
  }
}
