import { paintAbdomen } from './abdomen.js'
import { makeBody, toPatient, toStandard, tubesInPatient, type Body } from './body.js'
import { BIG_VESSELS, heartGrooves, HILA, OESOPHAGUS, TRACHEA_AND_BRONCHI } from './great-vessels.js'
import { makeLesions, type Category, type LungNode } from './lesions.js'
import { lungNodes, makeLevel, type Level } from './level.js'
import { LungPainter } from './lung-painter.js'
import { growTree, type LungTree } from './lung-tree.js'
import { SpaceNoise } from './noise.js'
import { Random } from './random.js'
import { blurLikeScanner, paintTable, Scanner } from './scanner.js'
import { CARTILAGE_TUBES, CLAVICLE_TUBES, CORTEX, paintFlatBones, RIB_TUBES } from './skeleton.js'
import { SlicePainter, type Tube } from './slice-painter.js'
import { paintSpine } from './spine.js'
import { clamp } from './thorax.js'

export interface PhantomOptions {
  /** which patient, and which noise */
  seed: number
  category: Category
  /** columns, rows, slices; 512 x 512 x 40 unless given */
  shape?: readonly [number, number, number]
  /** mm between columns, rows (the same) and slices; unless given, 360 mm across and 8 between slices */
  spacing?: readonly [number, number, number]
}

/** Arrays are columns * rows * slices, i fastest; i grows to the patient's left, j to the front, k up. */
export interface PhantomStudy {
  shape: readonly [number, number, number]
  spacing: readonly [number, number, number]
  /** HU; -2048 outside the circle of reconstruction */
  image: Int16Array
  /** 1 in a lesion, else 0; every lesion voxel is a lung voxel */
  mask: Uint8Array
  /** 1 in a lung, its lesions and vessels included */
  lung: Uint8Array
  /** lesion voxels / lung voxels, 0 .. 1 */
  involvement: number
}

/** HU without contrast medium. */
const FAT = -104
const MUSCLE = 54
const SKIN = 10
const BLOOD = 42
const AIR = -1000

/** Room between lung and volume's edge that the lungs want, mm of the standard body: tip to costal recess. */
const LUNG_TOP = 97
const LUNG_BOTTOM = -178

const scanner = new Scanner()
const lungPainter = new LungPainter()

/**
 * A chest CT of nobody: the same options give the same voxels on every machine.
 * Takes about 150 ns per voxel: 512 x 512 x 40 are there in less than two seconds.
 */
export function makePhantomStudy ({ seed, category, shape = [512, 512, 40], spacing = [360 / shape[0], 360 / shape[0], 8] }: PhantomOptions): PhantomStudy {
  const [columns, rows, slices] = shape
  const body = makeBody(seed)
  const random = new Random(seed)
  const noise = new SpaceNoise(random)
  const painter = new SlicePainter({ columns, rows, pixel: spacing[0], thickness: spacing[2], step: Math.max(1, Math.round(2.8 / spacing[0])) })
  const heights = sliceHeights(body, slices, spacing[2])
  const levels = heights.map((z) => makeLevel(painter, body, noise, z))
  const nodes = lungNodes(painter, body, levels)
  const lesions = makeLesions(category, nodes, slices, painter.nodesX * painter.nodesY, noise, random)
  const tubes = layTubes(body, nodes, random)
  const size = columns * rows
  const study = { shape, spacing, image: new Int16Array(size * slices), mask: new Uint8Array(size * slices), lung: new Uint8Array(size * slices) }
  painter.hu.fill(AIR)
  paintTable(painter, backOf(body))
  const table = painter.hu.slice()
  for (const [slice, level] of levels.entries()) {
    const part = <T extends Int16Array | Uint8Array>(array: T) => array.subarray(slice * size, (slice + 1) * size) as T
    painter.hu.set(table)
    paintSoftTissue(painter, body, level)
    lungPainter.paint(painter, body, level, slice, lesions, random, part(study.lung), part(study.mask))
    paintTubes(painter, body, level, tubes)
    blurLikeScanner(painter.hu, painter.raster)
    scanner.scan(painter, level.skin, clamp((level.z - 55) / 30), random, part(study.image))
  }
  return { ...study, involvement: share(study.mask, study.lung) }
}

/** Middle of each slice in the patient, mm, lowest first; the lungs are inside if the volume is high enough. */
function sliceHeights (body: Body, slices: number, thickness: number): number[] {
  const scale = body.scale[2]
  const spare = slices * thickness - (LUNG_TOP - LUNG_BOTTOM) * scale
  const top = LUNG_TOP * scale + 0.35 * spare
  return Array.from({ length: slices }, (_, k) => top - (slices - k - 0.5) * thickness)
}

function backOf (body: Body): number {
  return toPatient(body, [0, -107 - 0.5 * body.fat, 0])[1]
}

function paintSoftTissue (painter: SlicePainter, body: Body, level: Level): void {
  painter.fill(level.skin, SKIN)
  painter.fill(level.skin.map((depth) => depth - 2), FAT)
  painter.fill(level.muscle.map((depth, at) => Math.min(depth, level.skin[at]! - 4)), MUSCLE)
  paintLayers(painter, body, level)
  painter.fill(level.inside, FAT)
  painter.fill(level.heart, BLOOD)
  paintAbdomen(painter, body, level)
}

/** Sheets of fat between muscles, and of connective tissue in fat: where a smooth noise changes its sign. */
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

interface Tubes { grooves: Tube[], coronaries: Tube[], blood: Tube[], trees: LungTree[], airWalls: Tube[], air: Tube[], oesophagus: Tube[], ribs: Tube[], marrow: Tube[], cartilage: Tube[] }

function layTubes (body: Body, nodes: readonly LungNode[], random: Random): Tubes {
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

function paintTubes (painter: SlicePainter, body: Body, { patientZ, z }: Level, tubes: Tubes): void {
  const thickness = painter.raster.thickness
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
  paintSpine(painter, body, z, thickness)
  paintFlatBones(painter, body, z, thickness)
}

function share (mask: Uint8Array, lung: Uint8Array): number {
  let ill = 0
  let all = 0
  for (let at = 0; at < lung.length; at++) {
    ill += mask[at]!
    all += lung[at]!
  }
  return all === 0 ? 0 : ill / all
}
