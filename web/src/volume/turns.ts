/** Streams wait so long for a first look; one that takes longer, as of a study that is still being read, holds up nobody. */
const LOOK_MS = 2_000

/**
 * Who may ask next, among studies that load at once: first looks go ahead, at once and together; streams of whole
 * volumes wait for them, and then go one after the other, in the order they came.
 */
export class Turns {
  private looks = 0
  private isStreaming = false
  private readonly waiting = new Set<() => void>()

  /** Something that is waited for on screen: no stream begins meanwhile. */
  async look<Result> (act: () => Promise<Result>): Promise<Result> {
    this.looks++
    let isOver = false
    const over = () => {
      if (isOver) return
      isOver = true
      this.looks--
      this.next()
    }
    const timer = setTimeout(over, LOOK_MS)
    try {
      return await act()
    } finally {
      clearTimeout(timer)
      over()
    }
  }

  /** A whole volume. @throws the signal's reason when it ends the wait */
  async stream<Result> (signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
    await this.turn(signal)
    try {
      return await act()
    } finally {
      this.isStreaming = false
      this.next()
    }
  }

  private async turn (signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve) => {
      const stop = () => {
        if (this.waiting.delete(go)) resolve()
      }
      const go = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      signal.addEventListener('abort', stop, { once: true })
      this.waiting.add(go)
      this.next()
    })
    signal.throwIfAborted()
  }

  private next (): void {
    const [go] = this.waiting
    if (this.looks > 0 || this.isStreaming || go === undefined) return
    this.waiting.delete(go)
    this.isStreaming = true
    go()
  }
}
