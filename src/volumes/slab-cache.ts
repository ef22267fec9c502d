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

/** What the cache did since the start, and holds now. */
export interface CacheStats { bytes: number, capacity: number, slabs: number, evictions: number }

interface Entry extends Slab {
  offset: number
  view: Buffer
  run: Run<Entry> | undefined
  /** readers that hold it; a pinned slab is never evicted, so a socket can be written from it */
  pins: number
  /** a slab that is being decoded is in the arena, and not to be found yet */
  published: boolean
  lastUse: number
}

/**
 * Decoded voxels by volume and slab, least recently used out first, bounded in bytes: a volume may be there in part.
 *
 * Slabs are handed out pinned and must be released; `volume` names one state of one file, so a changed file can never
 * be answered from what was decoded of the old one.
 */
export class SlabCache {
  private readonly arena: Arena<Entry>
  private readonly volumes = new Map<string, Map<number, Entry>>()
  /** published and unpinned or pinned, in order of use, the longest unused first */
  private readonly byUse = new Set<Entry>()
  private clock = 0
  private evictions = 0
  private pinned = 0
  /** told when a slab is let go of by its last reader, so that its room can be had */
  onRoom: (() => void) | undefined

  constructor (bytes: number) {
    this.arena = new Arena<Entry>(bytes, (entry) => entry.pins > 0 ? null : entry.lastUse, (entry) => {
      this.evictions++
      this.forget(entry)
    })
  }

  /** The memory of all slabs, to be shared with the threads that fill and read it. */
  get buffer (): SharedArrayBuffer {
    return this.arena.buffer
  }

  get stats (): CacheStats {
    return { bytes: this.arena.usedBytes, capacity: this.buffer.byteLength, slabs: this.byUse.size, evictions: this.evictions }
  }

  /** Whether anything of the volume is decoded. */
  holds (volume: string): boolean {
    return this.volumes.has(volume)
  }

  has (volume: string, n: number): boolean {
    return this.volumes.get(volume)?.get(n)?.published === true
  }

  /** Whether anybody holds anything. */
  get isHeld (): boolean {
    return this.pinned > 0
  }

  /** The slab, pinned and now the most recently used; undefined when it is not decoded. */
  take (volume: string, n: number): Slab | undefined {
    const entry = this.volumes.get(volume)?.get(n)
    if (entry?.published !== true) return undefined
    this.pin(entry)
    entry.lastUse = ++this.clock
    this.byUse.delete(entry)
    this.byUse.add(entry)
    return entry
  }

  /** Hold a slab once more, be it that it is still being decoded. */
  pin (slab: Slab): void {
    if ((slab as Entry).pins++ === 0) this.pinned++
  }

  /** Let go of a slab that `take`, `pin` or `reserve` gave. */
  release (slab: Slab): void {
    const entry = slab as Entry
    if (--entry.pins > 0) return
    this.pinned--
    // A slab of a dropped volume stays until its last reader is done with it.
    if (entry.run !== undefined && !this.isListed(entry)) this.arena.free(entry.run)
    this.onRoom?.()
  }

  /**
   * Room for a slab that is about to be decoded, pinned, and unseen until `publish`.
   *
   * @returns undefined when what is pinned leaves no room
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

  /** From now on `take` finds the slab. It stays pinned by whoever reserved it. */
  publish (slab: Slab): void {
    const entry = slab as Entry
    entry.published = true
    if (this.isListed(entry)) this.byUse.add(entry)
  }

  /** The slab could not be decoded: give its room back. */
  abandon (slab: Slab): void {
    this.forget(slab as Entry)
    this.release(slab)
  }

  /** Forget a volume, whose file has changed; what readers still hold is freed when they let go. */
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
