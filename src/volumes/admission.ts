import { setTimeout as sleep } from 'node:timers/promises'
import { ClientGone, Overloaded } from '../errors.js'

/** All streams together hold at most one part in this many of the cache; the rest is for decoding and for single slices. */
const CACHE_SHARE_OF_ALL = 2

/** Milliseconds that an answer waits to be admitted: before the first byte a 503 is still possible. */
const PATIENCE_MS = 3_000

/** Milliseconds between two checks for room. */
const LOOK_MS = { first: 20, longest: 500 }

/**
 * Admits answers that are sent part by part, as long as the cache can hold the parts of all of them. An admitted answer
 * can be read to its end; one that cannot be guaranteed is refused before its first byte.
 */
export class Admission {
  private admittedBytes = 0

  /** @param cacheBytes the cache's capacity */
  constructor (private readonly cacheBytes: number) {}

  /**
   * Reserve what an answer holds at a time. A single answer is always admitted; others wait for up to PATIENCE_MS.
   *
   * @param bytes of the cache, in whole pages (`roomOf`)
   * @returns gives the reservation back; may be called twice
   * @throws Overloaded when other answers hold all of it, ClientGone
   */
  async admit (bytes: number, signal: AbortSignal): Promise<() => void> {
    const most = this.cacheBytes / CACHE_SHARE_OF_ALL
    const needed = Math.min(bytes, most)
    const until = performance.now() + PATIENCE_MS
    for (let pause = LOOK_MS.first; this.admittedBytes > 0 && this.admittedBytes + needed > most; pause = Math.min(LOOK_MS.longest, pause * 2)) {
      if (performance.now() + pause > until) throw new Overloaded('the memory for batches and streams is full')
      await sleep(pause, undefined, { signal }).catch(() => { throw new ClientGone() })
    }
    this.admittedBytes += needed
    let isIn = true
    return () => {
      if (isIn) this.admittedBytes -= needed
      isIn = false
    }
  }
}
