import assert from 'node:assert/strict'
import { asFloat32 } from '../support/as-float32.js'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { VolumeUnreadable } from '../../src/errors.js'
import { headerFields, parseHeader } from '../../src/nifti/header.js'
import { layoutOf, MAX_VOXEL_BYTES } from '../../src/nifti/volume.js'
import { close } from '../support/close.js'
import { MADE_DATATYPES, makeNifti, type NiftiRecipe } from '../support/make-nifti.js'
import { fixtureBytes, fixtureFacts, unzipped, type NibabelFacts } from './fixtures.js'

const layout = (recipe: NiftiRecipe = {}) => layoutOf(parseHeader(makeNifti(recipe)))
const unreadable = (recipe: NiftiRecipe, reason: RegExp) =>
  assert.throws(() => layout(recipe), (error) => error instanceof VolumeUnreadable && reason.test(error.message))
/** A header alone, for volumes that are too large to be made. */
const withDim = (dim: number[], fields = {}, version: 1 | 2 = 1) => ({ shape: [1], version, fields: { dim, ...fields } })

describe('layoutOf', () => {
  it('says how the voxels lie in the file', () => {
    const { shape, datatype, littleEndian, voxOffset, sliceBytes, voxelBytes, axes, spacing, warnings } =
      layout({ shape: [4, 5, 3], datatype: 'int32', littleEndian: false, pixdim: [0.5, 0.5, 8], sform: [[-0.5, 0, 0, 1], [0, 0.5, 0, 1], [0, 0, 8, 1]], extension: 'a comment' })
    assert.deepEqual({ shape, type: datatype.name, littleEndian, voxOffset, sliceBytes, voxelBytes, axes, spacing, warnings }, {
      shape: [4, 5, 3], type: 'int32', littleEndian: false, voxOffset: 352 + 32, sliceBytes: 80, voxelBytes: 240, axes: 'LAS', spacing: [0.5, 0.5, 8], warnings: []
    })
  })

  it('knows every integer and float type of both versions', () => {
    for (const datatype of MADE_DATATYPES) {
      for (const version of [1, 2] as const) assert.equal(layout({ datatype, version }).datatype.name, datatype)
    }
  })

  it('takes missing dimensions as 1, and further ones if they are 1 or unset', () => {
    assert.deepEqual(layout({ shape: [5] }).shape, [5, 1, 1])
    assert.deepEqual(layout({ shape: [5, 4] }).shape, [5, 4, 1])
    assert.deepEqual(layout({ shape: [5, 4, 3, 1, 1] }).shape, [5, 4, 3])
    assert.deepEqual(layout(withDim([4, 5, 4, 3, 0, 9, 9, 9])).shape, [5, 4, 3])
    assert.deepEqual(layout(withDim([2, 5, 4, 0, 0, 0, 0, 0])).shape, [5, 4, 1])
  })

  it('refuses more than one time point and says how many', () => {
    unreadable({ shape: [2, 2, 2, 20] }, /holds 20 time points \(dim 2 x 2 x 2 x 20\)/)
    unreadable({ shape: [2, 2, 2, 1, 3] }, /holds 3 volumes/)
  })

  it('refuses dimensions that hold no voxels, or are not any', () => {
    unreadable(withDim([3, 0, 4, 4, 1, 1, 1, 1]), /dim\[1\] is 0/)
    unreadable(withDim([3, 4, 4, -4, 1, 1, 1, 1]), /dim\[3\] is -4/)
    unreadable(withDim([4, 4, 4, 4, -1, 1, 1, 1]), /dim\[4\] is -1/)
    unreadable(withDim([0, 4, 4, 4, 1, 1, 1, 1]), /dim\[0\] is 0/)
    unreadable(withDim([8, 4, 4, 4, 1, 1, 1, 1]), /dim\[0\] is 8/)
  })

  it('takes up to 2 GiB of voxels and not one more', () => {
    assert.equal(layout(withDim([3, 1024, 1024, 1024, 1, 1, 1, 1])).voxelBytes, MAX_VOXEL_BYTES)
    unreadable(withDim([3, 1024, 1024, 1025, 1, 1, 1, 1]), /2149580800 bytes decoded \(1024 x 1024 x 1025 int16\)/)
    unreadable(withDim([3, 65535, 65535, 1, 1, 1, 1, 1], {}, 2), /2 GiB/)
  })

  it('takes axes of up to 65535 voxels, which NIfTI-2 may exceed', () => {
    assert.deepEqual(layout(withDim([3, 1, 1, 65535, 1, 1, 1, 1], {}, 2)).shape, [1, 1, 65535])
    unreadable(withDim([3, 1, 1, 65536, 1, 1, 1, 1], {}, 2), /dim\[3\] is 65536; sizes up to 65535 are served/)
    unreadable(withDim([3, 2 ** 52, 2 ** 52, 2 ** 52, 1, 1, 1, 1], {}, 2), /dim\[1\] is 4503599627370496/)
  })

  it('refuses types that it does not read', () => {
    unreadable({ fields: { datatype: 128, bitpix: 24 } }, /RGB24/)
  })

  it('believes the datatype where bitpix says otherwise, and warns', () => {
    const { datatype, warnings } = layout({ datatype: 'int16', fields: { bitpix: 8 } })
    assert.equal(datatype.name, 'int16')
    assert.match(warnings[0]!, /bitpix is 8, but int16 has 16 bits/)
  })

  it('refuses a vox_offset inside the header, between bytes, or nowhere', () => {
    assert.equal(layout({ voxOffset: 353 }).voxOffset, 353)
    for (const offset of [0, 348, 351, -352, 352.5, NaN, Infinity]) {
      unreadable({ fields: { vox_offset: offset } }, /vox_offset is .*NIfTI-1.*352 or later/)
    }
    unreadable({ version: 2, fields: { vox_offset: 352 } }, /vox_offset is 352.*NIfTI-2.*544 or later/)
  })

  it('scales by a finite slope that is not 0, unless slope and intercept change nothing', () => {
    const scaling = (slope: number, inter: number) => {
      const { scales, slope: s, inter: i } = layout({ slope, inter })
      return [scales, s, i]
    }
    assert.deepEqual(scaling(2, 3), [true, 2, 3])
    assert.deepEqual(scaling(1, -1024), [true, 1, -1024])
    assert.deepEqual(scaling(-0.5, 0), [true, -0.5, 0])
    assert.deepEqual(scaling(2, NaN), [true, 2, 0])
    assert.deepEqual(scaling(1, 0), [false, 1, 0])
    assert.deepEqual(scaling(1, NaN), [false, 1, 0])
    assert.deepEqual(scaling(0, 3), [false, 1, 0])
    assert.deepEqual(scaling(NaN, 3), [false, 1, 0])
    assert.deepEqual(scaling(Infinity, 3), [false, 1, 0])
    assert.deepEqual(scaling(0, Infinity), [false, 1, 0])
  })

  it('refuses an infinite intercept, as nibabel does', () => {
    unreadable({ slope: 1, inter: -Infinity }, /scl_inter is infinite/)
  })
})

