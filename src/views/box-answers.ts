import { castSlice } from '../render/cast.js'
import { UNSCALED } from '../render/hounsfield.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import type { Caller } from '../volumes/caller.js'
import { FORMS, ksOf, slabOf, slabRoom } from '../volumes/voxel-form.js'
import type { ReadFacts, VoxelReader } from '../volumes/voxel-reader.js'
import type { Answer } from './answer.js'
import type { BoxPlan } from './box-plan.js'
import { together } from './slice-answers.js'

/** Bytes of the cache that a box holds at a time: a quarter of the smallest possible cache, or one slab. */
const HELD_BYTES = 4 * 2 ** 20

/** Boxes of volumes. The threads cut out, pad and cast them, a few slabs at a time. */
export class BoxAnswers {
  constructor (private readonly reader: VoxelReader, private readonly pool: VoxelPool) {}

  /** @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone */
  async read (plan: BoxPlan, caller: Caller): Promise<Answer> {
    const { volume, ranges: [i, j, [first, stop]], dtype, window, pad, shape: [, rows, columns] } = plan
    const { layout, record } = volume
    const isMask = record.kind === 'mask'
    const padded = castSlice(Float64Array.of(pad), UNSCALED, dtype, window)
    const value = new Uint8Array(padded.buffer, padded.byteOffset, padded.byteLength)
    const outside = (planes: number) => Buffer.alloc(planes * rows * columns * value.length, value)
    const chunks: Uint8Array[] = [outside(Math.max(0, -first))]
    const facts: ReadFacts[] = []
    for (const ks of portions(plan)) {
      const lease = await this.reader.read(FORMS.voxels(volume), ks, caller)
      try {
        facts.push(lease)
        chunks.push(await this.pool.run('crop', {
          slabs: lease.placed,
          shape: [layout.shape[0], layout.shape[1]],
          i: [...i],
          j: [...j],
          datatype: isMask ? 'uint8' : layout.datatype.name,
          scaling: isMask ? UNSCALED : { slope: layout.slope, inter: layout.inter, scales: layout.scales },
          dtype,
          window: window ?? null,
          padding: value
        }, caller.signal, caller.until === undefined ? 'now' : 'promised'))
      } finally {
        lease.release()
      }
    }
    chunks.push(outside(Math.max(0, stop - layout.shape[2])))
    return { chunks: chunks.filter(({ length }) => length > 0), ...together(facts), release: () => {} }
  }
}

/** Bytes that a box needs while it is read: its own, and the slabs it is cut from. */
export function boxWeight (plan: BoxPlan): number {
  return plan.length + Math.max(slabRoom(FORMS.voxels(plan.volume)), HELD_BYTES)
}

/** The stored k of a box that lie in the volume, in portions small enough to be held at once. */
function * portions ({ volume, ranges: [, , [first, stop]] }: BoxPlan): Generator<number[]> {
  const form = FORMS.voxels(volume)
  const slabs = Math.max(1, Math.floor(HELD_BYTES / slabRoom(form)))
  const end = Math.min(volume.layout.shape[2], stop)
  for (let k = Math.max(0, first); k < end;) {
    const [, behind] = ksOf(form, slabOf(form, k) + slabs - 1)
    const next = Math.min(end, behind)
    yield Array.from({ length: next - k }, (_, n) => k + n)
    k = next
  }
}
