import { ClientGone, Overloaded } from '../../errors.js'
import { thrown } from '../../threads/faults.js'
import type { Outcome } from '../../threads/faults.js'
import { ThreadPool, threadFile } from '../../threads/thread-pool.js'
import type { Aggregates } from '../runs/aggregates.js'
import type { MetricDifference } from '../runs/comparison.js'
import type { SeverityScore } from '../severity/severity-score.js'
import type { AggregateTask, CompareTask, MaskTask, PictureTask, ScoredMask, SeverityTask } from './score-tasks.js'

/** The kinds of work of a thread, by name: argument and result. */
interface Work {
  mask: [task: MaskTask, result: ScoredMask]
  picture: [task: PictureTask, result: Uint8Array]
  severity: [task: SeverityTask, result: SeverityScore]
  aggregates: [task: AggregateTask, result: Aggregates]
  comparison: [task: CompareTask, result: Record<string, MetricDifference>]
}

/** Threads end this long after their last score, which frees their memory. */
const IDLE_MS = 5_000

/** Scores computed at a time: two leave the rest of the machine to the many requests for slices. */
const MOST_THREADS = 2

/** Scores that may wait; with more, the last would wait longer than a client does. */
const MOST_WAITING = 32

/** The most bytes of predictions held at a time, while they arrive, wait or are scored. */
const MOST_HELD = 256 * 2 ** 20

/** The scoring threads and their bounded queue; separate from the threads for slices, so no slice waits for a score. */
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
   * Reserve room for a prediction before its first byte is read.
   *
   * @returns a function that releases the room; may be called twice
   * @throws Overloaded
   */
  admit (bytes: number): () => void {
    if (this.heldBytes + bytes > MOST_HELD) throw new Overloaded('the memory for predictions is full')
    this.heldBytes += bytes
    let held = true
    return () => {
      if (held) this.heldBytes -= bytes
      held = false
    }
  }

  /**
   * Run one piece of work when its turn comes.
   *
   * @param prepare makes the task when a thread is free, so that waiting work holds only its prediction. The thread takes
   *   over the memory of the masks in it, which are then empty here.
   * @throws PredictionUnreadable, PredictionTooLarge, GeometryMismatch; Overloaded when the queue is full; ClientGone; what `prepare` throws
   */
  async run<Name extends keyof Work> (name: Name, prepare: () => Work[Name][0] | Promise<Work[Name][0]>, signal?: AbortSignal): Promise<Work[Name][1]> {
    await this.turn()
    try {
      if (signal?.aborted === true) throw new ClientGone()
      const task = await prepare()
      const outcome = await this.piscina.run(task, { name, transferList: movable(task) }) as Outcome<Work[Name][1]>
      if ('fault' in outcome) throw thrown(outcome.fault)
      return outcome.value
    } finally {
      // A turn that ends goes directly to the next waiter, so that no later caller takes it first.
      const next = this.queue.shift()
      if (next === undefined) this.running--
      else next()
    }
  }

  async close (): Promise<void> {
    await this.piscina.end()
  }

  private async turn (): Promise<void> {
    if (this.queue.length >= MOST_WAITING) throw new Overloaded('too many scores are waiting')
    if (this.running >= this.threads) await new Promise<void>((resolve) => this.queue.push(resolve))
    else this.running++
  }
}

/** Memory of a task that its thread takes over instead of a copy: that of whole masks, in which nothing else lies. */
function movable (task: Work[keyof Work][0]): ArrayBuffer[] {
  if (!('reference' in task)) return []
  const masks = task.file === null ? [task.reference.bits] : [task.reference.bits, task.file]
  return masks.flatMap(({ buffer, byteLength }) => buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [])
}
