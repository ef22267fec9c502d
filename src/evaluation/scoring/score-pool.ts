import { ClientGone, Overloaded } from '../../errors.js'
import { thrown } from '../../threads/faults.js'
import type { Outcome } from '../../threads/faults.js'
import { ThreadPool, threadFile } from '../../threads/thread-pool.js'
import type { Aggregates } from '../runs/aggregates.js'
import type { MetricDifference } from '../runs/comparison.js'
import type { SeverityScore } from '../severity/severity-score.js'
import type { AggregateTask, CompareTask, MaskTask, PictureTask, ScoredMask, SeverityTask } from './score-tasks.js'

/** Work a thread can do, by name: what it takes and gives. */
interface Work {
  mask: [task: MaskTask, result: ScoredMask]
  picture: [task: PictureTask, result: Uint8Array]
  severity: [task: SeverityTask, result: SeverityScore]
  aggregates: [task: AggregateTask, result: Aggregates]
  comparison: [task: CompareTask, result: Record<string, MetricDifference>]
}

/** Threads end this long after their last score, and give their memory back. */
const IDLE_MS = 5_000

/** Scoring is for people who wait, not for the storm that slices are: two at once leave the rest of the machine to those. */
const MOST_THREADS = 2

/** Scores that may wait; more would wait longer than a client does. */
const MOST_WAITING = 32

/** Bytes of predictions that are held while they arrive, wait or are scored. */
const MOST_HELD = 256 * 2 ** 20

/** The threads that score, behind a bounded queue. Apart from those that answer requests, so that no slice waits for a score. */
export class ScorePool {
  private readonly piscina: ThreadPool
  private readonly threads: number
  private readonly queue: (() => void)[] = []
  private running = 0
  private heldBytes = 0

  constructor (threads: number) {
    this.threads = Math.min(threads, MOST_THREADS)
    this.piscina = new ThreadPool({
      filename: threadFile('score-worker', import.meta.url),
      minThreads: 0,
      maxThreads: this.threads,
      idleTimeout: IDLE_MS,
      recordTiming: false
    })
  }

  /**
   * Ask for room for a prediction before its first byte is taken.
   *
   * @returns gives the room back; may be called twice
   * @throws Overloaded
   */
  admit (bytes: number): () => void {
    if (this.heldBytes + bytes > MOST_HELD) throw new Overloaded('memory for predictions')
    this.heldBytes += bytes
    let held = true
    return () => {
      if (held) this.heldBytes -= bytes
      held = false
    }
  }

  /**
   * Score one thing, when it is its turn.
   *
   * @param prepare makes the task once there is a thread for it, so that what waits holds no more than it came with
   * @throws PredictionUnreadable, PredictionTooLarge, GeometryMismatch; Overloaded when the queue is full; ClientGone; what `prepare` throws
   */
  async run<Name extends keyof Work> (name: Name, prepare: () => Work[Name][0] | Promise<Work[Name][0]>, signal?: AbortSignal): Promise<Work[Name][1]> {
    await this.turn()
    try {
      if (signal?.aborted === true) throw new ClientGone()
      const outcome = await this.piscina.run(await prepare(), { name }) as Outcome<Work[Name][1]>
      if ('fault' in outcome) throw thrown(outcome.fault)
      return outcome.value
    } finally {
      // A turn that ends is handed on, so that nobody comes in between.
      const next = this.queue.shift()
      if (next === undefined) this.running--
      else next()
    }
  }

  async close (): Promise<void> {
    await this.piscina.end()
  }

  private async turn (): Promise<void> {
    if (this.queue.length >= MOST_WAITING) throw new Overloaded('scores waiting')
    if (this.running >= this.threads) await new Promise<void>((resolve) => this.queue.push(resolve))
    else this.running++
  }
}
