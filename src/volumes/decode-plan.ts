import type { PointEntry, SlabMap } from '../catalog/catalog.js'
import type { VolumeLayout } from '../nifti/volume.js'

/** Slabs that one thread decodes in one go, and where to begin. A slab here is one k, or several thin ones. */
export interface DecodePlan {
  /** numbers of slabs, ascending; slabs between them are skipped */
  ks: number[]
  /** null for an uncompressed file */
  point: PointEntry | null
}

/**
 * Stored bytes up to which adjacent slabs are decoded together: small enough that threads share a volume evenly and its
 * first bytes leave early, large enough that starting each run costs little.
 */
export const RUN_BYTES = 2 * 2 ** 20

/**
 * Decide how to decode slab `k`: from the last access point before it, together with
 * - the slabs after it that were asked for too, up to RUN_BYTES;
 * - or, where points are far apart (a mask has five in all), everything up to the next point, because any other slab
 *   there would have to be inflated from the same point. `maxBytes` limits how much of it may be kept.
 *
 * @param layout of the slabs: `sliceBytes` is the stored bytes of one slab, `shape[2]` the number of slabs
 *
 * @param wanted whether a slab is also asked for, and neither decoded nor being decoded
 * @param absent whether a slab is neither decoded nor being decoded
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
 * The access point from which to inflate the second half of a slab without inflating much of the first half.
 *
 * @param at where the second half begins, in bytes from the first voxel
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

/** Index of the last point at or before an offset of the uncompressed stream; -1 if there is none. */
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

/** The first slab that begins at or after a point. */
function firstSlabAfter ({ outOffset }: PointEntry, { voxOffset, sliceBytes }: Pick<VolumeLayout, 'voxOffset' | 'sliceBytes'>): number {
  return Math.max(0, Math.ceil((outOffset - voxOffset) / sliceBytes))
}

function range (from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n)
}
