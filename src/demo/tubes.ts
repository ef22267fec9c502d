import { toPatient, tubesInPatient, type Body } from './body.js'
import { BIG_VESSELS, heartGrooves, HILA, OESOPHAGUS, TRACHEA_AND_BRONCHI } from './great-vessels.js'
import { AIR, BLOOD, FAT } from './hounsfield.js'
import type { LungNode } from './lesions.js'
import type { Level } from './level.js'
import { growTree, type LungTree } from './lung-tree.js'
import type { Random } from './random.js'
import { CARTILAGE_TUBES, CLAVICLE_TUBES, CORTEX, RIB_TUBES } from './skeleton.js'
import type { SlicePainter, Tube } from './slice-painter.js'

/** All long and thin things, grouped by material. */
export interface Tubes { grooves: Tube[], coronaries: Tube[], blood: Tube[], trees: LungTree[], airWalls: Tube[], air: Tube[], oesophagus: Tube[], ribs: Tube[], marrow: Tube[], cartilage: Tube[] }

/** All of them in patient mm; the lungs' trees grow towards `nodes`. */
export function layTubes (body: Body, nodes: readonly LungNode[], random: Random): Tubes {
  const air = tubesInPatient(body, TRACHEA_AND_BRONCHI)
  const ribs = tubesInPatient(body, [...RIB_TUBES, ...CLAVICLE_TUBES])
  return {
    grooves: tubesInPatient(body, heartGrooves(body, 4.5)),
    coronaries: tubesInPatient(body, heartGrooves(body, 1.5)),
    blood: tubesInPatient(body, BIG_VESSELS),
    trees: growLungTrees(body, nodes, random),
    air,
    airWalls: air.map((tube) => ({ ...tube, radius: tube.radius + 1.6 })),
    oesophagus: tubesInPatient(body, OESOPHAGUS),
    ribs,
    marrow: ribs.map((tube) => ({ ...tube, radius: tube.radius - CORTEX })),
    cartilage: tubesInPatient(body, CARTILAGE_TUBES)
  }
}

function growLungTrees (body: Body, nodes: readonly LungNode[], random: Random): LungTree[] {
  return ([[-1, HILA.right], [1, HILA.left]] as const).flatMap(([side, { artery, vein }]) => {
    const reachable = nodes.filter(({ x, depth, within }) => within && x * side > 0 && depth > 5)
    if (reachable.length === 0) return []
    const targets = (count: number) => Array.from({ length: count }, () => {
      const { x, y, z } = reachable[random.below(reachable.length)]!
      return toPatient(body, [x + random.between(-1.5, 1.5), y + random.between(-1.5, 1.5), z + random.between(-4, 4)])
    })
    return [
      growTree(toPatient(body, artery), targets(850), true, random),
      growTree(toPatient(body, vein), targets(650), false, random)
    ]
  })
}

/** Paint vessels, airways, cartilage and ribs; each after the things it covers. */
export function paintTubes (painter: SlicePainter, { patientZ }: Level, tubes: Tubes): void {
  painter.tubes(tubes.grooves, patientZ, FAT + 20)
  painter.tubes(tubes.coronaries, patientZ, BLOOD)
  painter.tubes(tubes.blood, patientZ, BLOOD)
  painter.tubes(tubes.oesophagus, patientZ, 34)
  for (const { vessels } of tubes.trees) painter.tubes(vessels, patientZ, BLOOD)
  painter.tubes(tubes.airWalls, patientZ, 20)
  for (const { bronchi } of tubes.trees) painter.tubes(bronchi, patientZ, -930)
  painter.tubes(tubes.air, patientZ, AIR)
  painter.tubes(tubes.cartilage, patientZ, 105)
  painter.tubes(tubes.ribs, patientZ, 640)
  painter.tubes(tubes.marrow, patientZ, 230)
}
