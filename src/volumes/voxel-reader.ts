import { LRUCache } from 'lru-cache'
import { isGzipped } from '../gzip/file-name.js'
import type { PlacedSlab } from '../threads/tasks.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import type { Caller } from './caller.js'
import type { FetchedWork } from './fetched-work.js'
import type { OpenVolume } from './open-volumes.js'
import type { Slab, SlabCache } from './slab-cache.js'
import type { SlabDecoder } from './slab-decoder.js'
import { slabOf, slabRoom, slabsOf } from './voxel-form.js'
import type { VoxelForm, WantedKs } from './voxel-form.js'

/** How much of what was asked for was already decoded: all of it; part of the volume; none of the volume. */
export type CacheUse = 'hit' | 'partial' | 'miss'

/** Where the voxels of an answer came from, for `Server-Timing`. */
export interface ReadFacts { cache: CacheUse, decodeMs: number }

/** Voxels of some k of a volume, held in the cache until `release`, and how they were obtained. */
export interface Lease extends ReadFacts {
  /** where each k begins in the cache's buffer, in the order asked for */
  placed: PlacedSlab[]
  /** the memory of a k, not a copy: valid until `release` */
  view: (k: number) => Buffer
  release: () => void
}

/** Several leases taken together. */
export interface Leases extends ReadFacts {
  leases: Lease[]
  release: () => void
}

/**
 * Slabs decoded ahead of a client that reads consecutive slices: two runs for each of two threads, which keeps the
 * threads busy while the client reads (bench: `volume`, with 8, 12 and 16).
 */
const AHEAD = 16
const AHEAD_AT_ONCE = 4

/**
 * Consecutive reads needed before slabs are decoded ahead. With random reads, one consecutive pair happens by chance
 * about every fortieth time, and decoding ahead then delays the next reads (bench: `cold`, p95).
 */
const STEPS_TO_READ_ON = 2

/** At most this fraction of the cache is decoded ahead, so that earlier slabs are not evicted before they are read. */
const AHEAD_SHARE = 4

/** Reads slabs of volumes through the cache: decodes absent slabs, and holds slabs while they are used. */
export class VoxelReader {
  /** the last slab read of each recent volume, to detect consecutive reads */
  private readonly lastRead = new LRUCache<string, { k: number, steps: number }>({ max: 1024 })

  constructor (private readonly cache: SlabCache, private readonly decoder: SlabDecoder, private readonly pool: VoxelPool, private readonly fetching?: FetchedWork) {}

  /** The voxels, if all are decoded. The fast path for a hot slice: no promise. @param ks ascending */
  held (form: VoxelForm, ks: readonly number[]): Lease | undefined {
    if (!this.isFresh(form.volume)) return undefined
    const slabs = new Map<number, Slab>()
    for (const n of slabsOf(form, ks)) {
      const slab = this.cache.take(form.key, n)
      if (slab === undefined) {
        for (const taken of slabs.values()) this.cache.release(taken)
        return undefined
      }
      slabs.set(n, slab)
    }
    return this.leaseOf(form, ks, slabs, { cache: 'hit', decodeMs: 0 })
  }

  /** Whether the volume's files were found unchanged recently enough to answer from memory. */
  isFresh (volume: OpenVolume): boolean {
    return this.fetching === undefined || this.decoder.isFresh(volume)
  }

  /** The voxels of one volume; see `readTogether`. */
  async read (form: VoxelForm, ks: readonly number[], caller: Caller = {}): Promise<Lease> {
    return this.held(form, ks) ?? (await this.readTogether([{ form, ks }], caller)).leases[0]!
  }

  /**
   * Hold voxels of several volumes, decoding absent ones. Room for all of them is taken at once, so a caller that waits
   * for room holds none. What is asked for together must therefore take at most a quarter of the cache, or be one slab
   * (`roomOf`): more than that may never be free at the same time.
   *
   * @param wanted k ascending
   * @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone; nothing is held then
   */
  async readTogether (wanted: readonly WantedKs[], caller: Caller = {}): Promise<Leases> {
    const uses = wanted.map(({ form }): CacheUse => this.cache.holds(form.key) ? 'partial' : 'miss')
    const { held, decodeMs } = await this.decoder.decode(wanted.map(({ form, ks }) => ({ form, slabs: slabsOf(form, ks) })), caller)
    const leases = wanted.map(({ form, ks }, w) => this.leaseOf(form, ks, held[w]!, { cache: uses[w]!, decodeMs }))
    return {
      leases,
      cache: new Set(uses).size > 1 ? 'partial' : uses[0] ?? 'hit',
      decodeMs,
      release: () => { for (const { release } of leases) release() }
    }
  }

  /** Note that `k` was read; after enough consecutive reads the next slabs are decoded ahead. */
  noteRead (form: VoxelForm, k: number): void {
    const last = this.lastRead.get(form.key)
    if (last === undefined) {
      this.lastRead.set(form.key, { k, steps: 0 })
      return
    }
    // The same slice again, as for each segment of a label set, is no step.
    if (last.k === k) return
    last.steps = last.k === k - 1 ? last.steps + 1 : 0
    last.k = k
    if (last.steps >= STEPS_TO_READ_ON) this.decodeAhead(form, k + 1)
  }

  /**
   * Begin to decode the slabs from that of `k` on, if threads are idle. Starts only when enough slabs are absent to make
   * a run: one at a time, most of the cost would be the round trip to a thread.
   */
  decodeAhead (form: VoxelForm, k: number): void {
    const first = slabOf(form, k)
    const room = Math.floor(this.cache.stats.capacity / AHEAD_SHARE / slabRoom(form))
    const end = Math.min(first + Math.min(AHEAD, room), slabOf(form, form.volume.layout.shape[2] - 1) + 1)
    const absent: number[] = []
    for (let next = first; next < end; next++) if (this.decoder.isAbsent(form, next)) absent.push(next)
    const isShort = end - first < AHEAD // at the volume's end, or in a small cache
    if (absent.length >= AHEAD_AT_ONCE || (absent.length > 0 && isShort)) this.decoder.ahead(form, absent)
  }

  /** The bytes of the uncompressed file before its voxels: header and extensions. */
  async head ({ record, state, layout, slabMap }: OpenVolume, signal?: AbortSignal): Promise<Uint8Array> {
    const task = { key: record.key, state, gzip: isGzipped(record.key), length: layout.voxOffset }
    // The bytes up to the end of the first slab hold everything before it.
    if (this.fetching !== undefined) return await this.fetching.head(task, slabMap.ends?.[1] ?? layout.voxOffset, signal)
    return await this.pool.run('head', task, signal)
  }

  private leaseOf (form: VoxelForm, ks: readonly number[], slabs: ReadonlyMap<number, Slab>, facts: ReadFacts): Lease {
    const { kBytes, ksPerSlab } = form
    const slab = (k: number) => slabs.get(slabOf(form, k))!
    let isHeld = true
    return {
      ...facts,
      placed: ks.map((k) => ({ k, offset: slab(k).offset + k % ksPerSlab * kBytes })),
      view: (k) => ksPerSlab === 1 ? slab(k).view : slab(k).view.subarray(k % ksPerSlab * kBytes, (k % ksPerSlab + 1) * kBytes),
      release: () => {
        if (!isHeld) return
        isHeld = false
        for (const one of slabs.values()) this.cache.release(one)
      }
    }
  }
}
