import { setImmediate } from 'node:timers/promises'
import type { LabelVolumes } from '../volumes/label-volumes.js'
import type { OpenVolumes } from '../volumes/open-volumes.js'
import { planBatch } from './batch.js'
import type { Batch, BatchQuery } from './batch.js'
import { Turns } from './turns.js'

/** In ms: how long volumes are opened before other requests get a turn. Opening takes longest for files not opened before. */
const SLICE_OF_TIME_MS = 5

/**
 * Plans one batch per turn of the event loop. A plan of 512 items takes some milliseconds, and many clients that retry in
 * the same second must not delay `/healthz` and cached slices.
 */
export class BatchPlanner {
  private readonly turns = new Turns(1)

  constructor (private readonly volumes: OpenVolumes, private readonly labels: LabelVolumes) {}

  /** @throws as `planBatch`; ClientGone */
  async plan (query: BatchQuery, signal?: AbortSignal): Promise<Batch> {
    return await this.turns.take(signal, async () => {
      await setImmediate()
      await this.open(query)
      return planBatch(this.volumes, this.labels, query)
    })
  }

  /** Errors are ignored here: the plan reports them and names the item. */
  private async open ({ items, arrays, set, label }: BatchQuery): Promise<void> {
    let since = performance.now()
    for (const study of new Set(items.map((item) => item.study))) {
      for (const name of arrays) {
        try {
          if (name === 'labels') this.labels.open(study, set, label)
          else this.volumes.open(study, name)
        } catch {}
      }
      if (performance.now() - since < SLICE_OF_TIME_MS) continue
      await setImmediate()
      since = performance.now()
    }
  }
}
