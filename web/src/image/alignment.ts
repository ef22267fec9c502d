import { toMm, toVoxel, type Point } from './affine.js'
import { nearestVoxel, planeAxis, type Grid } from './planes.js'

/** How studies side by side move together. */
export const LINKS = ['index', 'mm', 'lungs', 'off'] as const
export type Link = typeof LINKS[number]

/** A study as far as linking goes: its grid, and the first and last axial slice with lung. */
export interface Linked { readonly grid: Grid, readonly lungs: readonly [first: number, last: number] | undefined }

/**
 * The voxel of `to` that belongs to a voxel of `from`.
 *
 * - `index`: the same (i, j, k), as far as the other study has it.
 * - `mm`: the same place, RAS+ mm, in the scanner's coordinates.
 * - `lungs`: the axial slice as far between the lungs' ends as here; in the plane, as far across the field of view.
 *   Falls back to the whole stack where a study has no lung. Both ends are matched from foot to head.
 */
export function linkedVoxel (from: Linked, to: Linked, voxel: Point, link: Exclude<Link, 'off'>): Point {
  if (link === 'index') return nearestVoxel(to.grid, voxel)
  if (link === 'mm') {
    const there = toVoxel(to.grid.affine, toMm(from.grid.affine, voxel))
    return nearestVoxel(to.grid, there ?? voxel)
  }
  const target: [number, number, number] = [0, 0, 0]
  for (const plane of ['sagittal', 'coronal', 'axial'] as const) {
    const [here, there] = [planeAxis(from.grid, plane), planeAxis(to.grid, plane)]
    const [begin, end] = span(from, plane)
    const share = end === begin ? 0.5 : (voxel[here] - begin) / (end - begin)
    const [first, last] = span(to, plane)
    target[there] = first + share * (last - first)
  }
  return nearestVoxel(to.grid, target)
}

/** The ends that are matched along a plane's normal, the one at R, P or I first, whichever way the axis is stored. */
function span ({ grid, lungs }: Linked, plane: 'axial' | 'coronal' | 'sagittal'): readonly [number, number] {
  const axis = planeAxis(grid, plane)
  const [first, last] = plane === 'axial' && lungs !== undefined ? lungs : [0, grid.shape[axis] - 1]
  return 'LAS'.includes(grid.axes[axis]!) ? [first, last] : [last, first]
}
