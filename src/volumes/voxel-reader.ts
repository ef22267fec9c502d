import { LRUCache } from 'lru-cache'
import { Overloaded } from '../errors.js'
import type { VoxelPool } from '../threads/voxel-pool.js'
import type { OpenVolume } from './open-volumes.js'
import type { Slab, SlabCache } from './slab-cache.js'
import type { SlabDecoder, VoxelForm } from './slab-decoder.js'

/** How much of what was asked for was decoded already: all, none of the volume, or anything between. */
export type CacheUse = 'hit' | 'partial' | 'miss'

/** Where the voxels of an answer came from, for `Server-Timing`. */
export interface ReadFacts { cache: CacheUse, decodeMs: number }

/** Slabs held in the cache, in the order asked for, until `release`; facts of how they came there. */
export interface Lease extends ReadFacts {
  slabs: Slab[]
  release: () => void
}

/**
 * A client that reads on finds so many of the next slabs decoded, or on their way: two runs for each of two threads, which
 * keeps them busy while it reads (bench: `volume`, with 8, 12 and 16).
 */
const AHEAD = 16
const AHEAD_AT_ONCE = 4

/**
 * So many steps from one slab to the next are no chance: one is, every fortieth time that slices are read at random, and
 * what is decoded ahead then keeps the next reads waiting (bench: `cold`, p95).
 */
const STEPS_TO_READ_ON = 2

/** … and no more than this part of the cache: what is decoded ahead must not put out what was, before it is read. */
const AHEAD_SHARE = 4

const scalingOf = ({ slope, inter, scales }: OpenVolume['layout']) => ({ slope, inter, scales })

const voxelForms = new WeakMap<OpenVolume, VoxelForm>()

/** How each form of a volume is kept. */
export const FORMS = {
  /** little-endian stored values; of a mask 0 and 1 in uint8 */
  voxels (volume: OpenVolume): VoxelForm {
    const known = voxelForms.get(volume)
    if (known !== undefined) return known
    const { layout, record } = volume
    const isMask = record.kind === 'mask'
    const form: VoxelForm = {
      volume,
      key: `${record.id}/voxels`,
      slabBytes: isMask ? layout.sliceBytes / layout.datatype.bytes : layout.sliceBytes,
      form: { datatype: layout.datatype.name, littleEndian: layout.littleEndian, maskScaling: isMask ? scalingOf(layout) : null }
    }
    voxelForms.set(volume, form)
    return form
  },
  /** bytes as they are in the file; of a little-endian image that is the same thing, and kept once */
  file (volume: OpenVolume): VoxelForm {
    const { layout, record } = volume
    if (record.kind === 'image' && layout.littleEndian) return FORMS.voxels(volume)
    return {
      volume,
      key: `${record.id}/file`,
      slabBytes: layout.sliceBytes,
      form: { datatype: layout.datatype.name, littleEndian: true, maskScaling: null }
    }
  }
} as const

/** Reads slabs of volumes through the cache: held while they are used, decoded when they are not there. */
export class VoxelReader {
  /** the last slab read of recent volumes, to notice a client that reads on */
  private readonly lastRead = new LRUCache<string, { k: number, steps: number }>({ max: 1024 })

  constructor (private readonly cache: SlabCache, private readonly decoder: SlabDecoder, private readonly pool: VoxelPool) {}

  /** The slabs, if all are decoded; the way of a hot slice, without a promise. */
  held (form: VoxelForm, ks: readonly number[]): Lease | undefined {
    const slabs: Slab[] = []
    for (const k of ks) {
      const slab = this.cache.take(form.key, k)
      if (slab === undefined) {
        for (const taken of slabs) this.cache.release(taken)
        return undefined
      }
      slabs.push(slab)
    }
    return this.leaseOf(slabs, { cache: 'hit', decodeMs: 0 })
  }

  /**
   * Hold slabs, decoding those that are absent.
   *
   * @param signal the client's; its absence from then on ends the wait, and the decoding only if nobody else waits
   * @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone; nothing is held then
   */
  async read (form: VoxelForm, ks: readonly number[], signal?: AbortSignal): Promise<Lease> {
    const held = this.held(form, ks)
    if (held !== undefined) return held
    const cache: CacheUse = this.cache.holds(form.key) ? 'partial' : 'miss'
    const taken = new Map<number, Slab>()
    const take = (k: number) => {
      const slab = taken.has(k) ? undefined : this.cache.take(form.key, k)
      if (slab !== undefined) taken.set(k, slab)
    }
    try {
      for (const k of ks) take(k)
      const decodeMs = await this.decoder.decode(form, ks.filter((k) => !taken.has(k)), take, signal)
      const slabs = ks.map((k) => taken.get(k))
      // A volume that was dropped while it was decoded is published nowhere; the next request meets the new file.
      if (slabs.some((slab) => slab === undefined)) throw new Overloaded('memory for decoded volumes')
      return this.leaseOf(slabs as Slab[], { cache, decodeMs })
    } catch (error) {
      for (const slab of taken.values()) this.cache.release(slab)
      throw error
    }
  }

  /** Tell that slab `k` was read, so that a client who reads on finds the next ones decoded. */
  noteRead (form: VoxelForm, k: number): void {
    const last = this.lastRead.get(form.key)
    if (last === undefined) {
      this.lastRead.set(form.key, { k, steps: 0 })
      return
    }
    last.steps = last.k === k - 1 ? last.steps + 1 : 0
    last.k = k
    if (last.steps >= STEPS_TO_READ_ON) this.decodeAhead(form, k + 1)
  }

  /**
   * Begin to decode the slabs from `k` on, as far as the threads have nothing else to do. Only as many at a time as make a
   * run: slab by slab, as a reader moves on, the way to a thread and back would be most of it.
   */
  decodeAhead (form: VoxelForm, k: number): void {
    const room = Math.floor(this.cache.stats.capacity / AHEAD_SHARE / form.slabBytes)
    const end = Math.min(k + Math.min(AHEAD, room), form.volume.layout.shape[2])
    const absent: number[] = []
    for (let next = k; next < end; next++) if (this.decoder.isAbsent(form, next)) absent.push(next)
    const isShort = end - k < AHEAD // at the volume's end, or in a small cache
    if (absent.length >= AHEAD_AT_ONCE || (absent.length > 0 && isShort)) this.decoder.ahead(form, absent)
  }

  /** The bytes of the uncompressed file before its voxels: header and extensions. */
  async head ({ record, state, layout }: OpenVolume, signal?: AbortSignal): Promise<Uint8Array> {
    return await this.pool.run('head', { key: record.file, state, gzip: record.file.endsWith('.gz'), length: layout.voxOffset }, signal)
  }

  private leaseOf (slabs: Slab[], facts: ReadFacts): Lease {
    let held = true
    return {
      ...facts,
      slabs,
      release: () => {
        if (!held) return
        held = false
        for (const slab of slabs) this.cache.release(slab)
      }
    }
  }
}
