import { workerData } from 'node:worker_threads'
import { CatalogBuilding } from '../errors.js'
import { firstDifference, ownBlocks, pakoBlocks } from '../gzip/witness.js'
import { MAX_VOXEL_BYTES } from '../nifti/volume.js'
import { CopiedFile } from '../storage/copied-file.js'
import type { Identity } from '../storage/identity.js'
import type { Source, StoreSpec } from '../storage/object-store.js'
import { openStore } from '../storage/open-store.js'
import { outcomeOf } from './faults.js'
import type { Outcome } from './faults.js'
import { sayLoaded } from './loaded.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import { headTexts } from '../survey/head-texts.js'
import { surveyVolume } from '../survey/survey.js'
import type { Survey } from '../survey/survey.js'

/** A whole remote file in an open file of this machine, and the state that its store sent it in. */
export interface LocalCopy { fd: number, identity: Identity }

/** The file to read; a thread opens a local one itself. `channels`: what the fourth axis of an image is, where the dataset says so. */
export interface SurveyTask { key: string, kind: 'image' | 'mask', channels?: number, copy?: LocalCopy }

/** The gzip file that two inflaters read. */
export interface WitnessTask { key: string, copy?: LocalCopy }

const store = openStore((workerData as { store: StoreSpec }).store)

function open ({ key, copy }: WitnessTask): Source | undefined {
  return copy === undefined ? store.open(key) : new CopiedFile(copy.fd, copy.identity)
}

/** @returns null when the file is not there */
export default async function survey (task: SurveyTask): Promise<Outcome<Survey | null>> {
  return await outcomeOf(() => {
    const source = open(task)
    if (source === undefined) return null
    try {
      return surveyVolume(source, task.key, task.kind, task.channels)
    } finally {
      source.close()
    }
  })
}

/** The head of a file, whose texts are looked at. */
export interface TextsTask { key: string, voxOffset: number, copy?: LocalCopy }

/** @returns null when the file is not there */
export async function texts (task: TextsTask): Promise<Outcome<TextFinding[] | null>> {
  return await outcomeOf(() => {
    const source = open(task)
    if (source === undefined) return null
    try {
      return headTexts(source, task.key, task.voxOffset)
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
export async function witness (task: WitnessTask): Promise<Outcome<string | null>> {
  return await outcomeOf(() => {
    const source = open(task)
    if (source === undefined) return null
    const readAt = (offset: number, into: Uint8Array) => source.readAt(offset, into)
    try {
      const difference = firstDifference(ownBlocks(readAt, MOST_OUTPUT), pakoBlocks(readAt, MOST_OUTPUT))
      if (!source.isUnchanged()) throw new CatalogBuilding(task.key)
      return difference
    } finally {
      source.close()
    }
  })
}

sayLoaded()
