import { ClientGone, Overloaded } from '../errors.js'
import { thrown } from './faults.js'
import type { Outcome } from './faults.js'
import type { ArrayTask, BoxTask, CropTask, DecodeTask, GatherTask, HeadTask, LoadTask, PaintTask, PictureTask, SheetTask, ThreadSetup, TileTask } from './tasks.js'
import { ThreadPool, threadFile } from './thread-pool.js'

/** The kinds of work a thread can do, by name: input and result. */
export interface Work {
  decode: [task: DecodeTask, result: { decodeMs: number }]
  paint: [task: PaintTask, result: { decodeMs: number }]
  load: [task: LoadTask, result: { decodeMs: number }]
  gather: [task: GatherTask, result: null]
  array: [task: ArrayTask, result: Uint8Array]
  picture: [task: PictureTask, result: Uint8Array]
  tile: [task: TileTask, result: null]
  sheet: [task: SheetTask, result: Uint8Array]
  box: [task: BoxTask, result: Uint8Array]
  crop: [task: CropTask, result: Uint8Array]
  head: [task: HeadTask, result: Uint8Array]
}

/**
 * `ahead` is work that nobody waits for yet: it runs only when no other work is queued, and is dropped first. `promised`
 * is work for an answer whose first bytes have left: it shares the queue of `now` but is never refused, so callers must
 * limit how much they promise.
 */
export type Priority = 'promised' | 'now' | 'ahead'

/** A piece of work in the queue or on a thread. */
export interface Ticket<Result> {
  done: Promise<Result>
  /** Take it out of the queue; false when a thread already has it, which then finishes it. */
  cancel (): boolean
  /** Someone waits for it now: move it to priority `now`, if it is still queued. */
  promote (): void
}

const NOTHING: ArrayBuffer[] = []

interface Waiting { start: () => void, fail: (reason: Error) => void }

/** Pieces of work that may be queued per thread; with more, clients would time out before their turn. */
const WAITING_PER_THREAD = 64

/** Weight of the latest piece of work in the running mean of durations, which covers about the last ten. */
const RECENT = 0.1

/** In ms: on an idle machine a thread wakes, and its result is here, in 0.1 to 0.2. */
const LATE_MS = 0.4

/** Weight of the latest decode in the running mean of how late it was. */
const OF_LATE = 0.05

/** Called for every finished piece of work, successful or not: how long it waited for a thread, how long it took, and for whom it was. */
export type WorkObserver = (name: keyof Work, waitedMs: number, tookMs: number, whose: unknown) => void

/** Figures for metrics. */
export interface PoolStats { threads: number, idle: number, running: number, waiting: number, refused: number }

/**
 * The threads that decode and render, behind one bounded queue.
 *
 * The queue is ours, not Piscina's, because work must be able to leave it: aborting a task that Piscina runs kills the
 * thread, so Piscina never gets an abort signal.
 */
export class VoxelPool {
  private readonly piscina: ThreadPool
  private readonly queues: Record<'now' | 'ahead', Set<Waiting>> = { now: new Set(), ahead: new Set() }
  private readonly maxWaiting: number
  private running = 0
  private refused = 0
  private meanTookMs = 0
  private lateMs = 0
  readonly observers: WorkObserver[] = []
  /** Says, when work is queued, for whom: what it returns is given to the observers. */
  whose: (() => unknown) | undefined

  constructor (private readonly threads: number, setup: ThreadSetup) {
    this.maxWaiting = threads * WAITING_PER_THREAD
    this.piscina = new ThreadPool({
      filename: threadFile('voxel-worker', import.meta.url),
      minThreads: threads,
      maxThreads: threads,
      workerData: setup,
      recordTiming: false
    })
  }

  /**
   * Whether threads have to wait for a core: of late, work waited long for its thread to wake and its result for this one.
   * The halves of one slice would then wait for the later of two.
   */
  get wakesLate (): boolean {
    return this.lateMs > LATE_MS
  }

  get stats (): PoolStats {
    return { threads: this.threads, idle: Math.max(0, this.threads - this.running - this.queues.now.size), running: this.running, waiting: this.queues.now.size + this.queues.ahead.size, refused: this.refused }
  }

  /**
   * Queue a piece of work.
   *
   * @param moved memory of the task that moves to the thread and is no longer there afterwards
   * @throws Overloaded when the queue is full, unless the work is promised; the error says when the queue will be done
   */
  submit<Name extends keyof Work> (name: Name, task: Work[Name][0], priority: Priority = 'now', moved: ArrayBuffer[] = NOTHING): Ticket<Work[Name][1]> {
    const queue = this.queues[priority === 'ahead' ? 'ahead' : 'now']
    if (priority !== 'promised' && queue.size >= this.maxWaiting) {
      this.refused++
      throw new Overloaded('the decoding queue is full', this.secondsToWorkOff())
    }
    const queuedAt = performance.now()
    const whose = this.whose?.()
    let waiting!: Waiting
    const done = new Promise<Work[Name][1]>((resolve, reject) => {
      waiting = {
        start: () => {
          const startedAt = performance.now()
          this.running++
          ;(this.piscina.run(task, moved.length === 0 ? { name } : { name, transferList: moved }) as Promise<Outcome<Work[Name][1]>>)
            .then((outcome) => {
              if ('fault' in outcome) return reject(thrown(outcome.fault))
              if (name === 'decode') this.noteLate(performance.now() - startedAt - (outcome.value as Work['decode'][1]).decodeMs)
              resolve(outcome.value)
            }, reject)
            .finally(() => {
              this.running--
              this.noteDone(name, startedAt - queuedAt, performance.now() - startedAt, whose)
              this.startNext()
            })
        },
        fail: reject
      }
    })
    queue.add(waiting)
    this.startNext()
    return {
      done,
      cancel: () => {
        const left = this.queues.now.delete(waiting) || this.queues.ahead.delete(waiting)
        if (left) waiting.fail(new ClientGone())
        return left
      },
      promote: () => {
        if (this.queues.ahead.delete(waiting)) this.queues.now.add(waiting)
      }
    }
  }

  /** Run work for one request. If its client leaves, queued work is cancelled; the result of running work is dropped. */
  async run<Name extends keyof Work> (name: Name, task: Work[Name][0], signal?: AbortSignal, priority: Priority = 'now'): Promise<Work[Name][1]> {
    if (signal?.aborted === true) throw new ClientGone()
    const ticket = this.submit(name, task, priority)
    if (signal === undefined) return await ticket.done
    const leave = () => { ticket.cancel() }
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await ticket.done
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  async close (): Promise<void> {
    for (const queue of Object.values(this.queues)) {
      for (const waiting of queue) waiting.fail(new Overloaded('it is stopping'))
      queue.clear()
    }
    await this.piscina.end()
  }

  private noteLate (ms: number): void {
    this.lateMs += (ms - this.lateMs) * OF_LATE
  }

  private noteDone (name: keyof Work, waitedMs: number, tookMs: number, whose: unknown): void {
    this.meanTookMs += (tookMs - this.meanTookMs) * RECENT
    for (const observer of this.observers) observer(name, waitedMs, tookMs, whose)
  }

  /** Whole seconds until the queued work is done, if each piece takes as long as recent ones did. */
  private secondsToWorkOff (): number {
    const { size } = this.queues.now
    return Math.max(1, Math.ceil(size * this.meanTookMs / this.threads / 1000))
  }

  private startNext (): void {
    while (this.running < this.threads) {
      const queue = this.queues.now.size > 0 ? this.queues.now : this.queues.ahead
      const [next] = queue
      if (next === undefined) return
      queue.delete(next)
      next.start()
    }
  }
}
