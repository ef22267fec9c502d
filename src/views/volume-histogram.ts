import { LRUCache } from 'lru-cache'
import { ARRAYS } from '../nifti/datatype.js'
import type { TypedArray } from '../nifti/datatype.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import type { VolumeStreams } from './volume-streams.js'

/** Histograms kept: each costs reading a whole volume to make, and a few KiB to keep. */
const KEPT_HISTOGRAMS = 256

/** The bars, in HU: from `from` up to but not including `to`, each `width` wide; `to` - `from` is a multiple of `width`. */
export interface HistogramQuery { from: number, to: number, width: number }

/** How often each HU occurs in an image. Every voxel is counted in `counts`, `below`, `above` or `notFinite`. */
export interface VolumeHistogram extends HistogramQuery {
  /** voxels per bar; the first begins at `from` */
  counts: number[]
  below: number
  above: number
  notFinite: number
}

/** Histograms of whole images, counted slab by slab as the volume is read. */
export class VolumeHistograms {
  private readonly known = new LRUCache<string, VolumeHistogram>({ max: KEPT_HISTOGRAMS })

  constructor (private readonly streams: VolumeStreams) {}

  /** A strong validator of a histogram. */
  etagOf ({ version }: OpenVolume, { from, to, width }: HistogramQuery): string {
    return `"${version}.histogram.${from}.${to}.${width}"`
  }

  /** @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone */
  async of (volume: OpenVolume, query: HistogramQuery, signal: AbortSignal): Promise<VolumeHistogram> {
    const etag = this.etagOf(volume, query)
    const known = this.known.get(etag)
    if (known !== undefined) return known
    const plan = this.streams.planArray(volume, { format: 'raw', dtype: 'auto', window: undefined, box: [undefined, undefined, undefined] })
    const histogram: VolumeHistogram = { ...query, counts: new Array((query.to - query.from) / query.width).fill(0), below: 0, above: 0, notFinite: 0 }
    const Values = ARRAYS[plan.dtype as keyof typeof ARRAYS]
    for await (const { chunks, release } of this.streams.stream(plan, [0, plan.length], signal)) {
      try {
        for (const bytes of chunks) count(histogram, new Values(new Uint8Array(bytes).buffer))
      } finally {
        release()
      }
    }
    this.known.set(etag, histogram)
    return histogram
  }
}

function count (histogram: VolumeHistogram, values: TypedArray): void {
  const { from, to, width, counts } = histogram
  for (let n = 0; n < values.length; n++) {
    const hu = Number(values[n])
    if (hu >= from && hu < to) counts[Math.floor((hu - from) / width)]!++
    else if (hu < from && hu !== -Infinity) histogram.below++
    else if (hu >= to && hu !== Infinity) histogram.above++
    else histogram.notFinite++
  }
}
