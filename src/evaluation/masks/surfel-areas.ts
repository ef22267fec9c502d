import type { Shape } from './voxel-grid.js'

/**
 * Triangles of the surface inside each 2×2×2 neighbourhood, by marching cubes: for each code 0 to 127 the absolute
 * components of their normals along i, j, k in eighths, three digits per triangle (the normal's length is the triangle's
 * area at unit spacing).
 * Code c and its complement 255 − c have the same surface, seen from the other side.
 *
 * The bit of a neighbour is 128 >> (4 di + 2 dj + dk), where d is 0 for the voxel before the surfel on that axis, 1 for the
 * one after it.
 *
 * @see DeepMind surface-distance 0.1, lookup_tables.py (Apache-2.0), whose numbers these are; the interop tests compare all 256
 */
const TRIANGLES = (
  '- 111 111 220220 111 202202 111111 111222400 111 111111 202202 111222400 220220 111222400 111222400 400400 111 022022 ' +
  '111111 040111222 111111 004111222 111111111 111111222222 111111 022022111 111202202 022111202333 111220220 ' +
  '022111220333 111111222400 111222400 111 111111 022022 040111222 111111 111202202 022022111 022111202333 111111 ' +
  '111111111 004111222 111111222222 111220220 111111222400 022111220333 111222400 220220 040111222 040111222 040040 ' +
  '111220220 111202220333 040111111222 040111222 111220220 040111111222 111202220333 040111222 220220220220 111220220 ' +
  '111220220 220220 111 111111 111111 111220220 022022 004111222 022022111 022111220333 111111 111111111 111202202 ' +
  '111111222400 040111222 111111222222 022111202333 111222400 202202 004111222 111202202 111202220333 004111222 004004 ' +
  '004111111222 004111222 111202202 004111111222 202202202202 111202202 111202220333 004111222 111202202 202202 111111 ' +
  '111111111 022022111 040111111222 022022111 004111111222 022022022022 022022111 111111111 111111111111 004111111222 ' +
  '111111111 040111111222 111111111 022022111 111111 111222400 111111222222 022111202333 040111222 022111220333 004111222 ' +
  '022022111 022022 111111222400 111111111 111202202 111111 111220220 111111 111111 111'
).split(' ')

/** The code of a neighbourhood that is all lesion; without lesion the code is 0. All codes between have a surface. */
export const ALL_LESION = 255

/** Surface area in mm² of each of the 256 neighbourhoods. @param spacing mm from voxel to voxel along i, j, k */
export function surfelAreas ([si, sj, sk]: Shape): Float64Array {
  const areas = new Float64Array(256)
  for (const [code, digits] of TRIANGLES.entries()) {
    const normals = digits.match(/\d{3}/g) ?? []
    const area = normals.reduce((sum, normal) => {
      const [ni, nj, nk] = [...normal].map((digit) => Number(digit) / 8) as [number, number, number]
      return sum + Math.hypot(ni * sj * sk, nj * si * sk, nk * si * sj)
    }, 0)
    areas[code] = areas[ALL_LESION - code] = area
  }
  return areas
}
