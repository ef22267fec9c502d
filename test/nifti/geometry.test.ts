import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { VolumeUnreadable } from '../../src/errors.js'
import { geometryOf, millilitres } from '../../src/nifti/geometry.js'
import { parseHeader } from '../../src/nifti/header.js'
import { makeNifti, type NiftiRecipe } from '../support/make-nifti.js'
import { close } from '../support/close.js'

const geometry = (recipe: NiftiRecipe) => geometryOf(parseHeader(makeNifti(recipe)))
const affine = (recipe: NiftiRecipe) => geometry(recipe).affine!
const SFORM = [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 8, 30]]
const ZEROS = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
const QUARTER_TURN = { quaternion: [0, 0, Math.SQRT1_2], offset: [1, 2, 3] } as const
/** Half a turn about y, then k turned back by qfac: i to the left, j anterior, k superior. */
const LAS_QFORM = { quaternion: [0, 1, 0], offset: [100, -100, -300], qfac: -1 } as const

describe('the affine that counts', () => {
  it('is the sform, exactly, when its code is positive', () => {
    const { affine, affineSource, axes, spacing } = geometry({ sform: SFORM, qform: QUARTER_TURN, pixdim: [0.5, 0.5, 8] })
    assert.deepEqual({ affine, affineSource, axes, spacing }, { affine: [...SFORM, [0, 0, 0, 1]], affineSource: 'sform', axes: 'LAS', spacing: [0.5, 0.5, 8] })
  })

  it('is the qform when there is no sform: a quarter turn about z takes i to +y and j to -x', () => {
    const { affine, affineSource, axes, spacing, warnings } = geometry({ qform: QUARTER_TURN, pixdim: [2, 3, 4] })
    close(affine!, [[0, -3, 0, 1], [2, 0, 0, 2], [0, 0, 4, 3], [0, 0, 0, 1]], 1e-6)
    assert.deepEqual({ affineSource, axes, spacing, warnings }, { affineSource: 'qform', axes: 'ALS', spacing: [2, 3, 4], warnings: [] })
  })

  it('is the qform when sform_code is 0 or negative, even though srow is filled', () => {
    for (const code of [0, -1]) {
      close(affine({ sform: SFORM, qform: QUARTER_TURN, fields: { sform_code: code } })[0], [0, -1, 0, 1], 1e-6)
    }
  })

  it('turns the third axis round for qfac -1', () => {
    close(affine({ qform: { quaternion: [0, 0, 0], qfac: -1 }, pixdim: [2, 3, 4] }), [[2, 0, 0, 0], [0, 3, 0, 0], [0, 0, -4, 0], [0, 0, 0, 1]])
  })

  it('takes any qfac but -1 as 1, as nibabel does on loading', () => {
    for (const qfac of [0, 2, -0.5]) assert.equal(affine({ qform: { quaternion: [0, 0, 0], qfac }, pixdim: [2, 3, 4] })[2]![2], 4)
  })

  it('takes pixdim without sign, and 1 for 0', () => {
    close(affine({ qform: { quaternion: [0, 0, 0] }, pixdim: [-2, 0, 4] }), [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 4, 0], [0, 0, 0, 1]])
  })

  it('sees a half turn in a quaternion whose rounding makes it a little too long', () => {
    const b = Math.fround(0.6)
    const c = Math.fround(Math.sqrt(1 - b * b) + 5e-8)
    assert.ok(b * b + c * c > 1)
    const [x, y, z] = affine({ qform: { quaternion: [b, c, 0] } })
    close([x, y, z], [[2 * b * b - 1, 2 * b * c, 0, 0], [2 * b * c, 2 * c * c - 1, 0, 0], [0, 0, -1, 0]], 1e-6)
  })

  it('is assumed where there is neither form, with a warning: pixdim with x negated and the origin at the centre', () => {
    const { affine, affineSource, axes, warnings } = geometry({ shape: [3, 5, 7], pixdim: [3, 2, 1] })
    assert.deepEqual({ affine, affineSource, axes }, { affine: [[-3, 0, 0, 3], [0, 2, 0, -4], [0, 0, 1, -3], [0, 0, 0, 1]], affineSource: 'pixdim', axes: 'LAS' })
    assert.deepEqual(warnings, ['The header has neither sform nor qform; its axes, LAS, are assumed, as nibabel does.'])
  })

  it('knows the thickness of the slice in a file of two dimensions', () => {
    assert.deepEqual(affine({ shape: [3, 5], pixdim: [3, 2, 9] }), [[-3, 0, 0, 3], [0, 2, 0, -4], [0, 0, 9, 0], [0, 0, 0, 1]])
    assert.equal(affine({ shape: [3, 5], pixdim: [3, 2, 0] })[2]![2], 1)
  })

  it('is in mm whatever the unit: metres, mm, microns, or none; a unit of time is no matter', () => {
    const inUnit = (factor: number) => SFORM.map((row) => row.map((value) => value * factor))
    for (const [code, factor] of [[0, 1], [2, 1], [10, 1], [16, 1], [1, 1000], [1 + 8, 1000], [3, 0.001], [3 + 16, 0.001]] as const) {
      close(affine({ sform: SFORM, xyztUnits: code }), [...inUnit(factor), [0, 0, 0, 1]], 1e-12)
    }
    close(affine({ shape: [3, 5, 7], pixdim: [3, 2, 1], xyztUnits: 1 })[0], [-3000, 0, 0, 3000])
  })
})

