import { ALL_LESION } from './surfel-areas.js'
import type { Shape, VoxelGrid } from './voxel-grid.js'

/**
 * The surface of a mask, at the corners between its voxels: the code of the neighbourhood (see surfel-areas.ts) where it is
 * partly lesion, else 0. Each axis has one corner more than voxels, because outside the volume there is no lesion.
 * Corner (i, j, k) is before voxel (i, j, k).
 */
export interface Surface { codes: Uint8Array, shape: Shape }

export function surfaceOf ({ bits, shape: [ni, nj, nk] }: VoxelGrid): Surface {
  const shape: Shape = [ni + 1, nj + 1, nk + 1]
  const codes = new Uint8Array(shape[0] * shape[1] * shape[2])
  const [row, slab] = [shape[0], shape[0] * shape[1]]
  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0, corner = j * row + k * slab; i < ni; i++, at++, corner++) {
        if (bits[at] === 0) continue
        // For the corner before a voxel, the voxel is the one after (d = 1); for the corner after it, d = 0.
        codes[corner]! |= 0b1
        codes[corner + slab]! |= 0b10
        codes[corner + row]! |= 0b100
        codes[corner + row + slab]! |= 0b1000
        codes[corner + 1]! |= 0b10000
        codes[corner + 1 + slab]! |= 0b100000
        codes[corner + 1 + row]! |= 0b1000000
        codes[corner + 1 + row + slab]! |= 0b10000000
      }
    }
  }
  for (let at = 0; at < codes.length; at++) if (codes[at] === ALL_LESION) codes[at] = 0
  return { codes, shape }
}
