import { LRUCache } from 'lru-cache'
import { gatherSlice } from '../nifti/slice.js'
import type { SliceGeometry } from '../nifti/slice.js'
import { sheetOf } from '../render/montage.js'
import { datatypeNamed } from '../nifti/datatype.js'
import type { SliceVoxels } from '../threads/tasks.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import type { VoxelForm } from '../volumes/slab-decoder.js'
import type { Answer } from './answer.js'
import { slabsOf } from './slice-plan.js'
import type { ArrayPlan, PicturePlan, SlicePlan } from './slice-plan.js'
import type { SheetPlan } from './sheet-plan.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import { FORMS } from '../volumes/voxel-reader.js'
import type { Lease, ReadFacts, VoxelReader } from '../volumes/voxel-reader.js'

/** Pictures kept encoded, in bytes: a dashboard's second look costs nothing. Part of the fixed overhead, not of CACHE_BYTES. */
const PICTURE_CACHE_BYTES = 32 * 2 ** 20

/**
 * Voxels that are brought together on the event loop: at most a tenth of a millisecond, where the way to a thread and back
 * takes more (bench: `planes`).
 */
const GATHERED_HERE = 65_536

/** A slice across the slabs is gathered from so much of the cache at once, at the most: a fraction of its capacity. */
const GATHER_SHARE = 4

/** Turns plans for slices into bytes: straight from the cache where it holds them, else by the threads. */
export class SliceAnswers {
  private readonly pictures = new LRUCache<string, Uint8Array>({ maxSize: PICTURE_CACHE_BYTES, sizeCalculation: (bytes) => bytes.length + 512 })

  constructor (private readonly reader: VoxelReader, private readonly pool: VoxelPool, private readonly cacheBytes: number) {}

