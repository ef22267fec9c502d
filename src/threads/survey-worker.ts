import { workerData } from 'node:worker_threads'
import { CatalogBuilding } from '../errors.js'
import { firstDifference, ownBlocks, pakoBlocks } from '../gzip/witness.js'
import { MAX_VOXEL_BYTES } from '../nifti/volume.js'
import type { StoreSpec } from '../storage/object-store.js'
import { openStore } from '../storage/open-store.js'
import { outcomeOf } from './faults.js'
import type { Outcome } from './faults.js'
import { sayLoaded } from './loaded.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import { headTexts } from '../survey/head-texts.js'
import { surveyVolume } from '../survey/survey.js'
import type { Survey } from '../survey/survey.js'

/** The file to read. */
export interface SurveyTask { key: string, kind: 'image' | 'mask' }

/** The gzip file that two inflaters read. */
export interface WitnessTask { key: string }

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

/** The head of a file, whose texts are looked at. */
export interface TextsTask { key: string, voxOffset: number }

/** @returns null when the file is not there */
export async function texts ({ key, voxOffset }: TextsTask): Promise<Outcome<TextFinding[] | null>> {
  return await outcomeOf(() => {
    const source = store.open(key)
    if (source === undefined) return null
    try {
      return headTexts(source, key, voxOffset)
    } finally {
      source.close()
    }
  })
}

/** Bytes of output after which the witness stops: the largest volume, with room for what stands before and after it. */
const MOST_OUTPUT = MAX_VOXEL_BYTES + 32 * 2 ** 20

/**
 * Inflate a gzip file once more with pako, beside our own inflater.
 *
 * @returns where the two first differ; null when they agree, or when the file is not there
 */
export async function witness ({ key }: WitnessTask): Promise<Outcome<string | null>> {
  return await outcomeOf(() => {
    const source = store.open(key)
    if (source === undefined) return null
    const readAt = (offset: number, into: Uint8Array) => source.readAt(offset, into)
    try {
      const difference = firstDifference(ownBlocks(readAt, MOST_OUTPUT), pakoBlocks(readAt, MOST_OUTPUT))
      if (!source.isUnchanged()) throw new CatalogBuilding(key)
      return difference
    } finally {
      source.close()
    }
  })
}

sayLoaded()
