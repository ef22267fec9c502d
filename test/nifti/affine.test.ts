import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { VolumeUnreadable } from '../../src/errors.js'
import { affineOf, axisCodes, ioOrientation, type Affine } from '../../src/nifti/affine.js'
import { parseHeader } from '../../src/nifti/header.js'
import { makeNifti, signedPermutations, type NiftiRecipe } from '../support/make-nifti.js'
import { close } from '../support/close.js'
import { readFixture } from './fixtures.js'

const affine = (recipe: NiftiRecipe) => affineOf(parseHeader(makeNifti(recipe)))
const SFORM = [[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 8, 30]]
const QUARTER_TURN = { quaternion: [0, 0, Math.SQRT1_2], offset: [1, 2, 3] } as const
const atOrigin = (matrix: readonly (readonly number[])[]): Affine => [...matrix.map((row) => [...row, 0]), [0, 0, 0, 1]]

describe('affineOf', () => {
  it('takes the sform, exactly, when its code is positive', () => {
    assert.deepEqual(affine({ sform: SFORM, qform: QUARTER_TURN }), [...SFORM, [0, 0, 0, 1]])
  })

  it('takes the qform when there is no sform: a quarter turn about z takes i to +y and j to -x', () => {
    close(affine({ qform: QUARTER_TURN, pixdim: [2, 3, 4] }), [[0, -3, 0, 1], [2, 0, 0, 2], [0, 0, 4, 3], [0, 0, 0, 1]], 1e-6)
  })

  it('takes the qform when sform_code is 0 or negative, even though srow is filled', () => {
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

  it('refuses a quaternion that is longer than 1', () => {
    assert.throws(() => affine({ qform: { quaternion: [0.9, 0.9, 0] } }), /longer than 1/)
  })

  it('falls back to pixdim with x negated and the origin at the centre', () => {
    assert.deepEqual(affine({ shape: [3, 5, 7], pixdim: [3, 2, 1] }), [[-3, 0, 0, 3], [0, 2, 0, -4], [0, 0, 1, -3], [0, 0, 0, 1]])
  })

  it('falls back with size and zoom 1 where the header has fewer dimensions', () => {
    assert.deepEqual(affine({ shape: [3, 5], pixdim: [3, 2, 9] }), [[-3, 0, 0, 3], [0, 2, 0, -4], [0, 0, 1, 0], [0, 0, 0, 1]])
  })

  it('is in mm whatever the unit: metres, mm, microns, or none; a unit of time is no matter', () => {
    const inUnit = (factor: number) => SFORM.map((row) => row.map((value) => value * factor))
    for (const [code, factor] of [[0, 1], [2, 1], [10, 1], [16, 1], [1, 1000], [1 + 8, 1000], [3, 0.001], [3 + 16, 0.001]] as const) {
      close(affine({ sform: SFORM, xyztUnits: code }), [...inUnit(factor), [0, 0, 0, 1]], 1e-12)
    }
    close(affine({ shape: [3, 5, 7], pixdim: [3, 2, 1], xyztUnits: 1 })[0], [-3000, 0, 0, 3000])
  })

  it('refuses an affine that is not finite and names where it stands', () => {
    const unreadable = (recipe: NiftiRecipe, reason: RegExp) =>
      assert.throws(() => affine(recipe), (error) => error instanceof VolumeUnreadable && reason.test(error.message))
    unreadable({ sform: [[NaN, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] }, /sform holds NaN or infinity/)
    unreadable({ sform: [[1, 0, 0, Infinity], [0, 1, 0, 0], [0, 0, 1, 0]] }, /sform holds NaN or infinity/)
    unreadable({ qform: { quaternion: [NaN, 0, 0] } }, /qform holds NaN or infinity/)
    unreadable({ qform: { quaternion: [0, 0, 0] }, pixdim: [NaN, 1, 1] }, /qform holds NaN or infinity/)
    unreadable({ pixdim: [1, Infinity, 1] }, /pixdim holds NaN or infinity/)
  })
})

describe('ioOrientation', () => {
  it('names axis and direction for all 48 axis orders and flips', () => {
    for (const matrix of signedPermutations()) {
      const anisotropic = atOrigin(matrix.map((row) => row.map((value, stored) => value * [0.7, 0.9, 8][stored]!)))
      for (const [stored, { axis, flip }] of ioOrientation(anisotropic).entries()) assert.equal(matrix[axis]![stored], flip)
    }
  })

  it('lets the axis that follows an anatomical axis best choose first', () => {
    // Both i and j are nearest to x, j more so: i takes what is left.
    const sheared = atOrigin([[0.8, 1, 0], [0.6, 0.05, 0], [0, 0, 1]])
    assert.deepEqual(ioOrientation(sheared).map(({ axis }) => axis), [1, 0, 2])
  })

  const fixtures: { matrix: number[][], axes: string }[] = readFixture('orientations.json')
  it(`agrees with nibabel on ${fixtures.length} affines: oblique, sheared, singular`, () => {
    for (const { matrix, axes } of fixtures) {
      const codes = axisCodes(atOrigin(matrix))
      for (const [stored, code] of [...axes].entries()) if (code !== '?') assert.equal(codes[stored], code, JSON.stringify({ matrix, axes, codes }))
    }
  })

  it('gives every stored axis one anatomical axis, where nibabel drops it too', () => {
    for (const { matrix } of fixtures) {
      assert.deepEqual(ioOrientation(atOrigin(matrix)).map(({ axis }) => axis).sort(), [0, 1, 2])
    }
    assert.equal(axisCodes(atOrigin([[0, 0, 0], [0, 0, 0], [0, 0, 0]])), 'RAS')
    assert.equal(axisCodes(atOrigin([[-1, 0, 0], [0, -1, 0], [0, 0, 0]])), 'LPS')
  })
})

describe('axisCodes', () => {
  it('says where each stored axis grows to', () => {
    assert.equal(axisCodes(atOrigin([[-0.7, 0, 0], [0, 0.7, 0], [0, 0, 8]])), 'LAS')
    assert.equal(axisCodes(atOrigin([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])), 'PIR')
  })
})
