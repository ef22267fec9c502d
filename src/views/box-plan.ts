import { InvalidRequest } from '../errors.js'
import { volumeAffine } from '../nifti/slice.js'
import { resolveDtype } from '../render/dtype.js'
import { WIRE_BYTES } from '../render/wire-dtype.js'
import type { WireDtype } from '../render/wire-dtype.js'
import { windowText } from '../render/window.js'
import type { Window } from '../render/window.js'
import type { OpenVolume } from '../volumes/open-volumes.js'

/** Start and end in stored voxels, end exclusive. */
export type BoxRange = readonly [start: number, stop: number]

export interface BoxQuery {
  /** per stored axis; undefined means all of it. A range may reach out of the volume; `pad` is the value outside */
  box: { i?: BoxRange | undefined, j?: BoxRange | undefined, k?: BoxRange | undefined }
  /** HU outside the volume (0 in a mask or label map); undefined: a box that reaches out of the volume is refused */
  pad: number | undefined
  dtype: string | undefined
  window: Window | undefined
}

/** A box, planned before any voxel is read; it may reach out of the volume. */
export interface BoxPlan {
  volume: OpenVolume
  ranges: readonly [i: BoxRange, j: BoxRange, k: BoxRange]
  /** HU */
  pad: number
  dtype: WireDtype
  window: Window | undefined
  /** C order: k, j, i */
  shape: [number, number, number]
  /** 12 numbers: the top three rows of the matrix that takes (i, j, k, 1) of the box to RAS+ mm; null without a direction */
  affine: number[] | null
  /** bytes of the answer */
  length: number
  etag: string
}

/** Bytes of the largest box: a box is sent as one piece of memory. */
const MAX_BOX_BYTES = 64 * 2 ** 20

/** @throws InvalidRequest naming an axis that reaches out without `pad`, lies wholly outside, or makes the box too large */
export function planBox (volume: OpenVolume, { box, pad, dtype: wanted, window }: BoxQuery): BoxPlan {
  const { layout, record, version } = volume
  const dtype = resolveDtype(record.kind, layout.datatype.name, layout.scales, wanted, window)
  const ranges = (['i', 'j', 'k'] as const).map((axis, n) => checkedRange(axis, box[axis], layout.shape[n]!, pad)) as [BoxRange, BoxRange, BoxRange]
  const [ni, nj, nk] = ranges.map(([start, stop]) => stop - start) as [number, number, number]
  const length = ni * nj * nk * WIRE_BYTES[dtype]
  if (length > MAX_BOX_BYTES) throw new InvalidRequest([{ parameter: 'box', detail: `${ni} x ${nj} x ${nk} voxels of ${dtype} are ${length} bytes; up to ${MAX_BOX_BYTES} are one box` }])
  const padding = record.kind === 'image' ? pad ?? 0 : 0
  return {
    volume,
    ranges,
    pad: padding,
    dtype,
    window,
    shape: [nk, nj, ni],
    affine: volumeAffine(layout, [ranges[0][0], ranges[1][0], ranges[2][0]]),
    length,
    etag: `"${version}.box.${dtype}.${window === undefined ? '' : windowText(window)}.${ranges.map((range) => range.join('-')).join('.')}.${padding}"`
  }
}

function checkedRange (axis: 'i' | 'j' | 'k', range: BoxRange | undefined, size: number, pad: number | undefined): BoxRange {
  if (range === undefined) return [0, size]
  const [start, stop] = range
  const fault = (detail: string) => new InvalidRequest([{ parameter: `box.${axis}`, detail: `${start}:${stop} ${detail}` }])
  if (start >= stop) throw fault('is not start and stop with start < stop')
  if (stop <= 0 || start >= size) throw fault(`lies outside 0:${size}`)
  if (pad === undefined && (start < 0 || stop > size)) throw fault(`reaches out of 0:${size}; give pad, the HU of voxels outside`)
  return range
}
