import { randomUUID } from 'node:crypto'
import { accessSync, closeSync, constants, mkdirSync, openSync, read, readSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LRUCache } from 'lru-cache'
import { ConfigError } from '../errors.js'

/** A stretch of decoded bytes of one content: what it is of, where it begins, how long it is. */
export interface DiskSlab { content: string, at: number, bytes: number }

/** Of the bytes, one part in this many is for slabs that come and go; all others stay once they are there. */
const RECENT_SHARE = 10

/** Files that may be being written at a time; a slab beyond that is not kept this time. */
const MOST_WRITES = 16

/** Milliseconds in which nothing is written after a write failed: the disk is full, or gone. */
const PAUSE_MS = 30_000

/** Milliseconds: a read that takes longer came from the disk itself. The reads of the next SLOW_PAUSE_MS then go off the event loop. */
const SLOW_MS = 1
const SLOW_PAUSE_MS = 1_000

const UNFINISHED = '.unfinished-'

const readAsync = promisify(read)

/**
 * Decoded slabs as files on a local disk. It takes slabs until it is full and then keeps them: a cache that evicts the least
 * recently used slab almost never hits when an epoch is larger than the cache. A small part is kept by last use all the same,
 * for people who look at one study for a while.
 *
 * Nothing here is trusted: the caller checks what it reads against the catalog's checksum. So a file may be cut, old or
 * gone, the process may be killed at any moment, and there is no index to go wrong: the names are the index.
 */
export class DiskSlabs {
  /** bytes by where they begin, by content */
  private readonly kept = new Map<string, Map<number, number>>()
  private readonly recent: LRUCache<string, DiskSlab>
  private readonly writing = new Set<string>()
  private keptBytes = 0
  private pausedUntil = -Infinity
  private slowUntil = -Infinity
  private hits = 0
  private written = 0
  private wrong = 0

  private constructor (private readonly folder: string, private readonly capacity: number) {
    this.recent = new LRUCache({
      maxSize: Math.max(1, Math.floor(capacity / RECENT_SHARE)),
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (slab, _name, reason) => { if (reason === 'evict') rm(this.path(slab, 'recent'), { force: true }).catch(() => {}) }
    })
  }

  /**
   * @param capacity in bytes
   * @throws ConfigError when the folder cannot be written to
   */
  static open (folder: string, capacity: number): DiskSlabs {
    try {
      mkdirSync(folder, { recursive: true })
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    } catch (error) {
      throw new ConfigError('DISK_CACHE_DIR', `${folder} cannot be written to (${(error as NodeJS.ErrnoException).code})`)
    }
    return new DiskSlabs(folder, capacity)
  }

  /** Find what an earlier process left. Until it is done, what was not found yet counts as not there. */
  async find (): Promise<void> {
    for (const part of ['kept', 'recent'] as const) {
      for (const content of await names(join(this.folder, part))) {
        for (const name of await names(join(this.folder, part, content))) {
          const [, at, bytes] = /^(\d+)-(\d+)$/.exec(name) ?? []
          const slab = { content, at: Number(at), bytes: Number(bytes) }
          if (at === undefined) await rm(join(this.folder, part, content, name), { force: true })
          else if (part === 'recent') this.recent.set(nameOf(slab), slab)
          else if (this.keptBytes + slab.bytes <= this.keptCapacity) this.note(slab)
          else await rm(this.path(slab, 'kept'), { force: true })
        }
      }
    }
  }

  get stats (): { bytes: number, capacity: number, hits: number, written: number, wrong: number } {
    return { bytes: this.keptBytes + this.recent.calculatedSize, capacity: this.capacity, hits: this.hits, written: this.written, wrong: this.wrong }
  }

  has (slab: DiskSlab): boolean {
    return this.kept.get(slab.content)?.get(slab.at) === slab.bytes || this.recent.has(nameOf(slab))
  }

