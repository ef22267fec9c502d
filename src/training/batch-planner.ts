import { setImmediate } from 'node:timers/promises'
import type { OpenVolumes } from '../volumes/open-volumes.js'
import { planBatch } from './batch.js'
import type { Batch, BatchQuery } from './batch.js'
import { Turns } from './turns.js'

/** For so long volumes are opened before others have their turn: a catalog whose files nobody has looked at takes its time. */
const SLICE_OF_TIME_MS = 5

/**
 * Plans batches one after the other, each in a turn of the event loop of its own: a plan of 512 items takes some
 * milliseconds, and many clients that come again at the same second must not keep `/healthz` and hot slices waiting.
 */
export class BatchPlanner {
  private readonly turns = new Turns(1)

  constructor (private readonly volumes: OpenVolumes) {}

  /** @throws as `planBatch`; ClientGone */
  async plan (query: BatchQuery, signal?: AbortSignal): Promise<Batch> {
    return await this.turns.take(signal, async () => {
      await setImmediate()
      await this.open(query)
      return planBatch(this.volumes, query)
    })
  }

  /** What cannot be opened is left to the plan, which names the item. */
  private async open ({ items, arrays }: BatchQuery): Promise<void> {
    let since = performance.now()
    for (const study of new Set(items.map((item) => item.study))) {
      for (const name of arrays) {
        try {
          this.volumes.open(study, name)
        } catch {}
      }
      if (performance.now() - since < SLICE_OF_TIME_MS) continue
      await setImmediate()
      since = performance.now()
    }
  }
}
