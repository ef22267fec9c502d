import { ClientGone } from '../errors.js'

/** A bounded number of turns at a time, granted in the order of the requests. */
export class Turns {
  private readonly waiting = new Set<() => void>()
  private taken = 0

  constructor (private readonly count: number) {}

  /** Call `use` when a turn is free. @throws ClientGone when the client leaves while it waits */
  async take<Result> (signal: AbortSignal | undefined, use: () => Promise<Result>): Promise<Result> {
    if (this.taken < this.count) this.taken++
    else await this.wait(signal)
    try {
      return await use()
    } finally {
      this.passOn()
    }
  }

  private async wait (signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(begin)
        reject(new ClientGone())
      }
      const begin = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      if (signal?.aborted === true) return leave()
      signal?.addEventListener('abort', leave, { once: true })
      this.waiting.add(begin)
    })
  }

  private passOn (): void {
    const [next] = this.waiting
    if (next === undefined) {
      this.taken--
      return
    }
    this.waiting.delete(next)
    next()
  }
}
