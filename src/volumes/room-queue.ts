import { AsyncResource } from 'node:async_hooks'
import { ClientGone, Overloaded } from '../errors.js'
import type { Caller } from './caller.js'

/**
 * Milliseconds that a read waits for room before it is refused, unless its caller says otherwise. Less than the shortest
 * CLIENT_TIMEOUT, one second: with equal limits, half of the waiting clients were cut off before their 503 came.
 */
const ROOM_WAIT_MS = 900

interface Waiting { attempt: () => boolean, fail: (error: Error) => void }

/**
 * Reads that wait for room in the cache, served strictly in order of arrival: otherwise small reads would keep taking
 * the room that a large one needs. A waiting read holds nothing, so no two reads can wait for each other.
 */
export class RoomQueue {
  private readonly waiting = new Set<Waiting>()
  private isScheduled = false

  /** @param isHeld whether any slab is held whose room can still become free */
  constructor (private readonly isHeld: () => boolean) {}

  get isEmpty (): boolean {
    return this.waiting.size === 0
  }

  /**
   * The result of `take`: at once if nobody waits and there is room, else as soon as there is.
   *
   * @param take takes all that is needed or nothing: undefined while there is no room
   * @throws Overloaded when the wait is over or room can never come, ClientGone; whatever `take` throws
   */
  async pass<Taken> (take: () => Taken | undefined, { signal, until = performance.now() + ROOM_WAIT_MS }: Caller): Promise<Taken> {
    const taken = this.isEmpty ? take() : undefined
    if (taken !== undefined) return taken
    return await new Promise<Taken>((resolve, reject) => {
      const timer = until === Infinity ? undefined : setTimeout(() => one.fail(new Overloaded('the memory for decoded volumes is full')), Math.max(0, until - performance.now()))
      const leave = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', gone)
        this.waiting.delete(one)
      }
      const gone = () => one.fail(new ClientGone())
      const one: Waiting = {
        // Another read's end calls it; what it queues is still this caller's.
        attempt: AsyncResource.bind(() => {
          const taken = take()
          if (taken === undefined) return false
          leave()
          resolve(taken)
          return true
        }),
        fail: (error) => {
          leave()
          reject(error)
          this.look()
        }
      }
      this.waiting.add(one)
      if (signal?.aborted === true) return gone()
      signal?.addEventListener('abort', gone, { once: true })
      this.look()
    })
  }

  /** Call this when room may have become free. */
  look (): void {
    if (this.isScheduled || this.isEmpty) return
    this.isScheduled = true
    queueMicrotask(() => {
      this.isScheduled = false
      this.serve()
    })
  }

  private serve (): void {
    for (const one of this.waiting) {
      try {
        if (one.attempt()) continue
      } catch (error) {
        one.fail(error as Error)
        continue
      }
      // If nothing is held, no room will come free, so waiting is useless.
      if (this.isHeld()) return
      one.fail(new Overloaded('the memory for decoded volumes is full'))
    }
  }
}
