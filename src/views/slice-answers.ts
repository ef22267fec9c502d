import { LRUCache } from 'lru-cache'
import { gatherSlice } from '../nifti/slice.js'
import type { SliceGeometry } from '../nifti/slice.js'
import { sheetOf } from '../render/montage.js'
import { datatypeNamed } from '../nifti/datatype.js'
import type { SliceVoxels } from '../threads/tasks.js'
import type { VoxelPool, Work } from '../threads/voxel-pool.js'
import type { Answer } from './answer.js'
import { ksOfSlice } from './slice-plan.js'
import type { ArrayPlan, PicturePlan, SlicePlan } from './slice-plan.js'
import type { SheetPlan } from './sheet-plan.js'
import type { Caller } from '../volumes/caller.js'
import { FORMS, ksOf, roomOf, slabOf, slabRoom } from '../volumes/voxel-form.js'
import type { VoxelForm, WantedKs } from '../volumes/voxel-form.js'
import type { Lease, Leases, ReadFacts, VoxelReader } from '../volumes/voxel-reader.js'

/** Bytes of encoded pictures kept, so a dashboard's repeated requests are free. Fixed overhead, not part of CACHE_BYTES. */
const PICTURE_CACHE_BYTES = 32 * 2 ** 20

/**
 * Voxels of the largest slice that is gathered on the event loop: that takes at most 0.1 ms, less than the round trip to
 * a thread (bench: `planes`).
 */
const GATHERED_HERE = 65_536
/** The most k such a slice may touch: each k needs a view of its own. */
const GATHERED_KS = 512

/** Voxels, if rows are runs of one slab, as in a slice turned upside down: copying 512 x 512 of int16 takes 0.06 ms. */
const TURNED_HERE = 262_144

/** At most one part in this many of the cache's capacity is held at once to gather a slice across the slabs. */
const GATHER_SHARE = 4

/** Turns plans for slices into bytes: directly from the cache if it holds them, else on the threads. */
export class SliceAnswers {
  private readonly pictures = new LRUCache<string, Uint8Array>({ maxSize: PICTURE_CACHE_BYTES, sizeCalculation: (bytes) => bytes.length + 512 })

  constructor (private readonly reader: VoxelReader, private readonly pool: VoxelPool, private readonly cacheBytes: number) {}

  /** A slice that is already decoded and needs no thread, without a promise; undefined otherwise. */
  heldArray (plan: ArrayPlan): Answer | undefined {
    if (!plan.direct && !isGatheredHere(plan)) return undefined
    const form = FORMS.voxels(plan.volume)
    const lease = this.reader.held(form, ksOfSlice(plan))
    if (lease === undefined) return undefined
    return plan.direct ? this.directAnswer(plan, form, lease) : gatheredAnswer(plan, lease)
  }

  /** A picture from the cache of encoded pictures; undefined otherwise. */
  knownPicture (etag: string): Answer | undefined {
    const bytes = this.pictures.get(etag)
    return bytes && { chunks: [bytes], cache: 'hit', decodeMs: 0, release: () => {} }
  }

  /** @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone */
  async array (plan: ArrayPlan, caller: Caller = {}): Promise<Answer> {
    const { volume, spec, scaling, geometry } = plan
    if (!plan.direct && isTurnedHere(plan)) return gatheredAnswer(plan, await this.readOne(plan, caller))
    if (!plan.direct) {
      const { value, ...facts } = await this.withVoxels([plan], caller, async ([voxels]) =>
        await this.run('array', { voxels: voxels!, kind: volume.record.kind, scaling, spec }, caller))
      return { ...facts, chunks: [value], release: () => {} }
    }
    const form = FORMS.voxels(volume)
    return this.directAnswer(plan, form, await this.reader.read(form, [geometry.index], caller))
  }

  private async readOne ({ volume, geometry }: ArrayPlan, caller: Caller): Promise<Lease> {
    const form = FORMS.voxels(volume)
    const lease = await this.reader.read(form, [geometry.index], caller)
    this.reader.noteRead(form, geometry.index)
    return lease
  }

  /** @throws as `array` */
  async picture (plan: PicturePlan, caller: Caller = {}): Promise<Answer> {
    const known = this.knownPicture(plan.etag)
    if (known !== undefined && this.areFresh([plan])) return known
    const { volume, spec, scaling } = plan
    const drawn = await this.withVoxels(sourcesOf(plan), caller, async ([voxels, mask = null]) =>
      await this.run('picture', { voxels: voxels!, kind: volume.record.kind, scaling, spec, mask }, caller))
    return this.pictureAnswer(plan.etag, drawn)
  }

