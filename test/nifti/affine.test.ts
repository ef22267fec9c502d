import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { axisCodes, ioOrientation, type Affine } from '../../src/nifti/affine.js'
import { signedPermutations } from '../support/make-nifti.js'
import { readFixture } from './fixtures.js'

const codes = (affine: Affine) => axisCodes(ioOrientation(affine))
const atOrigin = (matrix: readonly (readonly number[])[]): Affine => [...matrix.map((row) => [...row, 0]), [0, 0, 0, 1]]

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
      const found = codes(atOrigin(matrix))
      for (const [stored, code] of [...axes].entries()) if (code !== '?') assert.equal(found[stored], code, JSON.stringify({ matrix, axes, found }))
    }
  })

  it('gives every stored axis one anatomical axis, where nibabel drops it too', () => {
    for (const { matrix } of fixtures) {
      assert.deepEqual(ioOrientation(atOrigin(matrix)).map(({ axis }) => axis).sort(), [0, 1, 2])
    }
    assert.equal(codes(atOrigin([[0, 0, 0], [0, 0, 0], [0, 0, 0]])), 'RAS')
    assert.equal(codes(atOrigin([[-1, 0, 0], [0, -1, 0], [0, 0, 0]])), 'LPS')
  })
})

describe('axisCodes', () => {
  it('says where each stored axis grows to', () => {
    assert.equal(codes(atOrigin([[-0.7, 0, 0], [0, 0.7, 0], [0, 0, 8]])), 'LAS')
    assert.equal(codes(atOrigin([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])), 'PIR')
  })
})
