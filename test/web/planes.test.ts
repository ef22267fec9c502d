import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { distanceMm, stepsMm, toMm, toVoxel } from '../../web/src/image/affine.js'
import { mirroredLetters, nearestVoxel, placeOn, planeAxis, sliceThrough, voxelAt } from '../../web/src/image/planes.js'
import type { Grid } from '../../web/src/image/planes.js'
import { gather, scatter } from '../../web/src/image/gather.js'

/** MosMedData's own order: i to the left, j to the front, k up. */
const LAS: Grid = { shape: [3, 2, 4], axes: 'LAS', affine: [[-1, 0, 0, 10], [0, 1, 0, -20], [0, 0, 2, 30], [0, 0, 0, 1]] }
/** A sagittal scan: i to the front, j down, k to the left. */
const AIL: Grid = { shape: [5, 4, 3], axes: 'AIL', affine: [[0, 0, -3, 90], [1, 0, 0, -20], [0, -2, 0, 30], [0, 0, 0, 1]] }

describe('a slice', () => {
  it('is read from a light box: anterior or superior up, the right of the patient on the left', () => {
    assert.deepEqual(sliceThrough(LAS, 'axial', 1, 'radiological').letters, { left: 'R', right: 'L', top: 'A', bottom: 'P' })
    assert.deepEqual(sliceThrough(LAS, 'coronal', 1, 'radiological').letters, { left: 'R', right: 'L', top: 'S', bottom: 'I' })
    assert.deepEqual(sliceThrough(LAS, 'sagittal', 1, 'radiological').letters, { left: 'A', right: 'P', top: 'S', bottom: 'I' })
    assert.deepEqual(sliceThrough(AIL, 'axial', 1, 'radiological').letters, { left: 'R', right: 'L', top: 'A', bottom: 'P' })
  })

  it('has other letters in stored order, where axes grow elsewhere', () => {
    // rows j grow to A, so they begin at P; columns i grow to L, so they begin at R
    assert.deepEqual(sliceThrough(LAS, 'axial', 0, 'native').letters, { left: 'R', right: 'L', top: 'P', bottom: 'A' })
    // rows k grow to L, columns j grow down
    const slice = sliceThrough(AIL, 'coronal', 0, 'native')
    assert.deepEqual([slice.rows, slice.columns, slice.letters], [3, 4, { left: 'S', right: 'I', top: 'R', bottom: 'L' }])
  })

  it('keeps its letters true when it is mirrored', () => {
    const { letters } = sliceThrough(LAS, 'axial', 1, 'radiological')
    assert.deepEqual(mirroredLetters(letters, true, false), { left: 'L', right: 'R', top: 'A', bottom: 'P' })
    assert.deepEqual(mirroredLetters(letters, false, true), { left: 'R', right: 'L', top: 'P', bottom: 'A' })
  })

  it('is perpendicular to the stored axis along which its plane is counted', () => {
    assert.deepEqual((['axial', 'coronal', 'sagittal'] as const).map((plane) => planeAxis(AIL, plane)), [1, 0, 2])
    const slice = sliceThrough(AIL, 'axial', 2, 'radiological')
    // rows from A: i turned round; columns from R: k as stored, as it grows to L
    assert.deepEqual([slice.count, slice.rows, slice.columns, slice.pixelMm], [4, 5, 3, { row: 1, column: 3 }])
    assert.deepEqual([slice.base, slice.rowStride, slice.columnStride], [4 + 5 * 2, -1, 20])
  })

  it('gathers its voxels, and puts those that came alone back where they belong', () => {
    const volume = Int16Array.from({ length: 24 }, (_, n) => n % 3 + 10 * (Math.floor(n / 3) % 2) + 100 * Math.floor(n / 6))
    assert.deepEqual([...gather(volume, sliceThrough(LAS, 'axial', 1, 'radiological'))], [110, 111, 112, 100, 101, 102])
    assert.deepEqual([...gather(volume, sliceThrough(LAS, 'coronal', 1, 'radiological'))], [310, 311, 312, 210, 211, 212, 110, 111, 112, 10, 11, 12])
    assert.deepEqual([...gather(volume, sliceThrough(LAS, 'sagittal', 2, 'native'))], [2, 12, 102, 112, 202, 212, 302, 312])
    const copy = new Int16Array(24)
    for (const index of [0, 1, 2]) {
      const native = sliceThrough(LAS, 'sagittal', index, 'native')
      scatter(gather(volume, native), copy, native)
    }
    assert.deepEqual(copy, volume)
  })
})

describe('the crosshair', () => {
  it('takes a place on a picture to its voxel, and back', () => {
    const slice = sliceThrough(LAS, 'coronal', 1, 'radiological')
    assert.deepEqual(voxelAt(slice, 2, 0), [2, 1, 3])
    assert.deepEqual(placeOn(slice, [2, 0, 3]), { column: 2, row: 0 })
    for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
      const there = sliceThrough(AIL, plane, 1, 'radiological')
      const { column, row } = placeOn(there, voxelAt(there, 1.25, 0.5))
      assert.deepEqual([column, row], [1.25, 0.5])
    }
  })

  it('stays inside the volume', () => {
    assert.deepEqual(nearestVoxel(LAS, [-3, 0.6, 9]), [0, 1, 3])
  })
})

describe('the affine', () => {
  it('takes voxels to millimetres, and back', () => {
    assert.deepEqual(toMm(LAS.affine, [2, 1, 3]), [8, -19, 36])
    assert.deepEqual(toVoxel(LAS.affine, [8, -19, 36]), [2, 1, 3])
    // an oblique one, worked by hand: i runs along (3, 4, 0) / 5, two millimetres a voxel
    const oblique = [[1.2, -1.6, 0, 1], [1.6, 1.2, 0, 2], [0, 0, 5, 3], [0, 0, 0, 1]]
    assert.deepEqual(toMm(oblique, [5, 0, 1]), [7, 10, 8])
    const back = toVoxel(oblique, [7, 10, 8])!
    assert.ok(Math.hypot(back[0] - 5, back[1], back[2] - 1) < 1e-12)
    assert.deepEqual(stepsMm(oblique), [2, 2, 5])
    assert.ok(Math.abs(distanceMm(oblique, [0, 0, 0], [3, 4, 0]) - 10) < 1e-12)
  })

  it('has no way back where it is singular', () => {
    assert.equal(toVoxel([[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [1, 2, 3]), undefined)
  })
})
