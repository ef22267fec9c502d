import { chain, curve, type Body } from './body.js'
import type { Point, Tube } from './slice-painter.js'

// Lines and radii in mm of the standard body, modelled on axial CT anatomy: the arch passes left of the trachea, the
// right pulmonary artery passes behind the ascending aorta, and the left main bronchus is the longer one.

const AORTA = [
  ...chain(curve([[2, 12, -52], [-10, 22, -24], [-15, 23, 4], [-6, 19, 25], [9, 10, 34], [21, -8, 33], [27, -27, 22]], 4), 15.5, 13),
  ...chain(curve([[27, -27, 22], [28, -37, 2], [26, -42, -40], [20, -42, -90], [11, -37, -130], [4, -30, -175], [2, -24, -265]], 4), 13, 9.5)
]
const PULMONARY_ARTERIES = [
  ...chain(curve([[22, 36, -48], [19, 28, -28], [21, 12, -12]], 4), 13.5),
  ...chain(curve([[20, 14, -14], [32, -6, -8], [42, -20, -16], [46, -24, -34]], 4), 12, 7.5),
  ...chain(curve([[20, 12, -15], [0, 2, -17], [-24, -3, -20], [-40, -8, -26], [-46, -14, -42]], 4), 9)
]
const VEINS = [
  ...chain(curve([[-36, 14, 42], [-36, 9, 10], [-32, 8, -24], [-24, 8, -46]], 4), 9.5),
  ...chain(curve([[-34, 14, 40], [-10, 32, 46], [14, 34, 52], [36, 26, 64], [44, 18, 84]], 4), 6.5),
  ...chain(curve([[-36, 14, 40], [-38, 18, 62], [-44, 16, 84]], 4), 7.5),
  ...chain([[-22, 2, -88], [-24, -6, -125], [-20, -14, -180], [-18, -16, -265]], 11)
]
const ARCH_BRANCHES = [
  ...chain(curve([[-6, 18, 34], [-14, 6, 58], [-24, 2, 86], [-26, -4, 140]], 4), 6),
  ...chain(curve([[9, 8, 38], [15, 0, 66], [22, 0, 95], [26, -2, 140]], 4), 4.2),
  ...chain(curve([[21, -8, 38], [28, -18, 66], [40, -16, 86], [62, 2, 94]], 4), 4.8)
]
const AZYGOS = chain(curve([[-9, -37, -150], [-9, -37, -20], [-12, -34, 6], [-26, -20, 16], [-34, 2, 12]], 3), 4)

/** The large vessels, which shape the surface of the lungs. */
export const BIG_VESSELS: readonly Tube[] = [...AORTA, ...PULMONARY_ARTERIES, ...VEINS, ...ARCH_BRANCHES, ...AZYGOS]

/** The right coronary and the left descending artery in their fat, on a heart of the body's size. */
export function heartGrooves ({ heart }: Body, radius: number): Tube[] {
  const onHeart = (points: readonly Point[]) =>
    curve(points.map(([x, y, z]): Point => [24 + (x - 24) * heart, 22 + (y - 22) * heart, -64 + (z + 64) * heart]), 3)
  return [
    [[-2, 38, -32], [-10, 49, -48], [-14, 47, -68], [-6, 36, -92]],
    [[26, 42, -34], [40, 58, -46], [56, 66, -66], [66, 60, -88]]
  ].flatMap((points) => chain(onHeart(points as unknown as Point[]), radius))
}

export const OESOPHAGUS: readonly Tube[] = chain(
  curve([[3, -22, 140], [6, -26, 60], [7, -31, 20], [8, -32, -30], [14, -27, -80], [24, -8, -108], [34, 0, -118]], 4), 6.5)

/** Lumen of trachea, main and lobar bronchi; the wall adds 1.5 mm. */
export const TRACHEA_AND_BRONCHI: readonly Tube[] = [
  ...chain(curve([[0, 4, 140], [0, -4, 80], [-2, -14, 30], [-1, -17, 4]], 5), 8.5),
  ...chain(curve([[-1, -17, 4], [-16, -19, -9], [-30, -21, -24], [-37, -23, -48]], 4), 7.6, 4.6),
  ...chain(curve([[-1, -17, 4], [14, -20, -12], [32, -24, -26], [42, -28, -48]], 4), 7.2, 4.4),
  ...chain(curve([[-20, -20, -13], [-34, -18, -6], [-44, -16, 6]], 3), 4.2),
  ...chain(curve([[34, -24, -27], [46, -16, -20], [54, -8, -10]], 3), 4)
]

/** Roots of the vessel trees inside the lungs, right and left: arteries with their bronchi, then veins. */
export const HILA = {
  right: { artery: [-44, -12, -34], vein: [-30, -4, -44] },
  left: { artery: [45, -22, -24], vein: [34, -10, -42] }
} as const
