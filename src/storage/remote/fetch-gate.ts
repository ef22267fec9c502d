import { ClientGone, Overloaded } from '../../errors.js'

/** Requests in flight to one store, at most and at least: it adapts between the two. */
const MOST_IN_FLIGHT = 256
const LEAST_IN_FLIGHT = 4

/** Requests that may wait for their turn; with more, the last would time out before it. */
const MOST_WAITING = 2_048

/** Milliseconds in which several refusals count as one: they answer requests that were sent together. */
const REFUSAL_MS = 200

/** A place in the line for the store. */
export interface Turn {
  /** settles when the request may be sent. @throws ClientGone after `leave` */
  ready: Promise<void>
  /** The answer has come: another may be sent, while its bytes are still in memory. */
  land: () => void
  /** Give the place up, before or after its turn. May be called twice. */
  leave: () => void
  /** Somebody waits for it now. */
  promote: () => void
}

interface Place { bytes: number, requests: number, state: 'waiting' | 'in' | 'landed' | 'left', start: () => void, fail: (error: Error) => void }

/**
 * Lets as many requests be in flight as the store bears and as memory allows: the bytes of all of them together stay within
 * a bound. A store that says it is overloaded halves the number; each answer raises it again by a little.
 */
export class FetchGate {
  private limit = MOST_IN_FLIGHT
  private inFlight = 0
  /** in flight, or landed and still in memory; and the bytes of these */
  private held = 0
  private bytes = 0
  private refusedAt = -Infinity
  private readonly now = new Set<Place>()
  private readonly ahead = new Set<Place>()

  /** @param maxBytes of all answers in flight; a larger one is fetched alone */
  constructor (private readonly maxBytes: number) {}

  get stats (): { inFlight: number, bytes: number, waiting: number, limit: number } {
    return { inFlight: this.inFlight, bytes: this.bytes, waiting: this.now.size + this.ahead.size, limit: Math.floor(this.limit) }
  }

  /**
   * @param bytes of all answers
   * @param requests that are sent together
   * @param isRefusable false: an answer whose first bytes have left must not be refused
   * @throws Overloaded when too many wait
   */
  enter (bytes: number, requests: number, { isAhead = false, isRefusable = true } = {}): Turn {
    if (isRefusable && this.now.size >= MOST_WAITING) throw new Overloaded('too many reads from the data root are waiting')
    let place!: Place
    const ready = new Promise<void>((resolve, reject) => { place = { bytes, requests, state: 'waiting', start: resolve, fail: reject } })
    ready.catch(() => {}) // whoever has left does not wait for it
    const line = isAhead ? this.ahead : this.now
    line.add(place)
    this.serve()
    return {
      ready,
      land: () => {
        if (place.state !== 'in') return
        place.state = 'landed'
        this.inFlight -= requests
        this.serve()
      },
      leave: () => this.leave(place),
      promote: () => {
        if (!this.ahead.delete(place)) return
        this.now.add(place)
        this.serve()
      }
    }
  }

  /** The store said it is overloaded. */
  refused (): void {
    const now = performance.now()
    if (now - this.refusedAt < REFUSAL_MS) return
    this.refusedAt = now
    this.limit = Math.max(LEAST_IN_FLIGHT, Math.min(this.limit, this.inFlight) / 2)
  }

  /** The store answered as it should. */
  answered (): void {
    this.limit = Math.min(MOST_IN_FLIGHT, this.limit + 1 / this.limit)
  }

  private leave (place: Place): void {
    if (place.state === 'left') return
    if (place.state !== 'waiting') {
      if (place.state === 'in') this.inFlight -= place.requests
      this.held--
      this.bytes -= place.bytes
    } else {
      this.now.delete(place)
      this.ahead.delete(place)
      place.fail(new ClientGone())
    }
    place.state = 'left'
    this.serve()
  }

  private serve (): void {
    for (const line of [this.now, this.ahead]) {
      for (const place of line) {
        const fits = this.held === 0 || (this.inFlight + place.requests <= this.limit && this.bytes + place.bytes <= this.maxBytes)
        if (!fits) return
        line.delete(place)
        place.state = 'in'
        this.inFlight += place.requests
        this.held++
        this.bytes += place.bytes
        place.start()
      }
    }
  }
}
