import { createHash } from 'node:crypto'
import { npyHeader } from '../../src/render/npy.js'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import type { MadeStudy, Scope } from '../support/test-dataset.js'

/** Twelve small studies of all categories, every third with a mask. */
const STUDIES: MadeStudy[] = Array.from({ length: 12 }, (_, n) => ({
  category: `CT-${n % 5}`,
  image: { shape: [6, 5, 4], datatype: 'int16' },
  ...(n % 3 === 0 && { mask: { shape: [6, 5, 4], datatype: 'uint8', voxels: (i, j, k) => Number(i > 1 && j > 1 && k > 1) } })
}))

/** The study whose slice the programs fetch: 4 axial slices of 5 rows, 6 columns, 16 bits. */
export const SLICE = { study: 'study_0004', index: 2 }
export const NO_STUDY = 'study_9999'

/** A whole service for a generated client to talk to. */
export async function liveService (scope: Scope): Promise<TestApp> {
  return await buildTestApp(scope, { studies: STUDIES, config: { evaluationsFile: ':memory:' } })
}

/** A predicted mask of that study, [k, j, i]: its lesion is 24 voxels (i > 1, j > 1, k > 1), and this is 72 (j > 1), so that Dice is 48 / 96. */
export const PREDICTION = Buffer.concat([npyHeader('|u1', [4, 5, 6]), Uint8Array.from({ length: 120 }, (_, n) => Number(Math.floor(n / 6) % 5 > 1))])

/** What a program prints that did what it should: of two grades, 0 and 3, the studies have 0 and 1. */
export const EXPECTED = {
  annotated: ['study_0001', 'study_0004', 'study_0007', 'study_0010'],
  slice: { dtype: 'int16', shape: [5, 6], bytes: 60, sha256: sliceHash() },
  problem: {
    type: 'urn:niiserve:problem:study-not-found',
    status: 404,
    title: 'No such study',
    detail: `No study has the id "${NO_STUDY}"; GET /v1/studies lists them.`
  },
  scores: { accuracy: 0.5, dice: 0.5, run: 'generated' }
}

/** The slice's voxels by make-nifti's rule, i + 10 j + 100 k, little-endian, row by row. */
function sliceHash (): string {
  const values = Array.from({ length: 5 }, (_, j) => Array.from({ length: 6 }, (_, i) => i + 10 * j + 100 * SLICE.index)).flat()
  return createHash('sha256').update(Buffer.from(new Int16Array(values).buffer)).digest('hex')
}
