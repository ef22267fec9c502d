import { contentOf } from '../gzip/gzip-streams.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import { makeDataset } from '../support/test-dataset.js'
import type { MadeStudy, Scope, TestDataset } from '../support/test-dataset.js'

/** Voxels that deflate as CT does, other ones for each seed. */
export function ctVolume (shape: readonly [number, number, number], seed: number): NiftiRecipe {
  const count = shape[0] * shape[1] * shape[2]
  const bytes = contentOf('ct', count * 2, seed)
  return { shape, voxels: new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + count * 2)) }
}

/** Studies whose ingest takes a noticeable while; every third has a mask, one is damaged and one is not there. */
export function ctDataset (scope: Scope, count: number, shape: readonly [number, number, number] = [128, 128, 24]): TestDataset {
  const studies = Array.from({ length: count }, (_, n): MadeStudy => ({
    category: `CT-${n % 5}`,
    image: n === 3 ? Buffer.from('not gzip') : n === 5 ? null : ctVolume(shape, n + 1),
    ...(n % 3 === 0 && { mask: { shape, datatype: 'uint8', voxels: (i: number, j: number, k: number) => i > j && k === n ? 1 : 0 } })
  }))
  return makeDataset(scope, studies)
}