describe('a form that cannot say where voxels are', () => {
  const SINGULAR: Record<string, [sform: number[][], fault: RegExp]> = {
    'all zero': [ZEROS, /sform is all zero/],
    'all zero but for its origin': [[[0, 0, 0, 5], [0, 0, 0, 6], [0, 0, 0, 7]], /sform is all zero/],
    'of two equal rows': [[[1, 2, 0, 0], [1, 2, 0, 0], [0, 0, 8, 0]], /its columns lie in one plane/],
    'without a column': [[[-0.7, 0, 0, 100], [0, 0, 0, -100], [0, 0, 8, -300]], /a step along j is 0/],
    'of dust': [[[1e-12, 0, 0, 1], [0, 1e-12, 0, 2], [0, 0, 1e-12, 3]], /a step along i is 1\.00e-12 mm/],
    'with a column of dust': [[[-0.7, 0, 0, 0], [0, 0.7, 0, 0], [0, 0, 1e-9, 0]], /a step along k is 1\.00e-9 mm/],
    'of columns that rounding alone tells apart': [[[0.7, 0.7, 0, 0], [0, 1e-6, 0, 0], [0, 0, 8, 0]], /its columns lie in one plane/],
    'that holds NaN': [[[NaN, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], /sform holds NaN or infinity/],
    'with an origin at infinity': [[[1, 0, 0, Infinity], [0, 1, 0, 0], [0, 0, 1, 0]], /sform holds NaN or infinity/]
  }

  for (const [name, [sform, fault]] of Object.entries(SINGULAR)) {
    it(`a sform ${name} gives way to a sound qform, and is said`, () => {
      const { affine, affineSource, axes, spacing, warnings } = geometry({ sform, qform: LAS_QFORM, pixdim: [0.5, 0.25, 8] })
      assert.deepEqual({ affineSource, axes, spacing }, { affineSource: 'qform', axes: 'LAS', spacing: [0.5, 0.25, 8] })
      close(affine!, [[-0.5, 0, 0, 100], [0, 0.25, 0, -100], [0, 0, 8, -300], [0, 0, 0, 1]])
      assert.equal(warnings.length, 1)
      assert.match(warnings[0]!, fault)
      assert.match(warnings[0]!, /; its qform counts\.$/)
    })

    it(`a sform ${name} alone leaves no direction, and the spacing of pixdim`, () => {
      const { affine, affineSource, axes, directions, spacing, noDirection, warnings } = geometry({ sform, pixdim: [0.5, 0.25, 8] })
      assert.deepEqual({ affine, affineSource, axes, directions, spacing }, { affine: null, affineSource: null, axes: null, directions: null, spacing: [0.5, 0.25, 8] })
      assert.match(noDirection!, fault)
      assert.match(noDirection!, / and there is no qform$/)
      assert.match(warnings[0]!, /state the orientation of the volume: .*It has no axis codes/)
    })
  }

  it('a qform that is no rotation leaves no direction either, unless the sform is sound', () => {
    const long = { quaternion: [0.9, 0.9, 0] } as const
    assert.match(geometry({ qform: long }).noDirection!, /its qform is no rotation \(its quaternion 0\.89\d*, 0\.89\d*, 0 is longer than 1\)/)
    assert.match(geometry({ qform: { quaternion: [NaN, 0, 0] } }).noDirection!, /its qform holds NaN or infinity/)
    assert.match(geometry({ sform: ZEROS, qform: long }).noDirection!, /^its sform is all zero and its qform is no rotation/)
    const { axes, warnings } = geometry({ sform: SFORM, qform: long, pixdim: [0.5, 0.5, 8] })
    assert.equal(axes, 'LAS')
    assert.match(warnings[0]!, /qform is no rotation .*; its sform counts/)
  })

  it('a volume of whose spacing nothing is known cannot be read', () => {
    for (const recipe of [{ pixdim: [1, Infinity, 1] }, { pixdim: [NaN, 1, 1], sform: ZEROS }, { pixdim: [NaN, 1, 1], qform: QUARTER_TURN }]) {
      assert.throws(() => geometry(recipe), (error) => error instanceof VolumeUnreadable && /pixdim holds NaN or infinity/.test(error.message))
    }
  })

  it('steps of a nanometre, and slices a metre apart, are sound', () => {
    for (const steps of [[1e-6, 1e-6, 1e-6], [1e-6, 1e-6, 8], [0.7, 0.7, 1000]] as const) {
      assert.equal(geometry({ sform: [[-steps[0], 0, 0, 0], [0, steps[1], 0, 0], [0, 0, steps[2], 0]], pixdim: steps }).axes, 'LAS')
    }
  })
})

describe('two forms that do not agree', () => {
  const sform = [[-0.5, 0, 0, 100], [0, 0.25, 0, -100], [0, 0, 8, -300]]
  const pixdim = [0.5, 0.25, 8]

  it('are silent where they say the same, but for rounding', () => {
    assert.deepEqual(geometry({ sform, qform: LAS_QFORM, pixdim }).warnings, [])
    assert.deepEqual(geometry({ sform, qform: { ...LAS_QFORM, offset: [100.0005, -100, -300] }, pixdim }).warnings, [])
  })

  it('are named with both where one mirrors the other', () => {
    assert.deepEqual(geometry({ sform, qform: { quaternion: [0, 0, 0], offset: [100, -100, -300] }, pixdim }).warnings, [
      "The header's sform (LAS, origin 100, -100, -300 mm) and qform (RAS, origin 100, -100, -300 mm) differ in handedness; the sform counts."
    ])
  })

  it('are named with both where they lie otherwise, or elsewhere', () => {
    assert.match(geometry({ sform, qform: { ...LAS_QFORM, offset: [100, -100, -299] }, pixdim }).warnings[0]!, /qform \(LAS, origin 100, -100, -299 mm\) differ in origin;/)
    // Half a turn about z, then k turned by qfac: LPI, left-handed as LAS is.
    assert.match(geometry({ sform, qform: { quaternion: [0, 0, 1], offset: [0, 0, 0], qfac: -1 }, pixdim }).warnings[0]!, /qform \(LPI, origin 0, 0, 0 mm\) differ in direction and origin;/)
  })
})

describe('spacing', () => {
  it('is the length of the affine\'s columns, and a pixdim that says otherwise is named beside it', () => {
    const { spacing, warnings } = geometry({ sform: [[-0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0.75, 0]], pixdim: [0.5, 0.5, 0.625] })
    assert.deepEqual(spacing, [0.5, 0.5, 0.75])
    assert.deepEqual(warnings, ["The header's pixdim is 0.5 x 0.5 x 0.625 mm and its sform has 0.5 x 0.5 x 0.75 mm from voxel to voxel; the sform counts."])
  })

  it('of an oblique sform is that of its columns', () => {
    assert.deepEqual(geometry({ sform: [[0, 1, 0, 0], [3, 0, 0, 0], [-4, 0, 1, 0]], pixdim: [5, 1, 1] }).spacing, [5, 1, 1])
  })

  it('is the sform\'s where pixdim is 0, NaN or negative; only a length that differs is said', () => {
    for (const [third, said] of [[0, /x 0 mm and its sform/], [NaN, /x NaN mm and its sform/], [-8, null]] as const) {
      const { spacing, warnings } = geometry({ sform: SFORM, pixdim: [0.5, 0.5, third] })
      assert.deepEqual(spacing, [0.5, 0.5, 8])
      if (said === null) assert.deepEqual(warnings, [])
      else assert.match(warnings[0]!, said)
    }
  })

  it('is pixdim\'s without a sform, without sign, 1 for 0 with a warning, in mm', () => {
    const { spacing, warnings } = geometry({ pixdim: [-0.5, 0.25, 0], qform: LAS_QFORM })
    assert.deepEqual(spacing, [0.5, 0.25, 1])
    assert.deepEqual(warnings, ["The header's pixdim[3] is 0; it is taken as 1."])
    assert.deepEqual(geometry({ pixdim: [0.5, 0.25, 2], xyztUnits: 1 }).spacing, [500, 250, 2000])
    assert.deepEqual(geometry({ pixdim: [500, 250, 8000], xyztUnits: 3 }).spacing, [0.5, 0.25, 8])
  })
})

describe('millilitres', () => {
  it('are voxels times the affine\'s determinant: 48 voxels of 0.5 x 0.5 x 8 mm are 0.096 mL', () => {
    assert.equal(millilitres(48, geometry({ sform: SFORM })), 0.096)
  })

  it('of a sheared affine are less than its spacing suggests', () => {
    // Columns of 1, sqrt 2 and 2 mm; the determinant is 1 * 1 * 2 mm³.
    const sheared = geometry({ sform: [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0]] })
    close(sheared.spacing, [1, Math.SQRT2, 2])
    close(millilitres(1000, sheared), 2)
  })
})
