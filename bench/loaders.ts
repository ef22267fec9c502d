import { join } from 'node:path'
import type { Dataset } from './dataset.js'
import { indexFolder } from './fastapi.js'
import { LineProcess } from './line-process.js'
import { PEERS, WORKSPACE } from './paths.js'
import type { SliceOf } from './slices.js'
import { torchPython } from './tools.js'

/** Slices that a training process got, as tensors, and how long it waited for all of them. */
export interface Loaded { seconds: number, slices: number, bytes: number, problems: string[] }

export type LoaderMode = 'nibabel' | 'open' | 'tuned' | 'batches' | 'webdataset'

/** peers/loader.py in one of its modes: what a training job reads with, from disk or from niiserve. */
export class Loader {
  readonly #process: LineProcess

  constructor (readonly dataset: Dataset, mode: LoaderMode, python: string, indexes: string) {
    this.#process = new LineProcess(`loader.py ${mode}`, python, [join(PEERS, 'loader.py'), mode, indexes],
      { env: { PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' } })
  }

  /** Slices a second. Fails if one that was looked at has other bytes than expected. */
  async perSecond (slices: readonly SliceOf[], { port = 0, batch = 32, seed = 0 } = {}): Promise<number> {
    const numbers = new Map(this.dataset.studies.map(({ id }, number) => [id, number]))
    const loaded = await this.#process.ask<Loaded>({
      dataset: join(WORKSPACE, 'datasets', this.dataset.name, 'manifest.json'),
      order: slices.map(({ study, index }) => [numbers.get(study.id), index]),
      port,
      batch,
      seed
    })
    if (loaded.problems.length > 0) throw new Error(`a loader reads wrongly: ${loaded.problems.slice(0, 3).join('; ')}`)
    return loaded.slices / loaded.seconds
  }
}

export async function startLoader (dataset: Dataset, mode: LoaderMode): Promise<Loader> {
  return new Loader(dataset, mode, await torchPython(), await indexFolder(dataset))
}
