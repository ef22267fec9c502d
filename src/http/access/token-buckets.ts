import { LRUCache } from 'lru-cache'

/** How many clients are remembered, at about 200 bytes each. A client that was forgotten starts with a full bucket. */
const KEPT_CLIENTS = 10_000

interface Bucket { tokens: number, at: number }

/**
 * A token bucket for each client. It holds the requests of one minute; a request takes one token, and tokens come back
 * at an even rate. A burst is served at once, and no edge between two minutes lets twice as much through.
 */
export class TokenBuckets {
  private readonly buckets = new LRUCache<string, Bucket>({ max: KEPT_CLIENTS })
  private readonly perMs: number

  constructor (private readonly perMinute: number) {
    this.perMs = perMinute / 60_000
  }

  /**
   * Take one token.
   *
   * @param now milliseconds of a clock that only goes forward
   * @returns 0 when a token was taken, else the seconds until there is one, rounded up
   */
  take (client: string, now: number): number {
    const bucket = this.buckets.get(client) ?? { tokens: this.perMinute, at: now }
    const tokens = Math.min(this.perMinute, bucket.tokens + (now - bucket.at) * this.perMs)
    const left = tokens >= 1 ? tokens - 1 : tokens
    this.buckets.set(client, { tokens: left, at: now })
    return tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / this.perMs / 1000))
  }
}
