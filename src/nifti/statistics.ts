import type { TypedArray } from './datatype.js'
import type { VolumeLayout } from './volume.js'

/** HU of lung in CT, both ends included: air-filled tissue, denser than the air outside and lighter than soft tissue. */
const LUNG_HU = { low: -950, high: -500 } as const

/** Facts of the slices along one stored axis, in order of index; in HU, over finite voxels. */
export interface SliceTotals {
  min: Float64Array
  max: Float64Array
  sum: Float64Array
  finite: Float64Array
  lung: Float64Array
}

/**
 * Collects facts of an image's axial slices while its slabs (the voxels of one stored k) arrive in order.
 *
 * The axial axis need not be k: otherwise a slab holds one row or column of every slice.
 */
export class ImageStatistics {
  readonly totals: SliceTotals
  private readonly measure: (slab: TypedArray, index: number, start: number, stride: number, count: number) => void

  /** @param axialAxis the stored axis that axial slices are counted along */
  constructor (private readonly layout: Pick<VolumeLayout, 'shape' | 'slope' | 'inter' | 'scales' | 'datatype'>, private readonly axialAxis: 0 | 1 | 2) {
    const count = layout.shape[axialAxis]
    this.totals = {
      min: new Float64Array(count).fill(Infinity),
      max: new Float64Array(count).fill(-Infinity),
      sum: new Float64Array(count),
      finite: new Float64Array(count),
      lung: new Float64Array(count)
    }
    this.measure = layout.datatype.name === 'int16' && !layout.scales ? this.measureInt16 : this.measureAny
  }

  add (slab: TypedArray, k: number): void {
    forEachSlice(this.layout.shape, this.axialAxis, k, (index, start, stride, count) => this.measure(slab, index, start, stride, count))
  }

  /** Fast path for CT as scanners store it: whole HU, so sums are exact and every value is finite. */
  private measureInt16 (slab: TypedArray, index: number, start: number, stride: number, count: number): void {
    const stored = slab as Int16Array
    let min = 32767
    let max = -32768
    let sum = 0
    let lung = 0
    for (let n = 0, at = start; n < count; n++, at += stride) {
      const hu = stored[at]!
      if (hu < min) min = hu
      if (hu > max) max = hu
      sum += hu
      // One comparison checks both ends: below the low end the difference wraps round to a large number.
      if (((hu - LUNG_HU.low) >>> 0) <= LUNG_HU.high - LUNG_HU.low) lung++
    }
    this.note(index, min, max, sum, count, lung)
  }

  private measureAny (slab: TypedArray, index: number, start: number, stride: number, count: number): void {
    const { slope, inter } = this.layout
    let min = Infinity
    let max = -Infinity
    let sum = 0
    let finite = 0
    let lung = 0
    for (let n = 0, at = start; n < count; n++, at += stride) {
      const hu = Number(slab[at]) * slope + inter
      if (!Number.isFinite(hu)) continue
      finite++
      sum += hu
      if (hu < min) min = hu
      if (hu > max) max = hu
      if (hu >= LUNG_HU.low && hu <= LUNG_HU.high) lung++
    }
    this.note(index, min, max, sum, finite, lung)
  }

  private note (index: number, min: number, max: number, sum: number, finite: number, lung: number): void {
    const { totals } = this
    if (min < totals.min[index]!) totals.min[index] = min
    if (max > totals.max[index]!) totals.max[index] = max
    totals.sum[index]! += sum
    totals.finite[index]! += finite
    totals.lung[index]! += lung
  }
}

/** The parts of slab k that belong to each slice along `axis`: first element, step and number of elements. */
function forEachSlice (
  [ni, nj]: readonly [number, number, number], axis: 0 | 1 | 2, k: number,
  visit: (index: number, start: number, stride: number, count: number) => void
): void {
  if (axis === 2) visit(k, 0, 1, ni * nj)
  else if (axis === 1) for (let j = 0; j < nj; j++) visit(j, j * ni, 1, ni)
  else for (let i = 0; i < ni; i++) visit(i, i, ni, nj)
}
