import { Arena } from './arena.js'
import type { Run } from './arena.js'

/** One decoded slab in the arena: the voxels of one stored k, or of several thin ones (see voxel-form). */
export interface Slab {
  readonly volume: string
  /** number of the slab in its volume, from 0 */
  readonly n: number
  readonly bytes: number
  /** where it begins in the cache's buffer */
  readonly offset: number
  /** its memory, not a copy: valid while the slab is held */
  readonly view: Buffer
}

const EMPTY = Buffer.alloc(0)

/** What the cache holds now, and its evictions since the start. */
export interface CacheStats { bytes: number, capacity: number, slabs: number, evictions: number }

interface Entry extends Slab {
  offset: number
  view: Buffer
  run: Run<Entry> | undefined
  /** number of readers that hold it; a pinned slab is never evicted, so it can be written to a socket directly */
  pins: number
  /** false while the slab is being decoded: it has room in the arena, but `take` does not find it yet */
  published: boolean
  lastUse: number
}

/**
 * Decoded voxels by volume and slab, bounded in bytes; the least recently used slab is evicted first. A volume may be
 * present in part.
 *
 * Slabs are handed out pinned and must be released. `volume` names one state of one file, so a changed file is never
 * answered from slabs of the old one.
 */
export class SlabCache {
  private readonly arena: Arena<Entry>
  private readonly volumes = new Map<string, Map<number, Entry>>()
  /** published slabs, pinned or not, in order of use, least recently used first */
  private readonly byUse = new Set<Entry>()
  private clock = 0
  private evictions = 0
  private pinned = 0
  /** called when a slab's last reader releases it, so its room can be taken */
  onRoom: (() => void) | undefined

  constructor (bytes: number) {
    this.arena = new Arena<Entry>(bytes, (entry) => entry.pins > 0 ? null : entry.lastUse, (entry) => {
      this.evictions++
      this.forget(entry)
    })
  }

  /** The memory of all slabs, shared with the threads that fill and read it. */
  get buffer (): SharedArrayBuffer {
    return this.arena.buffer
  }

  get stats (): CacheStats {
    return { bytes: this.arena.usedBytes, capacity: this.buffer.byteLength, slabs: this.byUse.size, evictions: this.evictions }
  }

  /** Whether any slab of the volume is decoded. */
  holds (volume: string): boolean {
    return this.volumes.has(volume)
  }

  has (volume: string, n: number): boolean {
    return this.volumes.get(volume)?.get(n)?.published === true
  }

  /** Whether any slab is held. */
  get isHeld (): boolean {
    return this.pinned > 0
  }

  /** The slab, pinned and marked as most recently used; undefined when it is not decoded. */
  take (volume: string, n: number): Slab | undefined {
    const entry = this.volumes.get(volume)?.get(n)
    if (entry?.published !== true) return undefined
    this.pin(entry)
    entry.lastUse = ++this.clock
    this.byUse.delete(entry)
    this.byUse.add(entry)
    return entry
  }

  /** Pin a slab once more, even while it is being decoded. */
  pin (slab: Slab): void {
    if ((slab as Entry).pins++ === 0) this.pinned++
  }

  /** Release a slab that `take`, `pin` or `reserve` gave. */
  release (slab: Slab): void {
    const entry = slab as Entry
    if (--entry.pins > 0) return
    this.pinned--
    // A slab of a dropped volume keeps its memory until its last reader releases it.
    if (entry.run !== undefined && !this.isListed(entry)) this.arena.free(entry.run)
    this.onRoom?.()
  }

  /**
   * Reserve room for a slab that is about to be decoded. The slab is pinned, and hidden until `publish`.
   *
   * @returns undefined when pinned slabs leave no room
   */
  reserve (volume: string, n: number, bytes: number): Slab | undefined {
    const entry: Entry = { volume, n, bytes, offset: 0, view: EMPTY, run: undefined, pins: 0, published: false, lastUse: ++this.clock }
    entry.run = this.arena.allocate(bytes, entry, this.leastRecentlyUsed())
    if (entry.run === undefined) return undefined
    this.pin(entry)
    entry.offset = entry.run.offset
    entry.view = Buffer.from(this.buffer, entry.offset, bytes)
    this.list(entry)
    return entry
  }

  /** Let `take` find the slab from now on. The pin of `reserve` stays. */
  publish (slab: Slab): void {
    const entry = slab as Entry
    entry.published = true
    if (this.isListed(entry)) this.byUse.add(entry)
  }

  /** Give back the room of a slab that could not be decoded. */
  abandon (slab: Slab): void {
    this.forget(slab as Entry)
    this.release(slab)
  }

  /** Forget a volume whose file has changed; slabs still held are freed when they are released. */
  drop (volume: string): void {
    for (const entry of this.volumes.get(volume)?.values() ?? []) {
      this.forget(entry)
      if (entry.pins === 0 && entry.run !== undefined) this.arena.free(entry.run)
    }
  }

  private leastRecentlyUsed (): Run<Entry> | undefined {
    for (const entry of this.byUse) {
      if (entry.pins === 0) return entry.run
    }
    return undefined
  }

  private list (entry: Entry): void {
    const slabs = this.volumes.get(entry.volume)
    if (slabs === undefined) this.volumes.set(entry.volume, new Map([[entry.n, entry]]))
    else slabs.set(entry.n, entry)
  }

  private isListed (entry: Entry): boolean {
    return this.volumes.get(entry.volume)?.get(entry.n) === entry
  }

  private forget (entry: Entry): void {
    this.byUse.delete(entry)
    const slabs = this.volumes.get(entry.volume)
    if (slabs?.get(entry.n) !== entry) return
    slabs.delete(entry.n)
    if (slabs.size === 0) this.volumes.delete(entry.volume)
  }
}
