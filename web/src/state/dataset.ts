import { signal } from '@preact/signals'
import { ApiProblem, fetchJson } from '../api/client.js'
import { askForKey } from './session.js'
import { loadCategories } from './categories.js'
import type { Dataset } from '../api/answers.js'

/** While the catalog is built, how often its progress is asked for. */
const BUILDING_POLL_MS = 1_500

/** The dataset as last heard of; undefined until the first answer. */
export const dataset = signal<Dataset | undefined>(undefined)
/** Why there is none. `unauthorized`: a key is needed. */
export const datasetProblem = signal<ApiProblem | undefined>(undefined)

/** Ask what the dataset is, and go on asking while its catalog is built. */
export async function loadDataset (): Promise<void> {
  try {
    const [found] = await Promise.all([fetchJson<Dataset>('v1/dataset'), loadCategories()])
    dataset.value = found
    datasetProblem.value = undefined
    if (dataset.value.catalog.state === 'building') setTimeout(loadDataset, BUILDING_POLL_MS)
  } catch (problem) {
    if (!(problem instanceof ApiProblem)) throw problem
    datasetProblem.value = problem
    if (problem.code === 'unauthorized') askForKey()
  }
}
