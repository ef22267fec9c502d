import { thrown } from './faults.js'
import type { Outcome } from './faults.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import type { SurveyTask, TextsTask, WitnessTask } from './survey-worker.js'
import type { StoreSpec } from '../storage/object-store.js'
import type { Survey } from '../survey/survey.js'
import { ThreadPool, threadFile } from './thread-pool.js'

/** Milliseconds without a file after which a thread ends and frees its memory. */
const IDLE_MS = 5_000

/** The threads that read whole files for ingest. Requests have threads of their own, so a slice never waits for a file. */
export class SurveyPool {
  private readonly piscina: ThreadPool

  constructor (readonly threads: number, store: StoreSpec) {
    this.piscina = new ThreadPool({
      filename: threadFile('survey-worker', import.meta.url),
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MS,
      workerData: { store },
      recordTiming: false
    })
  }

  /**
   * @returns undefined when the file is not there
   * @throws VolumeUnreadable when it cannot be opened, CatalogBuilding when it changed while it was read
   */
  async survey (task: SurveyTask): Promise<Survey | undefined> {
    const outcome = await this.piscina.run(task) as Outcome<Survey | null>
    if ('fault' in outcome) throw thrown(outcome.fault)
    return outcome.value ?? undefined
  }

  /**
   * Inflate a gzip file with pako beside our own inflater.
   *
   * @returns where the two first differ; null when they agree, or when the file is not there
   * @throws VolumeUnreadable when it cannot be opened, CatalogBuilding when it changed while it was read
   */
  async witness (task: WitnessTask): Promise<string | null> {
    const outcome = await this.piscina.run(task, { name: 'witness' }) as Outcome<string | null>
    if ('fault' in outcome) throw thrown(outcome.fault)
    return outcome.value
  }

  /** Texts at the head of a file that may identify a person or a moment; null when the file is not there. */
  async texts (task: TextsTask): Promise<TextFinding[] | null> {
    const outcome = await this.piscina.run(task, { name: 'texts' }) as Outcome<TextFinding[] | null>
    if ('fault' in outcome) throw thrown(outcome.fault)
    return outcome.value
  }

  async close (): Promise<void> {
    await this.piscina.end()
  }
}
