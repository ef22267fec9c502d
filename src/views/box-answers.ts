import { castSlice } from '../render/cast.js'
import { UNSCALED } from '../render/hounsfield.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import { FORMS } from '../volumes/voxel-reader.js'
import type { ReadFacts, VoxelReader } from '../volumes/voxel-reader.js'
import type { BoxPlan } from './box-plan.js'
import { together } from './slice-answers.js'
import type { Answer } from './answer.js'

/** Slabs that are held at once for a box: at most this fraction of the cache. */
const BOX_SHARE = 4

/** Boxes of volumes, cut out, padded and cast by the threads, a few slabs at a time. */
export class BoxAnswers {
  constructor (private readonly reader: VoxelReader, private readonly pool: VoxelPool, private readonly cacheBytes: number) {}

  /** Bytes that a box holds while it is read: its own, and the slabs it is cut from. */
  weightOf (plan: BoxPlan): number {
    return plan.length + this.slabsAtOnce(plan) * FORMS.voxels(plan.volume).slabBytes
  }

  /** @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone */
  async read (plan: BoxPlan, signal?: AbortSignal): Promise<Answer> {
    const { volume, ranges: [i, j, [first, stop]], dtype, window, pad, shape: [, rows, columns] } = plan
    const { layout, record } = volume
    const isMask = record.kind === 'mask'
    const [from, to] = [Math.max(0, first), Math.min(layout.shape[2], stop)]
    const padded = castSlice(Float64Array.of(pad), UNSCALED, dtype, window)
    const value = new Uint8Array(padded.buffer, padded.byteOffset, padded.byteLength)
    const outside = (planes: number) => filled(value, planes * rows * columns)
    const chunks = [outside(from - first)]
    const facts: ReadFacts[] = []
    const atOnce = this.slabsAtOnce(plan)
    for (let k = from; k < to; k += atOnce) {
      const ks = Array.from({ length: Math.min(atOnce, to - k) }, (_, n) => k + n)
      const lease = await this.reader.read(FORMS.voxels(volume), ks, signal)
      try {
        facts.push(lease)
        chunks.push(await this.pool.run('crop', {
          slabs: lease.slabs.map(({ k, offset }) => ({ k, offset })),
          shape: [layout.shape[0], layout.shape[1]],
          i: [...i],
          j: [...j],
          datatype: isMask ? 'uint8' : layout.datatype.name,
          scaling: isMask ? UNSCALED : { slope: layout.slope, inter: layout.inter, scales: layout.scales },
          dtype,
          window: window ?? null,
          padding: value
        }, signal))
      } finally {
        lease.release()
      }
    }
    chunks.push(outside(stop - to))
    return { chunks: chunks.filter(({ length }) => length > 0), ...together(facts), release: () => {} }
  }

  private slabsAtOnce ({ volume, ranges: [, , [first, stop]] }: BoxPlan): number {
    return Math.max(1, Math.min(stop - first, Math.floor(this.cacheBytes / BOX_SHARE / FORMS.voxels(volume).slabBytes)))
  }
}

/** One number's bytes, over and over. */
function filled (value: Uint8Array, count: number): Uint8Array {
  return Buffer.alloc(count * value.length, value)
}
