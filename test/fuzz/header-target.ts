import assert from 'node:assert/strict'
import { VolumeUnreadable } from '../../src/errors.js'
import { headerFields, parseHeader } from '../../src/nifti/header.js'
import { planeAxis } from '../../src/nifti/slice.js'
import { layoutOf } from '../../src/nifti/volume.js'
import { makeNifti } from '../support/make-nifti.js'
import { mutated } from './fuzzing.js'
import type { Target } from './fuzzing.js'

const SEEDS = ([1, 2] as const).flatMap((version) => [true, false].flatMap((littleEndian) => [
  makeNifti({ version, littleEndian }),
  makeNifti({ version, littleEndian, sform: [[-0.7, 0, 0, 90], [0, 0.7, 0, -126], [0, 0, 8, -72]], slope: 2, inter: -1024 }),
  makeNifti({ version, littleEndian, qform: { quaternion: [0, 1, 0], offset: [1, 2, 3], qfac: -1 }, pixdim: [0.7, 0.7, 8], datatype: 'float32' })
])).map((file) => file.subarray(0, 600))

/** A header either says what is served, or is refused in words; nothing else can come of it. */
export const headerTarget: Target = {
  name: 'header',
  share: 0.15,
  make: (random) => mutated(random, SEEDS),
  check: (input) => {
    try {
      const header = parseHeader(input)
      JSON.stringify(headerFields(header))
      const { shape, datatype, voxelBytes, sliceBytes, voxOffset, affine, axes, directions, spacing, slope, inter } = layoutOf(header)
      assert.ok(shape.every((size) => Number.isInteger(size) && size >= 1))
      assert.equal(sliceBytes, shape[0] * shape[1] * datatype.bytes)
      assert.equal(voxelBytes, sliceBytes * shape[2])
      assert.ok(voxelBytes <= 2 ** 31 && Number.isSafeInteger(voxOffset) && voxOffset >= 352)
      assert.ok([...affine?.flat() ?? [], ...spacing, slope, inter].every(Number.isFinite))
      assert.equal(axes === null, affine === null)
      assert.match(axes ?? 'RAS', /^(?:[LR]|[AP]|[SI]){3}$/)
      assert.deepEqual((['axial', 'coronal', 'sagittal'] as const).map((plane) => planeAxis({ directions }, plane)).sort(), [0, 1, 2])
    } catch (error) {
      if (!(error instanceof VolumeUnreadable)) throw error
      assert.ok(!error.message.includes('\n') && error.message.length < 500)
    }
  }
}
