import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { niftiFile } from '../../src/demo/nifti-file.js'

describe('niftiFile', () => {
  const voxels = Int16Array.from({ length: 24 }, (_, n) => n * 100 - 1000)
  const file = niftiFile({ shape: [4, 3, 2], spacing: [0.75, 0.75, 8], origin: [187.5, -190, -1080], description: 'made up' }, voxels)
  const header = new DataView(file.buffer, 0, 352)
  const shorts = (at: number, count: number) => Array.from({ length: count }, (_, n) => header.getInt16(at + 2 * n, true))
  const floats = (at: number, count: number) => Array.from({ length: count }, (_, n) => header.getFloat32(at + 4 * n, true))

  // Offsets from nifti1.h, read off by hand.
  it('is a little-endian NIfTI-1 single file of int16', () => {
    assert.equal(header.getInt32(0, true), 348)
    assert.equal(Buffer.from(file.subarray(344, 348)).toString('latin1'), 'n+1\0')
    assert.deepEqual(shorts(40, 8), [3, 4, 3, 2, 1, 1, 1, 1], 'dim')
    assert.deepEqual(shorts(70, 2), [4, 16], 'datatype, bitpix')
    assert.deepEqual(floats(108, 3), [352, 1, 0], 'vox_offset, scl_slope, scl_inter')
    assert.equal(file[123], 10, 'xyzt_units: mm and seconds')
    assert.equal(Buffer.from(file.subarray(148, 156)).toString('latin1'), 'made up\0')
    assert.deepEqual([...file.subarray(348, 352)], [0, 0, 0, 0], 'no extension')
  })

  it('says LAS twice: an sform of diag(-dx, dy, dz) and a qform with qfac -1 and half a turn about y', () => {
    assert.deepEqual(floats(76, 4), [-1, 0.75, 0.75, 8], 'pixdim')
    assert.deepEqual(shorts(252, 2), [1, 1], 'qform_code, sform_code')
    assert.deepEqual(floats(256, 6), [0, 1, 0, 187.5, -190, -1080], 'quatern_b, c, d, qoffset')
    assert.deepEqual(floats(280, 12), [-0.75, 0, 0, 187.5, 0, 0.75, 0, -190, 0, 0, 8, -1080], 'srow')
  })

  it('holds the voxels after the header, i fastest', () => {
    assert.equal(file.length, 352 + 48)
    const view = new DataView(file.buffer, 352)
    for (let n = 0; n < 24; n++) assert.equal(view.getInt16(2 * n, true), n * 100 - 1000)
  })

  it('refuses voxels that do not fill the shape', () => {
    assert.throws(() => niftiFile({ shape: [4, 3, 3], spacing: [1, 1, 1], origin: [0, 0, 0] }, voxels), /24 voxels do not fill 4 x 3 x 3/)
  })
})
