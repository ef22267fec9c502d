import { LRUCache } from 'lru-cache'
import type { SliceGeometry } from '../nifti/slice.js'
import { datatypeNamed } from '../nifti/datatype.js'
import type { SliceVoxels } from '../threads/tasks.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import type { VoxelForm } from './slab-decoder.js'
import { slabsOf } from './slice-plan.js'
import type { ArrayPlan, PicturePlan } from './slice-plan.js'
import { FORMS } from './voxel-reader.js'
import type { CacheUse, Lease, ReadFacts, VoxelReader } from './voxel-reader.js'

/** Bytes to send, one after the other, and what to call once they are sent or given up. */
export interface Answer extends ReadFacts {
  chunks: Uint8Array[]
  release: () => void
}

/** Pictures kept encoded, in bytes: a dashboard's second look costs nothing. Part of the fixed overhead, not of CACHE_BYTES. */
const PICTURE_CACHE_BYTES = 32 * 2 ** 20

/** A slice across the slabs is gathered from so much of the cache at once, at the most: a fraction of its capacity. */
const GATHER_SHARE = 4

/** Turns plans for slices into bytes: straight from the cache where it holds them, else by the threads. */
export class SliceAnswers {
  private readonly pictures = new LRUCache<string, Uint8Array>({ maxSize: PICTURE_CACHE_BYTES, sizeCalculation: (bytes) => bytes.length + 512 })

  constructor (private readonly reader: VoxelReader, private readonly pool: VoxelPool, private readonly cacheBytes: number) {}

  /** A slice that is decoded already and needs no more work, without a promise; undefined otherwise. */
  heldArray (plan: ArrayPlan): Answer | undefined {
    if (!plan.direct) return undefined
    const form = FORMS.voxels(plan.volume)
    const lease = this.reader.held(form, [plan.geometry.index])
    return lease && this.directAnswer(plan, form, lease)
  }

  /** A picture that is kept encoded; undefined otherwise. */
  knownPicture (etag: string): Answer | undefined {
    const bytes = this.pictures.get(etag)
    return bytes && { chunks: [bytes], cache: 'hit', decodeMs: 0, release: () => {} }
  }

  /** @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone */
  async array (plan: ArrayPlan, signal?: AbortSignal): Promise<Answer> {
    const { volume, spec, scaling, geometry } = plan
    if (!plan.direct) {
      return await this.withVoxels(plan, signal, async (voxels) => await this.pool.run('array', { voxels, kind: volume.record.kind, scaling, spec }, signal))
    }
    const form = FORMS.voxels(volume)
    return this.directAnswer(plan, form, await this.reader.read(form, [geometry.index], signal))
  }

  /** @throws as `array` */
  async picture (plan: PicturePlan, signal?: AbortSignal): Promise<Answer> {
    const known = this.knownPicture(plan.etag)
    if (known !== undefined) return known
    const { volume, spec, scaling, mask } = plan
    const draw = async (voxels: SliceVoxels, overlay: SliceVoxels | null) =>
      await this.pool.run('picture', { voxels, kind: volume.record.kind, scaling, spec, mask: overlay }, signal)
    const answer = await this.withVoxels(plan, signal, async (voxels) => {
      if (mask === null) return await draw(voxels, null)
      const maskPlan = { ...plan, volume: mask, stored: 'uint8' as const }
      const { chunks: [bytes] } = await this.withVoxels(maskPlan, signal, async (overlay) => await draw(voxels, overlay))
      return bytes!
    })
    this.pictures.set(plan.etag, answer.chunks[0]!)
    return answer
  }

  private directAnswer (plan: ArrayPlan, form: VoxelForm, lease: Lease): Answer {
    this.reader.noteRead(form, plan.geometry.index)
    const slab = lease.slabs[0]!.view
    return { chunks: plan.header.length > 0 ? [plan.header, slab] : [slab], cache: lease.cache, decodeMs: lease.decodeMs, release: lease.release }
  }

  /** Hold what a slice is made of while `use` makes something of it. */
  private async withVoxels (plan: Pick<ArrayPlan, 'volume' | 'geometry' | 'stored'>, signal: AbortSignal | undefined, use: (voxels: SliceVoxels) => Promise<Uint8Array>): Promise<Answer> {
    const { volume, geometry, stored: datatype } = plan
    const form = FORMS.voxels(volume)
    const ks = slabsOf(plan)
    const atOnce = Math.max(1, Math.floor(this.cacheBytes / GATHER_SHARE / form.slabBytes))
    if (ks.length > atOnce) return await this.gatherInParts(plan, ks, atOnce, signal, use)
    const lease = this.reader.held(form, ks) ?? await this.reader.read(form, ks, signal)
    if (ks.length === 1) this.reader.noteRead(form, ks[0]!)
    try {
      const slabs = lease.slabs.map(({ k, offset }) => ({ k, offset }))
      const bytes = await use({ geometry, datatype, slabs })
      return { chunks: [bytes], cache: lease.cache, decodeMs: lease.decodeMs, release: () => {} }
    } finally {
      lease.release()
    }
  }

  /** A slice of a volume that the cache cannot hold: a few slabs at a time bring their rows or columns. */
  private async gatherInParts (
    { volume, geometry, stored: datatype }: Pick<ArrayPlan, 'volume' | 'geometry' | 'stored'>, ks: number[], atOnce: number,
    signal: AbortSignal | undefined, use: (voxels: SliceVoxels) => Promise<Uint8Array>
  ): Promise<Answer> {
    const gathered = new SharedArrayBuffer(geometry.rows * geometry.columns * datatypeNamed(datatype).bytes)
    const uses = new Set<CacheUse>()
    let decodeMs = 0
    for (let first = 0; first < ks.length; first += atOnce) {
      const part = ks.slice(first, first + atOnce)
      const lease: Lease = await this.reader.read(FORMS.voxels(volume), part, signal)
      try {
        uses.add(lease.cache)
        decodeMs += lease.decodeMs
        const slabs = lease.slabs.map(({ k, offset }) => ({ k, offset }))
        await this.pool.run('gather', { ...partOf(geometry, part[0]!, part.length), datatype, slabs, into: gathered }, signal)
      } finally {
        lease.release()
      }
    }
    const bytes = await use({ geometry, datatype, gathered })
    const cache = uses.size === 1 ? [...uses][0]! : 'partial'
    return { chunks: [bytes], cache, decodeMs, release: () => {} }
  }
}

/** The part of a slice across k that slabs `first` … `first + count - 1` hold, and where it goes in the whole slice. */
function partOf (geometry: SliceGeometry, first: number, count: number): { geometry: SliceGeometry, place: { start: number, rowStride: number } } {
  const stride = geometry.rowAxis === 2 ? geometry.rowStride : geometry.columnStride
  // Along k the slice runs upwards or downwards; `lead` is where the part begins in the slice's own order.
  const lead = stride > 0 ? first : geometry.shape[2] - first - count
  const base = geometry.base + lead * stride
  if (geometry.rowAxis === 2) return { geometry: { ...geometry, base, rows: count }, place: { start: lead * geometry.columns, rowStride: geometry.columns } }
  return { geometry: { ...geometry, base, columns: count }, place: { start: lead, rowStride: geometry.columns } }
}
