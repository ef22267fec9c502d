import { workerData } from 'node:worker_threads'
import type { StoreSpec } from '../storage/object-store.js'
import { openStore } from '../storage/open-store.js'
import { outcomeOf } from './faults.js'
import type { Outcome } from './faults.js'
import { sayLoaded } from './loaded.js'
import { surveyVolume } from '../survey/survey.js'
import type { Survey } from '../survey/survey.js'

/** The file to read. */
export interface SurveyTask { key: string, kind: 'image' | 'mask' }

const store = openStore((workerData as { store: StoreSpec }).store)

/** @returns null when the file is not there */
export default async function survey ({ key, kind }: SurveyTask): Promise<Outcome<Survey | null>> {
  return await outcomeOf(() => {
    const source = store.open(key)
    if (source === undefined) return null
    try {
      return surveyVolume(source, key, kind)
    } finally {
      source.close()
    }
  })
}

sayLoaded()
