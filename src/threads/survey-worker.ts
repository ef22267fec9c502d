import { workerData } from 'node:worker_threads'
import { LocalStore } from '../storage/local-store.js'
import { outcomeOf } from './faults.js'
import type { Outcome } from './faults.js'
import { sayLoaded } from './loaded.js'
import { surveyVolume } from '../survey/survey.js'
import type { Survey } from '../survey/survey.js'

/** The file to read. */
export interface SurveyTask { key: string, kind: 'image' | 'mask' }

const store = new LocalStore((workerData as { root: string }).root)

/** @returns null when the file is not there */
export default async function survey ({ key, kind }: SurveyTask): Promise<Outcome<Survey | null>> {
  return await outcomeOf(() => surveyVolume(store, key, kind) ?? null)
}

sayLoaded()
