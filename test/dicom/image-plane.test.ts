import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { imagePlane, planeFault } from '../../src/dicom/image-plane.js'
import { parseHeader } from '../../src/nifti/header.js'
import { sliceGeometry } from '../../src/nifti/slice.js'
import type { Orientation } from '../../src/nifti/slice.js'
import { layoutOf } from '../../src/nifti/volume.js'
import { makeNifti } from '../support/make-nifti.js'

/** An axial slice of 4 x 3 x 5 voxels; NIfTI-2 keeps the sform in float64. */
const slice = (sform: number[][], index = 0, orientation: Orientation = 'radiological') =>
  sliceGeometry(layoutOf(parseHeader(makeNifti({ shape: [4, 3, 5], version: 2, sform }))), 'axial', index, orientation)

describe('where a slice lies in DICOM', () => {
  it('is straight for a volume of LAS, as MosMedData has them', () => {
    // i runs to the left from x = 100 (RAS), j to the front from y = -50: the first row is the front one, y = -50 + 2 * 0.5.
    const plane = imagePlane(slice([[-0.7, 0, 0, 100], [0, 0.5, 0, -50], [0, 0, 8, 20]], 2))
    assert.deepEqual(plane, { orientation: [1, 0, 0, 0, 1, 0], position: [-100, 49, 36], pixelSpacing: [0.5, 0.7], sliceSpacing: 8 })
  })

  it('is the same, but for the first pixel, however the voxels are stored', () => {
    // i to the back, j downwards, k to the right: rows come from i, columns from k, slices from j.
    const plane = imagePlane(slice([[0, 0, 0.7, 10], [-0.5, 0, 0, 20], [0, -3, 0, 30]], 1))
    assert.deepEqual(plane, { orientation: [1, 0, 0, 0, 1, 0], position: [-(10 + 4 * 0.7), -20, 27], pixelSpacing: [0.5, 0.7], sliceSpacing: 3 })
  })

  it('has unit vectors where the volume is turned', () => {
    const [cos, sin] = [Math.cos(0.1), Math.sin(0.1)]
    const { orientation, pixelSpacing } = imagePlane(slice([[-2 * cos, 3 * sin, 0, 0], [-2 * sin, -3 * cos, 0, 0], [0, 0, 1, 0]]))
    const near = (actual: readonly number[], expected: readonly number[]) => actual.forEach((value, n) => assert.ok(Math.abs(value - expected[n]!) < 1e-15, `${actual.join()} is not ${expected.join()}`))
    near(orientation, [cos, sin, 0, -sin, cos, 0])
    near(pixelSpacing, [3, 2])
  })

  it('has the distance along the normal between slices that are shifted against each other, as by a tilted gantry', () => {
    const { sliceSpacing } = imagePlane(slice([[-1, 0, 0, 0], [0, 1, 2, 0], [0, 0, 5, 0]]))
    assert.equal(sliceSpacing, 5)
  })
})

describe('what cannot be said in DICOM', () => {
  it('is nothing for straight and turned volumes, and for a shear through the slices', () => {
    assert.equal(planeFault(slice([[-0.7, 0, 0, 0], [0, 0.7, 0, 0], [0, 0, 8, 0]])), undefined)
    assert.equal(planeFault(slice([[-1, 0, 0, 0], [0, 1, 2, 0], [0, 0, 5, 0]])), undefined)
    assert.equal(planeFault(slice([[-0.6999999881, 0.0000003, 0, 0], [0, 0.7, 0, 0], [0, 0, 8, 0]])), undefined, 'float32 rounding')
  })

  it('is a shear within the slice', () => {
    assert.match(planeFault(slice([[-1, 0.2, 0, 0], [0, 1, 0, 0], [0, 0, 5, 0]]))!, /^its rows and columns are 78\.69 degrees apart/)
  })

  it('is a volume without direction', () => {
    assert.equal(planeFault(slice([[-1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 5, 0]], 0, 'native')), 'its header gives it no direction')
  })
})
