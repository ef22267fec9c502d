import type { PointEntry, SlabMap } from '../catalog/catalog.js'
import type { VolumeLayout } from '../nifti/volume.js'

/** A run of slabs to be decoded by one thread in one go, and where to begin. A slab is one k here, or several thin ones. */
export interface DecodePlan {
  /** numbers of slabs, ascending; those between first and last that are not named are passed over */
  ks: number[]
  /** null for an uncompressed file */
  point: PointEntry | null
}

/**
 * Slabs that are next to each other are decoded together up to this many stored bytes: few enough that the threads
 * share a volume evenly and its first bytes leave early, enough that the start of each run costs little.
 */
export const RUN_BYTES = 2 * 2 ** 20

/**
 * Decide how to get slab `k`: from the last access point before it, together with
 * - the slabs that were asked for with it and follow it, up to RUN_BYTES;
 * - where points are far apart (masks have five in all): everything up to the next one, because another slab of
 *   that stretch would have to be inflated from the same point. `maxBytes` bounds what may be kept of it.
 *
 * @param layout of the slabs: `sliceBytes` is the stored bytes of one, `shape[2]` how many there are
 *
 * @param wanted whether a slab is asked for too, and neither there nor on its way
 * @param absent whether a slab is neither there nor on its way
 */
export function planDecode (
  layout: Pick<VolumeLayout, 'shape' | 'voxOffset' | 'sliceBytes'>, map: SlabMap, k: number, maxBytes: number,
  wanted: (k: number) => boolean, absent: (k: number) => boolean
): DecodePlan {
  const { voxOffset, sliceBytes, shape } = layout
  if (map.ends === null) return { ks: run(k, wanted, sliceBytes, shape[2]), point: null }
  const at = lastPointBefore(map.points, voxOffset + k * sliceBytes)
  const first = at < 0 ? 0 : firstSlabAfter(map.points[at]!, layout)
  const end = at + 1 < map.points.length ? Math.min(shape[2], Math.max(k + 1, firstSlabAfter(map.points[at + 1]!, layout))) : shape[2]
  const point = map.points[at] ?? null
  const stretch = (end - first) * sliceBytes
  if (stretch > RUN_BYTES && stretch <= maxBytes) return { ks: range(first, end).filter((n) => n === k || absent(n)), point }
  return { ks: run(k, wanted, sliceBytes, shape[2]), point }
}

/**
 * The access point from which the second half of a slab is reached without inflating much of the first.
 *
 * @param at where the second half begins, in bytes from the first voxel on
 */
export function middlePoint ({ voxOffset, sliceBytes }: Pick<VolumeLayout, 'voxOffset' | 'sliceBytes'>, { points }: Pick<SlabMap, 'points'>, at: number): PointEntry | undefined {
  const point = points[lastPointBefore(points, voxOffset + at)]
  return point !== undefined && voxOffset + at - point.outOffset <= sliceBytes / 4 ? point : undefined
}

function run (k: number, wanted: (k: number) => boolean, sliceBytes: number, count: number): number[] {
  const ks = [k]
  for (let next = k + 1; next < count && wanted(next) && (ks.length + 1) * sliceBytes <= RUN_BYTES; next++) ks.push(next)
  return ks
}

/** Index of the last point at or before an offset of the uncompressed stream; -1 where there is none. */
function lastPointBefore (points: readonly PointEntry[], offset: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (points[middle]!.outOffset <= offset) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The first slab that lies wholly behind a point. */
function firstSlabAfter ({ outOffset }: PointEntry, { voxOffset, sliceBytes }: Pick<VolumeLayout, 'voxOffset' | 'sliceBytes'>): number {
  return Math.max(0, Math.ceil((outOffset - voxOffset) / sliceBytes))
}

function range (from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n)
}
