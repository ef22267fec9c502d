import type { TypedArray } from './datatype.js'
import { quantum } from './lesion.js'
import type { VolumeLayout } from './volume.js'

/** A mask's scaled values; one that differs from a whole number only by rounding is rounded. Plain numbers, kept as JSON. */
export interface MaskValues {
  /** each value found, ascending, and its number of voxels; only the first MOST_VALUES that were found */
  seen: { value: number, voxels: number }[]
  /** voxels whose values did not fit into the table, and voxels of infinite value */
  others: number
  nan: number
  /** voxels below 0, and the least value; 0 if there are none */
  negative: { voxels: number, least: number }
  /** voxels whose value is not a whole number, and the least and largest of those values */
  fractions: { voxels: number, least: number, largest: number }
}

/** Number of different values counted: more than any label set has, fewer than a probability map has. */
export const MOST_VALUES = 1024

/** The meaning of a stored value. */
interface Meaning { note: (voxels: number) => void, along: PerAxis | null }

/** Voxels per slice along each stored axis: by i, by j and by k. */
export type PerAxis = readonly [Float64Array, Float64Array, Float64Array]

/** Labels whose slices are counted apart: TotalSegmentator has 117, a probability map would have thousands. */
const MOST_LABELS = 256

/**
 * Collects the content of a mask while its slabs (the voxels of one stored k) arrive: lesion voxels per slice along each
 * stored axis, since the image decides later which axis is axial, and the number of voxels of each value.
 *
 * Masks consist of long runs of few values, so a value is looked up once per run.
 */
export class MaskStatistics {
  /** voxels per slice of each whole value but 0 */
  readonly labels = new Map<number, PerAxis>()
  private readonly unlabelled: PerAxis
  private readonly counts = new Map<number, number>()
  /** by stored value */
  private readonly meanings = new Map<number | bigint, Meaning>()
  private others = 0
  private nan = 0
  private readonly negative = { voxels: 0, least: 0 }
  private readonly fractions = { voxels: 0, least: Infinity, largest: -Infinity }

  constructor (private readonly layout: Pick<VolumeLayout, 'shape' | 'slope' | 'inter' | 'scales'>) {
    this.unlabelled = this.perAxis()
  }

  /** Lesion voxels by i, by j and by k: those of all labels, and of values that are none. */
  get lesion (): PerAxis {
    const sum = this.perAxis()
    for (const along of [this.unlabelled, ...this.labels.values()]) {
      for (const [axis, counts] of along.entries()) counts.forEach((count, n) => { sum[axis]![n]! += count })
    }
    return sum
  }

  private perAxis (): PerAxis {
    const [ni, nj, nk] = this.layout.shape
    return [new Float64Array(ni), new Float64Array(nj), new Float64Array(nk)]
  }

  add (slab: TypedArray, k: number): void {
    const [ni] = this.layout.shape
    for (let start = 0, end = 0; start < slab.length; start = end) {
      const value = slab[start]!
      do end++
      while (end < slab.length && slab[end] === value)
      const { along, note } = this.meaningOf(slab, value)
      note(end - start)
      if (along === null) continue
      const [byI, byJ, byK] = along
      byK[k]! += end - start
      for (let n = start; n < end; n++) {
        byI[n % ni]!++
        byJ[Math.floor(n / ni)]!++
      }
    }
  }

  get values (): MaskValues {
    const seen = [...this.counts].map(([value, voxels]) => ({ value, voxels })).sort((a, b) => a.value - b.value)
    const { fractions: { voxels, least, largest } } = this
    return { seen, others: this.others, nan: this.nan, negative: this.negative, fractions: voxels > 0 ? { voxels, least, largest } : { voxels, least: 0, largest: 0 } }
  }

  private meaningOf (slab: TypedArray, stored: number | bigint): Meaning {
    const known = this.meanings.get(stored)
    if (known !== undefined) return known
    const meaning = this.newMeaning(slab, stored)
    if (this.meanings.size < MOST_VALUES) this.meanings.set(stored, meaning)
    return meaning
  }

  private alongOf (value: number): PerAxis {
    let along = this.labels.get(value)
    if (along === undefined) {
      if (this.labels.size >= MOST_LABELS) return this.unlabelled
      this.labels.set(value, along = this.perAxis())
    }
    return along
  }

  private newMeaning (slab: TypedArray, stored: number | bigint): Meaning {
    const { layout } = this
    const scaled = Number(stored) * layout.slope + layout.inter
    if (Number.isNaN(scaled)) return { along: null, note: (voxels) => { this.nan += voxels } }
    if (!Number.isFinite(scaled)) return { along: this.unlabelled, note: (voxels) => { this.others += voxels } }
    const nearest = Math.round(scaled) + 0
    const isNothing = Math.abs(scaled) <= quantum(slab, layout)
    const isWhole = isNothing || (nearest !== 0 && Math.abs(scaled - nearest) <= quantum(slab, layout, scaled))
    const value = isNothing ? 0 : isWhole ? nearest : scaled
    return {
      along: isNothing ? null : isWhole ? this.alongOf(value) : this.unlabelled,
      note: (voxels) => {
        const known = this.counts.get(value)
        if (known !== undefined || this.counts.size < MOST_VALUES) this.counts.set(value, (known ?? 0) + voxels)
        else this.others += voxels
        if (value < 0) {
          this.negative.voxels += voxels
          this.negative.least = Math.min(this.negative.least, value)
        }
        if (isWhole) return
        this.fractions.voxels += voxels
        this.fractions.least = Math.min(this.fractions.least, value)
        this.fractions.largest = Math.max(this.fractions.largest, value)
      }
    }
  }
}
