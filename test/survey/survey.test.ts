import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { crc32, gzipSync } from 'node:zlib'
import { LocalStore } from '../../src/storage/local-store.js'
import { surveyVolume } from '../../src/survey/survey.js'
import { makeNifti, type NiftiRecipe } from '../support/make-nifti.js'
import { makeDataset, writeContent } from '../support/test-dataset.js'

const { root, path } = makeDataset({ after }, [])
const store = new LocalStore(root)

function survey (recipe: NiftiRecipe | Uint8Array, kind: 'image' | 'mask' = 'image', name = 'a.nii.gz') {
  writeContent(path(name), recipe)
  const source = store.open(name)!
  const found = surveyVolume(source, name, kind)
  source.close()
  if (found.problem !== null) assert.fail(found.problem)
  return found
}

describe('surveyVolume', () => {
  it('reads a volume of one voxel, whose stream is shorter than any header\'s room', () => {
    for (const [name, file] of [['a.nii', makeNifti({ shape: [1, 1, 1], voxels: [-700] })], ['a.nii.gz', gzipSync(makeNifti({ shape: [1, 1, 1], voxels: [-700] }))]] as const) {
      const { totals, ends, crcs } = survey(file, 'image', name)
      assert.deepEqual([[...totals!.min], [...totals!.max], [...totals!.sum], [...totals!.finite], [...totals!.lung]], [[-700], [-700], [-700], [1], [1]])
      assert.deepEqual(ends === null ? null : [...ends], name.endsWith('.gz') ? [file.length, file.length] : null)
      assert.equal(crcs.length, 2)
    }
  })

  it('sums HU over finite voxels, and counts lung with both ends', () => {
    const { totals } = survey({ shape: [4, 2, 1], datatype: 'float32', slope: 2, inter: -1000, voxels: [25, 250, 24.5, 250.5, NaN, Infinity, -Infinity, 0] })
    // HU: -950, -500 are lung; -951, -499 are not; -1000
    assert.deepEqual([totals!.min[0], totals!.max[0], totals!.sum[0], totals!.finite[0], totals!.lung[0]], [-1000, -499, -950 - 500 - 951 - 499 - 1000, 5, 2])
  })

  it('counts along the axial axis, wherever it is stored', () => {
    // i to A, j to S, k to L: axial slices are counted along j.
    const { totals } = survey({ shape: [2, 3, 4], sform: [[0, 0, -8, 0], [1, 0, 0, 0], [0, 2, 0, 0]] })
    assert.deepEqual([...totals!.min], [0, 10, 20])
    assert.deepEqual([...totals!.max], [301, 311, 321])
    const { mask } = survey({ shape: [2, 3, 4], sform: [[0, 0, -8, 0], [1, 0, 0, 0], [0, 2, 0, 0]], voxels: (_i, j, k) => j === 1 && k < 3 ? 5 : 0 }, 'mask')
    assert.deepEqual(mask!.lesion.map((along) => [...along]), [[3, 3], [0, 6, 0], [2, 2, 2, 0]])
  })

  it('knows the file by its SHA-256, and each half of a slab by the CRC-32 of its stored bytes', () => {
    const content = makeNifti({ shape: [9, 8, 3], littleEndian: false })
    const file = gzipSync(content)
    const { sha256, crcs, ends } = survey(file)
    assert.equal(sha256, createHash('sha256').update(file).digest('hex'))
    assert.deepEqual([...crcs], [0, 1, 2, 3, 4, 5].map((half) => crc32(content.subarray(352 + half * 72, 352 + (half + 1) * 72))))
    assert.ok(ends!.every((end, k) => end <= file.length && end >= (ends![k - 1] ?? 0)))
  })

  it('ignores what stands behind the last voxel', () => {
    assert.equal(survey(gzipSync(Buffer.concat([makeNifti({ shape: [2, 2, 2] }), Buffer.alloc(5000, 9)]))).totals!.max[1], 111)
  })
})