  /** A slice that is decoded already and needs no work worth a thread, without a promise; undefined otherwise. */
  heldArray (plan: ArrayPlan): Answer | undefined {
    const isSmall = plan.rows * plan.columns <= GATHERED_HERE
    if (!plan.direct && !(plan.asStored && isSmall)) return undefined
    const form = FORMS.voxels(plan.volume)
    const lease = this.reader.held(form, slabsOf(plan))
    if (lease === undefined) return undefined
    return plan.direct ? this.directAnswer(plan, form, lease) : gatheredAnswer(plan, lease)
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
      const { value, ...facts } = await this.withVoxels(plan, signal, async (voxels) =>
        await this.pool.run('array', { voxels, kind: volume.record.kind, scaling, spec }, signal))
      return { ...facts, chunks: [value], release: () => {} }
    }
    const form = FORMS.voxels(volume)
    return this.directAnswer(plan, form, await this.reader.read(form, [geometry.index], signal))
  }

  /** @throws as `array` */
  async picture (plan: PicturePlan, signal?: AbortSignal): Promise<Answer> {
    const known = this.knownPicture(plan.etag)
    if (known !== undefined) return known
    const { volume, spec, scaling } = plan
    const drawn = await this.withMask(plan, signal, async (voxels, mask) =>
      await this.pool.run('picture', { voxels, kind: volume.record.kind, scaling, spec, mask }, signal))
    return this.pictureAnswer(plan.etag, drawn)
  }

  /** A contact sheet: each tile by whichever thread is free, a slice at a time. @throws as `array` */
  async sheet (plan: SheetPlan, signal?: AbortSignal): Promise<Answer> {
    const known = this.knownPicture(plan.etag)
    if (known !== undefined) return known
    const { tiles, spec } = plan
    const extent = sheetOf(tiles.length, spec)
    const sheet = new SharedArrayBuffer(extent.rows * extent.columns * extent.channels)
    const facts: ReadFacts[] = []
    const rest = tiles.entries()
    const draw = async () => {
      for (const [place, tile] of rest) {
        const kind = tile.volume.record.kind
        facts.push(await this.withMask(tile, signal, async (voxels, mask) => await this.pool.run('tile', {
          sheet, extent, place, number: tile.geometry.index, voxels, kind, scaling: tile.scaling, spec, mask
        }, signal)))
      }
    }
    await Promise.all(Array.from({ length: this.pool.stats.threads }, draw))
    const value = await this.pool.run('sheet', { sheet, extent, text: spec.text }, signal)
    return this.pictureAnswer(plan.etag, { value, ...together(facts) })
  }

  private directAnswer (plan: ArrayPlan, form: VoxelForm, lease: Lease): Answer {
    this.reader.noteRead(form, plan.geometry.index)
    const slab = lease.slabs[0]!.view
    return { chunks: plan.header.length > 0 ? [plan.header, slab] : [slab], cache: lease.cache, decodeMs: lease.decodeMs, release: lease.release }
  }

  private pictureAnswer (etag: string, { value, cache, decodeMs }: Used<Uint8Array>): Answer {
    this.pictures.set(etag, value)
    return { chunks: [value], cache, decodeMs, release: () => {} }
  }

  /** Hold what a slice and, if there is one, its mask are made of while `use` makes something of them. */
  private async withMask<Value> (plan: SliceSource, signal: AbortSignal | undefined, use: (voxels: SliceVoxels, mask: SliceVoxels | null) => Promise<Value>): Promise<Used<Value>> {
    const { mask } = plan
    const used = await this.withVoxels(plan, signal, async (voxels) => {
      if (mask == null) return { value: await use(voxels, null), facts: [] }
      const { value, ...facts } = await this.withVoxels({ ...plan, volume: mask, stored: 'uint8' }, signal, async (overlay) => await use(voxels, overlay))
      return { value, facts: [facts] }
    })
    return { value: used.value.value, ...together([used, ...used.value.facts]) }
  }

  /** Hold what a slice is made of while `use` makes something of it. */
  private async withVoxels<Value> (plan: SliceSource, signal: AbortSignal | undefined, use: (voxels: SliceVoxels) => Promise<Value>): Promise<Used<Value>> {
    const { volume, geometry, stored: datatype } = plan
    const form = FORMS.voxels(volume)
    const ks = slabsOf(plan)
    const atOnce = Math.max(1, Math.floor(this.cacheBytes / GATHER_SHARE / form.slabBytes))
    if (ks.length > atOnce) return await this.gatherInParts(plan, ks, atOnce, signal, use)
    const lease = await this.reader.read(form, ks, signal)
    if (ks.length === 1) this.reader.noteRead(form, ks[0]!)
    try {
      const slabs = lease.slabs.map(({ k, offset }) => ({ k, offset }))
      return { value: await use({ geometry, datatype, slabs }), cache: lease.cache, decodeMs: lease.decodeMs }
    } finally {
      lease.release()
    }
  }

  /** A slice of a volume that the cache cannot hold: a few slabs at a time bring their rows or columns. */
  private async gatherInParts<Value> (
    { volume, geometry, stored: datatype }: SliceSource, ks: number[], atOnce: number,
    signal: AbortSignal | undefined, use: (voxels: SliceVoxels) => Promise<Value>
  ): Promise<Used<Value>> {
    const gathered = new SharedArrayBuffer(geometry.rows * geometry.columns * datatypeNamed(datatype).bytes)
    const facts: ReadFacts[] = []
    for (let first = 0; first < ks.length; first += atOnce) {
      const part = ks.slice(first, first + atOnce)
      const lease = await this.reader.read(FORMS.voxels(volume), part, signal)
      try {
        facts.push(lease)
        const slabs = lease.slabs.map(({ k, offset }) => ({ k, offset }))
        await this.pool.run('gather', { ...partOf(geometry, part[0]!, part.length), datatype, slabs, into: gathered }, signal)
      } finally {
        lease.release()
      }
    }
    return { value: await use({ geometry, datatype, gathered }), ...together(facts) }
  }
}

/** A slice across the slabs, brought together in this thread. */
function gatheredAnswer ({ geometry, stored, header }: ArrayPlan, lease: Lease): Answer {
  const datatype = datatypeNamed(stored)
  const slabs = new Map(lease.slabs.map((slab) => [slab.k, slab.view]))
  const { buffer, byteOffset, byteLength } = gatherSlice(geometry, (k) => {
    const slab = slabs.get(k)!
    return datatype.view(slab.buffer, slab.byteOffset, slab.length / datatype.bytes)
  })
  lease.release()
  const values = new Uint8Array(buffer, byteOffset, byteLength)
  return { chunks: header.length > 0 ? [header, values] : [values], cache: lease.cache, decodeMs: lease.decodeMs, release: () => {} }
}

/** What was made of voxels, and where they came from. */
type Used<Value> = ReadFacts & { value: Value }

/** The part of a plan that says which voxels. */
type SliceSource = Pick<SlicePlan, 'volume' | 'geometry' | 'stored'> & { mask?: OpenVolume | null }

/** Several reads as one: a hit where all were, a miss where all were. */
export function together (reads: readonly ReadFacts[]): ReadFacts {
  const uses = new Set(reads.map(({ cache }) => cache))
  const [only = 'hit'] = uses
  return { cache: uses.size > 1 ? 'partial' : only, decodeMs: reads.reduce((sum, { decodeMs }) => sum + decodeMs, 0) }
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