  /** A contact sheet. Each tile is drawn by any idle thread, one slice at a time. @throws as `array` */
  async sheet (plan: SheetPlan, caller: Caller = {}): Promise<Answer> {
    const known = this.knownPicture(plan.etag)
    if (known !== undefined && this.areFresh(plan.tiles)) return known
    const { tiles, spec } = plan
    const extent = sheetOf(tiles.length, spec)
    const sheet = new SharedArrayBuffer(extent.rows * extent.columns * extent.channels)
    const facts: ReadFacts[] = []
    const rest = tiles.entries()
    const draw = async () => {
      for (const [place, tile] of rest) {
        const kind = tile.volume.record.kind
        facts.push(await this.withVoxels(sourcesOf(tile), caller, async ([voxels, mask = null]) => await this.run('tile', {
          sheet, extent, place, number: tile.geometry.index, voxels: voxels!, kind, scaling: tile.scaling, spec, mask
        }, caller)))
      }
    }
    await Promise.all(Array.from({ length: this.pool.stats.threads }, draw))
    const value = await this.run('sheet', { sheet, extent, spec }, caller)
    return this.pictureAnswer(plan.etag, { value, ...together(facts) })
  }

  /** Whether a picture that was kept may be sent: else its voxels are asked for, and with them whether their files changed. */
  private areFresh (plans: ReadonlyArray<Pick<PicturePlan, 'volume' | 'mask'>>): boolean {
    return plans.every(({ volume, mask }) => this.reader.isFresh(volume) && (mask == null || this.reader.isFresh(mask)))
  }

  private directAnswer (plan: ArrayPlan, form: VoxelForm, lease: Lease): Answer {
    this.reader.noteRead(form, plan.geometry.index)
    const slab = lease.view(plan.geometry.index)
    return { chunks: plan.header.length > 0 ? [plan.header, slab] : [slab], cache: lease.cache, decodeMs: lease.decodeMs, release: lease.release }
  }

  private pictureAnswer (etag: string, { value, cache, decodeMs }: Used<Uint8Array>): Answer {
    this.pictures.set(etag, value)
    return { chunks: [value], cache, decodeMs, release: () => {} }
  }

  /**
   * Hold the voxels of all slices at once while `use` works on them. If they would take too much of the cache, each slice
   * is first gathered into memory of its own.
   */
  private async withVoxels<Value> (sources: readonly SliceSource[], caller: Caller, use: (voxels: SliceVoxels[]) => Promise<Value>): Promise<Used<Value>> {
    const wanted = sources.map((source) => ({ form: FORMS.voxels(source.volume), ks: ksOfSlice(source) }))
    const [{ form, ks }] = wanted as [typeof wanted[number]]
    const isOneSlab = wanted.length === 1 && slabOf(form, ks[0]!) === slabOf(form, ks.at(-1)!)
    if (!isOneSlab && roomOf(wanted) > this.mostAtOnce) {
      const gathered = []
      for (const source of sources) gathered.push(await this.gatherInParts(source, caller))
      return { value: await use(gathered.map(({ value }) => value)), ...together(gathered) }
    }
    const { leases, release, ...facts } = await this.hold(wanted, caller)
    if (ks.length === 1) this.reader.noteRead(form, ks[0]!)
    try {
      return { value: await use(leases.map(({ placed: slabs }, n) => ({ geometry: sources[n]!.geometry, datatype: sources[n]!.stored, slabs }))), ...facts }
    } finally {
      release()
    }
  }

  private async hold (wanted: readonly WantedKs[], caller: Caller): Promise<Leases> {
    const [only] = wanted
    if (only === undefined || wanted.length > 1) return await this.reader.readTogether(wanted, caller)
    const lease = await this.reader.read(only.form, only.ks, caller)
    return { ...lease, leases: [lease] }
  }

