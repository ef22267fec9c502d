import { setTimeout as sleep } from 'node:timers/promises'
import { ClientGone, Overloaded } from '../errors.js'

/** All streams together hold at most this share of the cache; the rest is for what they decode, and for single slices. */
const CACHE_SHARE_OF_ALL = 2

/** How long an answer waits to be let in: before the first byte a 503 is still possible. */
const PATIENCE_MS = 3_000

/** Pauses between two looks whether there is room. */
const LOOK_MS = { first: 20, longest: 500 }

/**
 * Lets answers in that will be sent part by part, as far as the cache can hold the parts of all of them: what is let in
 * is read to its end, and what cannot be promised is refused before its first byte.
 */
export class Admission {
  private admittedBytes = 0

  /** @param cacheBytes what the cache may hold */
  constructor (private readonly cacheBytes: number) {}

  /**
   * Reserve what an answer will hold at a time. One answer is always let in; others wait a little.
   *
   * @param bytes of the cache, in whole pages (`roomOf`)
   * @returns gives it back; may be called twice
   * @throws Overloaded when other answers hold it all, ClientGone
   */
  async admit (bytes: number, signal: AbortSignal): Promise<() => void> {
    const most = this.cacheBytes / CACHE_SHARE_OF_ALL
    const needed = Math.min(bytes, most)
    const until = performance.now() + PATIENCE_MS
    for (let pause = LOOK_MS.first; this.admittedBytes > 0 && this.admittedBytes + needed > most; pause = Math.min(LOOK_MS.longest, pause * 2)) {
      if (performance.now() + pause > until) throw new Overloaded('memory for batches and streams')
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
