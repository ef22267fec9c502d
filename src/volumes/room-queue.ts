import { ClientGone, Overloaded } from '../errors.js'
import type { Caller } from './caller.js'

/**
 * How long a read waits for others to let go of slabs before it is refused, where its caller does not say. Less than the
 * shortest CLIENT_TIMEOUT, a second: at the same moment, half of those who waited were cut off instead of told.
 */
const ROOM_WAIT_MS = 900

interface Waiting { attempt: () => boolean, fail: (error: Error) => void }

/**
 * Those who wait for room in the cache, in the order they came. Nobody is served before one who came earlier, or the
 * room for something large would never come together; and whoever waits holds nothing, so that no two wait for each other.
 */
export class RoomQueue {
  private readonly waiting = new Set<Waiting>()
  private isScheduled = false

  /** @param isHeld whether anybody holds room that can still become free */
  constructor (private readonly isHeld: () => boolean) {}

  get isEmpty (): boolean {
    return this.waiting.size === 0
  }

  /**
   * The result of `take`, at once where nobody waits and there is room, else when there is.
   *
   * @param take takes what is needed, all of it or nothing: undefined while there is no room
   * @throws Overloaded when it is too late or there will never be room, ClientGone; what `take` throws
   */
  async pass<Taken> (take: () => Taken | undefined, { signal, until = performance.now() + ROOM_WAIT_MS }: Caller): Promise<Taken> {
    const taken = this.isEmpty ? take() : undefined
    if (taken !== undefined) return taken
    return await new Promise<Taken>((resolve, reject) => {
      const timer = until === Infinity ? undefined : setTimeout(() => one.fail(new Overloaded('memory for decoded volumes')), Math.max(0, until - performance.now()))
      const leave = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', gone)
        this.waiting.delete(one)
      }
      const gone = () => one.fail(new ClientGone())
      const one: Waiting = {
        attempt: () => {
          const taken = take()
          if (taken === undefined) return false
          leave()
          resolve(taken)
          return true
        },
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

  /** Room may have become free. */
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
      // Where nobody holds anything, waiting brings nothing.
      if (this.isHeld()) return
      one.fail(new Overloaded('memory for decoded volumes'))
    }
  }
}
