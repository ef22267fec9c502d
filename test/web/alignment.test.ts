import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linkedVoxel } from '../../web/src/image/alignment.js'
import { labelCounts, lungExtent, nextLesion, profileOf, tellingSlice } from '../../web/src/image/profile.js'

const slices = (lung: number[], lesion: (number | null)[] = lung.map(() => null)) =>
  lung.map((lungFraction, index) => ({ index, lungFraction, lesionPixels: lesion[index]! }))

describe('studies side by side', () => {
  const thick = { grid: { shape: [10, 10, 11] as const, axes: 'LAS', affine: [[-1, 0, 0, 5], [0, 1, 0, -5], [0, 0, 8, 100], [0, 0, 0, 1]] }, lungs: [2, 8] as const }
  const thin = { grid: { shape: [10, 10, 41] as const, axes: 'LAS', affine: [[-1, 0, 0, 5], [0, 1, 0, -5], [0, 0, 2, 100], [0, 0, 0, 1]] }, lungs: [10, 34] as const }
  const upsideDown = { grid: { shape: [10, 10, 41] as const, axes: 'LAI', affine: [[-1, 0, 0, 5], [0, 1, 0, -5], [0, 0, -2, 180], [0, 0, 0, 1]] }, lungs: [6, 30] as const }

  it('move by the same index, as far as there is one', () => {
    assert.deepEqual(linkedVoxel(thick, thin, [1, 2, 7], 'index'), [1, 2, 7])
    assert.deepEqual(linkedVoxel(thin, thick, [1, 2, 30], 'index'), [1, 2, 10])
  })

  it('move to the same place in millimetres', () => {
    // k = 5 of the thick one lies at 140 mm, where the thin one has k = 20, and the one upside down 180 - 2 k
    assert.deepEqual(linkedVoxel(thick, thin, [4, 5, 5], 'mm'), [4, 5, 20])
    assert.deepEqual(linkedVoxel(thick, upsideDown, [4, 5, 5], 'mm'), [4, 5, 20])
    assert.deepEqual(linkedVoxel(thick, upsideDown, [4, 5, 1], 'mm'), [4, 5, 36])
  })

  it('move as far up the lungs', () => {
    // half way: k = 5 of 2 … 8 is k = 22 of 10 … 34
    assert.deepEqual(linkedVoxel(thick, thin, [9, 0, 5], 'lungs'), [9, 0, 22])
    assert.deepEqual(linkedVoxel(thick, thin, [9, 0, 2], 'lungs'), [9, 0, 10])
    // the lowest lung slice of a stack that grows downwards is its last one
    assert.deepEqual(linkedVoxel(thick, upsideDown, [9, 0, 2], 'lungs'), [9, 0, 30])
    // above the lungs it goes on at the same rate, to the end
    assert.deepEqual(linkedVoxel(thick, thin, [9, 0, 9], 'lungs'), [9, 0, 38])
    assert.deepEqual(linkedVoxel(thick, { ...thin, lungs: undefined }, [9, 0, 5], 'lungs'), [9, 0, 20])
  })
})

describe('the profile of a study', () => {
  it('shows each slice as shares of the most there is', () => {
    assert.deepEqual(profileOf(slices([0.1, 0.4, 0.2], [0, 50, 100])), [{ lung: 0.25, lesion: 0 }, { lung: 1, lesion: 0.5 }, { lung: 0.5, lesion: 1 }])
    assert.deepEqual(profileOf([{ index: 0, lungFraction: null, lesionPixels: null }]), [{ lung: 0, lesion: 0 }])
  })

  it('says where the lungs begin and end', () => {
    // a tenth of 0.5 is the edge
    assert.deepEqual(lungExtent(slices([0.01, 0.0625, 0.5, 0.3, 0.04])), [1, 3])
    assert.equal(lungExtent(slices([0, 0])), undefined)
    assert.equal(lungExtent([]), undefined)
  })

  it('goes to the nearest lesion on either side', () => {
    assert.equal(nextLesion([3, 4, 9], 4, 1), 9)
    assert.equal(nextLesion([3, 4, 9], 4, -1), 3)
    assert.equal(nextLesion([3, 4, 9], 9, 1), undefined)
  })

  it('begins where there is most to see', () => {
    assert.equal(tellingSlice(slices([0.1, 0.4, 0.2], [5, 0, 9]), 3), 2)
    assert.equal(tellingSlice(slices([0.1, 0.4, 0.2]), 3), 1)
    assert.equal(tellingSlice([], 41), 20)
  })
})

describe('the lesion profile along every axis', () => {
  it('counts voxels slice by slice', () => {
    // 2 x 3 x 2: voxels (1, 0, 0), (1, 2, 1), (0, 2, 1)
    const labels = Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1)
    assert.deepEqual(labelCounts(labels, [2, 3, 2]).map((counts) => [...counts]), [[1, 2], [1, 0, 2], [1, 2]])
  })
})