  /** Gathers a slice that is too large to hold in the cache at once, a few slabs at a time. */
  private async gatherInParts (source: SliceSource, caller: Caller): Promise<Used<SliceVoxels>> {
    const { volume, geometry, stored: datatype } = source
    const form = FORMS.voxels(volume)
    const ks = ksOfSlice(source)
    const gathered = new SharedArrayBuffer(geometry.rows * geometry.columns * datatypeNamed(datatype).bytes)
    const slabsAtOnce = Math.max(1, Math.floor(this.mostAtOnce / slabRoom(form)))
    const facts: ReadFacts[] = []
    for (let first = 0; first < ks.length;) {
      const [, end] = ksOf(form, slabOf(form, ks[first]!) + slabsAtOnce - 1)
      const part = ks.filter((k, n) => n >= first && k < end)
      first += part.length
      const lease = await this.reader.read(form, part, caller)
      try {
        facts.push(lease)
        const where = ks.length === 1 ? { geometry, place: { start: 0, rowStride: geometry.columns } } : partOf(geometry, part[0]!, part.length)
        await this.run('gather', { ...where, datatype, slabs: lease.placed, into: gathered }, caller)
      } finally {
        lease.release()
      }
    }
    return { value: { geometry, datatype, gathered }, ...together(facts) }
  }

  private get mostAtOnce (): number {
    return this.cacheBytes / GATHER_SHARE
  }

  /** Run work on the threads. Work for an answer that has begun is never refused. */
  private async run<Name extends keyof Work> (name: Name, task: Work[Name][0], { signal, until }: Caller): Promise<Work[Name][1]> {
    return await this.pool.run(name, task, signal, until === undefined ? 'now' : 'promised')
  }
}

/** The slice itself, and the mask laid over it if there is one. */
function sourcesOf (plan: PicturePlan): SliceSource[] {
  return plan.mask === null ? [plan] : [plan, { volume: plan.mask, geometry: plan.geometry, stored: plan.mask.record.kind === 'mask' ? 'uint8' : plan.mask.layout.datatype.name }]
}

/** Whether the values are stored ones, and few enough to be reordered on the event loop. */
function isGatheredHere (plan: ArrayPlan): boolean {
  const isSmall = plan.rows * plan.columns <= GATHERED_HERE && plan.volume.layout.shape[2] <= GATHERED_KS
  return (plan.asStored && isSmall) || isTurnedHere(plan)
}

function isTurnedHere ({ asStored, geometry, rows, columns }: ArrayPlan): boolean {
  return asStored && geometry.normalAxis === 2 && geometry.columnStride === 1 && rows * columns <= TURNED_HERE
}

/** A slice in an order other than the stored one, gathered in this thread. */
function gatheredAnswer ({ geometry, stored, header }: ArrayPlan, lease: Lease): Answer {
  const datatype = datatypeNamed(stored)
  const { buffer, byteOffset, byteLength } = gatherSlice(geometry, (k) => {
    const slab = lease.view(k)
    return datatype.view(slab.buffer, slab.byteOffset, slab.length / datatype.bytes)
  })
  lease.release()
  const values = new Uint8Array(buffer, byteOffset, byteLength)
  return { chunks: header.length > 0 ? [header, values] : [values], cache: lease.cache, decodeMs: lease.decodeMs, release: () => {} }
}

/** A value made from voxels, and where the voxels came from. */
type Used<Value> = ReadFacts & { value: Value }

/** The part of a plan that names the voxels. */
type SliceSource = Pick<SlicePlan, 'volume' | 'geometry' | 'stored'>

/** Several reads as one: a hit if all were hits, a miss if all were misses. */
export function together (reads: readonly ReadFacts[]): ReadFacts {
  const uses = new Set(reads.map(({ cache }) => cache))
  const [only = 'hit'] = uses
  return { cache: uses.size > 1 ? 'partial' : only, decodeMs: reads.reduce((sum, { decodeMs }) => sum + decodeMs, 0) }
}

/** The part of a slice across k that k `first` … `first + count - 1` hold, and its place in the whole slice. */
function partOf (geometry: SliceGeometry, first: number, count: number): { geometry: SliceGeometry, place: { start: number, rowStride: number } } {
  const stride = geometry.rowAxis === 2 ? geometry.rowStride : geometry.columnStride
  // The slice may run along k in either direction; `lead` is where the part begins in the slice's own order.
  const lead = stride > 0 ? first : geometry.shape[2] - first - count
  const base = geometry.base + lead * stride
  if (geometry.rowAxis === 2) return { geometry: { ...geometry, base, rows: count }, place: { start: lead * geometry.columns, rowStride: geometry.columns } }
  return { geometry: { ...geometry, base, columns: count }, place: { start: lead, rowStride: geometry.columns } }
}
