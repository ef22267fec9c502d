import { thrown } from './faults.js'
import type { Outcome } from './faults.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import type { LocalCopy, SurveyTask, TextsTask, WitnessTask } from './survey-worker.js'
import type { StoreSpec } from '../storage/object-store.js'
import type { Survey } from '../survey/survey.js'
import { ThreadPool, threadFile } from './thread-pool.js'

/** Milliseconds without a file after which a thread ends and frees its memory. */
const IDLE_MS = 5_000

/** Downloads a file; undefined when it is not there. The caller closes it. */
export type Download = (key: string) => Promise<LocalCopy & { close: () => void } | undefined>

/** The threads that read whole files for ingest. Requests have threads of their own, so a slice never waits for a file. */
export class SurveyPool {
  private readonly piscina: ThreadPool

  /** @param download of a remote store: threads read the copy that it makes */
  constructor (readonly threads: number, store: StoreSpec, private readonly download?: Download) {
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
    return await this.run(task, 'default') as Survey | null ?? undefined
  }

  /**
   * Inflate a gzip file with pako beside our own inflater.
   *
   * @returns where the two first differ; null when they agree, or when the file is not there
   * @throws VolumeUnreadable when it cannot be opened, CatalogBuilding when it changed while it was read
   */
  async witness (task: WitnessTask): Promise<string | null> {
    return await this.run(task, 'witness') as string | null
  }

  private async run (task: SurveyTask | WitnessTask | TextsTask, name: 'default' | 'witness' | 'texts'): Promise<unknown> {
    const copy = await this.download?.(task.key)
    if (this.download !== undefined && copy === undefined) return null
    try {
      const outcome = await this.piscina.run(copy === undefined ? task : { ...task, copy: { fd: copy.fd, identity: copy.identity } }, { name }) as Outcome<unknown>
      if ('fault' in outcome) throw thrown(outcome.fault)
      return outcome.value
    } finally {
      copy?.close()
    }
  }

  /** Texts at the head of a file that may identify a person or a moment; null when the file is not there. */
  async texts (task: TextsTask): Promise<TextFinding[] | null> {
    return await this.run(task, 'texts') as TextFinding[] | null
  }

  async close (): Promise<void> {
    await this.piscina.end()
  }
}
