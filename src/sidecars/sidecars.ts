import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { SurveyedVolume } from '../catalog/catalog.js'
import type { ObjectFolder } from '../storage/object-folder.js'
import { historyIn, isReference, sidecarOf } from './format.js'

/** Memory for sidecars that are not in use, in bytes: some 150 of chest CTs. */
const KEPT_BYTES = 64 * 2 ** 20

/** In ms. A sidecar that takes longer is done without: inflating from the start of the file takes about as long. */
const LONGEST_WAIT_MS = 2_000

/** Milliseconds before a sidecar that could not be read is asked for again. */
const RETRY_MS = 10_000

interface Held { bytes: Uint8Array, pins: number }

/** What is counted of sidecars. */
export interface SidecarStats { reads: number, failures: number }

/** Sidecars in a folder: writes them, and holds in memory those that are in use or were a short while ago. */
export class Sidecars {
  private readonly kept = new LRUCache<string, Uint8Array>({ maxSize: KEPT_BYTES, sizeCalculation: ({ length }) => length + 1 })
  private readonly held = new Map<string, Held>()
  private readonly coming = new Map<string, Promise<Uint8Array | undefined>>()
  private readonly failed = new LRUCache<string, true>({ max: 10_000, ttl: RETRY_MS })
  readonly stats: SidecarStats = { reads: 0, failures: 0 }

  constructor (private readonly folder: ObjectFolder) {}

  /**
   * Write a volume's sidecar.
   *
   * @returns the volume with references instead of histories; as it is where it has no histories, or where another
   *   version of niiserve has put a different sidecar there
   */
  async shelve<Volume extends Pick<SurveyedVolume, 'sha256' | 'headerBytes' | 'slabs' | 'points'>> (volume: Volume): Promise<Volume> {
    const { sha256, points } = volume
    if (sha256 === null || !points.some(({ history }) => history.length > 0 && !isReference(history))) return volume
    const sidecar = sidecarOf(volume)
    const key = keyOf(sha256)
    if (await this.folder.put(key, sidecar.bytes, { createOnly: true }) === 'exists') {
      const there = await this.folder.getRange(key, 0, sidecar.table)
      if (there === undefined || !sidecar.bytes.subarray(0, sidecar.table).equals(there)) return volume
    }
    return { ...volume, points: sidecar.points }
  }

  /** Whether the sidecar of a file is in memory. */
  has (sha256: string): boolean {
    return this.held.has(sha256) || this.kept.has(sha256)
  }

  /**
   * Have the sidecars of these files in memory until `release` is called. Resolves without those that cannot be had in time.
   *
   * @returns `release`
   */
  async hold (files: ReadonlySet<string>): Promise<() => void> {
    const held = await Promise.all([...files].map(async (sha256) => {
      const bytes = this.held.get(sha256)?.bytes ?? this.kept.get(sha256) ?? await this.read(sha256)
      if (bytes === undefined) return undefined
      const entry = this.held.get(sha256) ?? { bytes, pins: 0 }
      entry.pins++
      this.held.set(sha256, entry)
      return sha256
    }))
    return () => { for (const sha256 of held) if (sha256 !== undefined) this.release(sha256) }
  }

  /** The history that a reference names; undefined where its sidecar is not held, or is damaged. */
  history (sha256: string, reference: Uint8Array): Uint8Array | undefined {
    const sidecar = this.held.get(sha256)?.bytes ?? this.kept.get(sha256)
    if (sidecar === undefined) return undefined
    const history = historyIn(sidecar, reference)
    if (history === undefined) this.stats.failures++
    return history
  }

  private release (sha256: string): void {
    const entry = this.held.get(sha256)!
    if (--entry.pins > 0) return
    this.held.delete(sha256)
    this.kept.set(sha256, entry.bytes)
  }

  private async read (sha256: string): Promise<Uint8Array | undefined> {
    if (this.failed.has(sha256)) return undefined
    let coming = this.coming.get(sha256)
    if (coming === undefined) {
      coming = this.fetch(sha256).finally(() => this.coming.delete(sha256))
      this.coming.set(sha256, coming)
    }
    return await coming
  }

  private async fetch (sha256: string): Promise<Uint8Array | undefined> {
    this.stats.reads++
    const late = new AbortController()
    try {
      const bytes = await Promise.race([this.folder.get(keyOf(sha256)), sleep(LONGEST_WAIT_MS, undefined, { signal: late.signal })])
      if (bytes !== undefined) return bytes
    } catch {
      // Counted below, like a sidecar that is not there.
    } finally {
      late.abort()
    }
    this.stats.failures++
    this.failed.set(sha256, true)
    return undefined
  }
}

function keyOf (sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256}.sidecar`
}
