import { toStandard, type Body } from './body.js'
import type { LungNode } from './lesions.js'
import type { SpaceNoise } from './noise.js'
import type { SlicePainter } from './slice-painter.js'
import { ThoraxLevel } from './thorax.js'

/** Half the width over which an outline fades, mm. */
export const EDGE = 0.6

/** The coarse fields of one slice: mm, positive inside. */
export interface Level {
  /** height of the slice's middle in the patient and in the standard body, mm */
  patientZ: number
  z: number
  shape: ThoraxLevel
  skin: Float32Array
  muscle: Float32Array
  inside: Float32Array
  heart: Float32Array
  lung: Float32Array
  /** below the diaphragm; it fades over the slice's thickness, because the domes lie almost flat in the slice */
  under: Float32Array
}

/**
 * Evaluate the big shapes of a slice. The lung is the two halves of the chest without mediastinum and diaphragm, as in a
 * real body.
 */
export function makeLevel (painter: SlicePainter, body: Body, noise: SpaceNoise, patientZ: number): Level {
  const [, , z] = toStandard(body, 0, 0, patientZ)
  const shape = new ThoraxLevel(body, noise, z)
  const { nodesX, nodesY, raster } = painter
  const blank = () => new Float32Array(nodesX * nodesY).fill(-99)
  const level: Level = { patientZ, z, shape, skin: blank(), muscle: blank(), inside: blank(), heart: blank(), lung: blank(), under: blank() }
  const flat = 2 * EDGE / (raster.thickness / body.scale[2])
  const apex = EDGE / (EDGE + 0.5 * raster.thickness * shape.apexSlope)
  for (let v = 0, at = 0; v < nodesY; v++) {
    for (let u = 0; u < nodesX; u++, at++) {
      const [x, y] = toStandard(body, painter.x(u * raster.step), painter.y(v * raster.step), patientZ)
      const skin = shape.skin(x, y)
      level.skin[at] = skin
      if (skin < -4) continue
      const left = shape.hemithorax(x, y, 1)
      const right = shape.hemithorax(x, y, -1)
      const inside = shape.inside(x, y, left, right)
      level.inside[at] = inside
      level.muscle[at] = shape.muscle(x, y, inside)
      if (inside < -14) continue
      const heart = shape.heart(x, y)
      const under = (shape.diaphragm(x, y) - z) * flat
      const wall = Math.max(left, right) + 0.8 * noise.at(x / 9, y / 9, z / 9)
      level.heart[at] = heart
      level.under[at] = under
      level.lung[at] = wall * apex < -1 ? wall * apex : Math.min(wall * apex, -shape.mediastinum(x, y, heart), -under)
    }
  }
  return level
}

/** Lesions are laid out this many mm beyond the pleura, so that they reach the edge of the lung. */
const BEYOND_LUNG = 5

/** The nodes of all levels that lie in a lung or close to it. */
export function lungNodes (painter: SlicePainter, body: Body, levels: readonly Level[]): LungNode[] {
  const nodes: LungNode[] = []
  for (const [slice, { lung, shape, patientZ }] of levels.entries()) {
    for (let node = 0; node < lung.length; node++) {
      if (lung[node]! < -BEYOND_LUNG) continue
      const column = (node % painter.nodesX) * painter.raster.step
      const row = Math.floor(node / painter.nodesX) * painter.raster.step
      const [x, y, z] = toStandard(body, painter.x(column), painter.y(row), patientZ)
      const depth = shape.hemithorax(x, y, x > 0 ? 1 : -1)
      nodes.push({ x, y, z, depth, within: lung[node]! >= 0, slice, node })
    }
  }
  return nodes
}