  /** The file of a slab that is there, which is thereby used. */
  use (slab: DiskSlab): string {
    this.hits++
    const isRecent = this.recent.get(nameOf(slab)) !== undefined
    return this.path(slab, isRecent ? 'recent' : 'kept')
  }

  /**
   * Read a slab that is there, without a copy. What the system holds in memory takes 0.03 ms, a fifth of the way to a thread and back on a
   * busy machine, so it is read at once; after a read that took longer, the next ones leave the event loop free for a while.
   *
   * @returns false when its file is gone or cut
   */
  async readInto (slab: DiskSlab, into: Uint8Array): Promise<boolean> {
    try {
      const fd = openSync(this.use(slab), 'r')
      try {
        const start = performance.now()
        if (start < this.slowUntil) return (await readAsync(fd, into, 0, slab.bytes, 0)).bytesRead === slab.bytes
        const count = readSync(fd, into, 0, slab.bytes, 0)
        const end = performance.now()
        if (end - start > SLOW_MS) this.slowUntil = end + SLOW_PAUSE_MS
        return count === slab.bytes
      } finally {
        closeSync(fd)
      }
    } catch {
      return false
    }
  }

  /** Whether `put` would write a slab now. */
  wants (slab: DiskSlab): boolean {
    return !this.has(slab) && this.writing.size < MOST_WRITES && performance.now() >= this.pausedUntil && slab.bytes <= this.capacity / RECENT_SHARE && !this.writing.has(nameOf(slab))
  }

  /** Write a slab, if it is wanted. The bytes must stay as they are until this resolves. Never rejects. */
  async put (slab: DiskSlab, bytes: Uint8Array): Promise<void> {
    if (!this.wants(slab)) return
    const part = this.keptBytes + slab.bytes <= this.keptCapacity ? 'kept' : 'recent'
    if (part === 'kept') this.keptBytes += slab.bytes // no other write may take this room
    this.writing.add(nameOf(slab))
    const folder = join(this.folder, part, slab.content)
    const unfinished = join(folder, `${UNFINISHED}${randomUUID()}`)
    try {
      await mkdir(folder, { recursive: true })
      await writeFile(unfinished, bytes)
      await rename(unfinished, this.path(slab, part))
      this.written++
      if (part === 'recent') this.recent.set(nameOf(slab), slab)
      else {
        this.keptBytes -= slab.bytes
        this.note(slab)
      }
    } catch {
      if (part === 'kept') this.keptBytes -= slab.bytes
      this.pausedUntil = performance.now() + PAUSE_MS
      await rm(unfinished, { force: true }).catch(() => {})
    } finally {
      this.writing.delete(nameOf(slab))
    }
  }

  /** A slab turned out not to be what it should be. */
  forget (slab: DiskSlab): void {
    this.wrong++
    const ofContent = this.kept.get(slab.content)
    const part = ofContent?.get(slab.at) === slab.bytes ? 'kept' : 'recent'
    if (part === 'kept') {
      ofContent!.delete(slab.at)
      this.keptBytes -= slab.bytes
    } else {
      this.recent.delete(nameOf(slab))
    }
    rm(this.path(slab, part), { force: true }).catch(() => {})
  }

  private get keptCapacity (): number {
    return this.capacity - Math.floor(this.capacity / RECENT_SHARE)
  }

  private note ({ content, at, bytes }: DiskSlab): void {
    let ofContent = this.kept.get(content)
    if (ofContent === undefined) this.kept.set(content, ofContent = new Map())
    ofContent.set(at, bytes)
    this.keptBytes += bytes
  }

  private path ({ content, at, bytes }: DiskSlab, part: 'kept' | 'recent'): string {
    return join(this.folder, part, content, `${at}-${bytes}`)
  }
}

function nameOf ({ content, at, bytes }: DiskSlab): string {
  return `${content}/${at}-${bytes}`
}

async function names (folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => [])
}