const MM: Record<string, number> = { meter: 1000, mm: 1, micron: 0.001, unknown: 1 }

/** Assert that header, layout and voxels of a file are what nibabel says. */
function agrees (file: Buffer, facts: NibabelFacts) {
  const header = parseHeader(file)
  assert.deepEqual(asFloat32(headerFields(header)), asFloat32(facts.header))
  if (facts.shape.slice(3).some((size) => size > 1)) {
    assert.throws(() => layoutOf(header), VolumeUnreadable)
    return
  }
  const found = layoutOf(header)
  const mm = MM[facts.units]!
  const { shape, datatype, littleEndian, voxOffset, sliceBytes, voxelBytes, slope, inter, scales, axes, warnings } = found
  assert.deepEqual(
    { shape, datatype: datatype.name, littleEndian, voxOffset, sliceBytes, voxelBytes, slope, inter, scales, axes, warnings },
    {
      shape: facts.shape.slice(0, 3),
      datatype: facts.dtype,
      littleEndian: facts.littleEndian,
      voxOffset: facts.voxOffset,
      sliceBytes: found.datatype.bytes * facts.shape[0]! * facts.shape[1]!,
      voxelBytes: found.datatype.bytes * facts.shape.reduce((product, size) => product * size),
      slope: facts.slope,
      inter: facts.inter,
      scales: facts.slope !== 1 || facts.inter !== 0,
      axes: facts.axes,
      warnings: header.sform_code > 0 || header.qform_code > 0 ? [] : ['The header has neither sform nor qform; its axes, LAS, are assumed, as nibabel does.']
    })
  close(found.affine!, facts.affine.map((row, n) => n < 3 ? row.map((value) => value * mm) : row), 1e-12)
  close(found.spacing, facts.zooms.map((zoom) => zoom * mm), 1e-12)

  const voxels = Buffer.from(file.subarray(found.voxOffset, found.voxOffset + found.voxelBytes))
  if (!found.littleEndian && found.datatype.bytes > 1) voxels[({ 2: 'swap16', 4: 'swap32', 8: 'swap64' } as const)[found.datatype.bytes as 2]]()
  assert.equal(createHash('sha256').update(voxels).digest('hex'), facts.sha256)
}

describe('files that nibabel wrote', () => {
  for (const [name, facts] of Object.entries(fixtureFacts('volumes.json'))) {
    it(`${name}: header, layout and voxels are nibabel's`, () => agrees(fixtureBytes(name), facts))
  }
})

const SAMPLES = new URL('../../../shared/samples/', import.meta.url)

describe('the sample files', () => {
  for (const [name, facts] of Object.entries<NibabelFacts | null>(fixtureFacts('samples.json'))) {
    const path = new URL(name, SAMPLES)
    it(`${name}: ${facts === null ? 'refused, as by nibabel' : 'header, layout and voxels are nibabel\'s'}`, { skip: existsSync(path) ? false : `${name} is not here` }, () => {
      const file = unzipped(readFileSync(path), name)
      if (facts === null) assert.throws(() => parseHeader(file), VolumeUnreadable)
      else agrees(file, facts)
    })
  }
})
