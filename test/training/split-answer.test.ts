import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emptyParts, inFolds, inParts, splitHash } from '../../src/training/split-answer.js'
import { parseRatios } from '../../src/training/splits.js'

describe('a split of selected studies', () => {
  it('has each selected study in its part of the split of all studies, in order, and leaves out the others', () => {
    const partOf = new Map([['a', 'train'], ['b', 'test'], ['c', 'train'], ['d', 'val']] as const)
    assert.deepEqual(inParts(['a', 'b', 'c'], partOf), { train: ['a', 'c'], val: [], test: ['b'] })
  })

  it('by folds validates each study once and trains with it in all others', () => {
    const foldOf = new Map([['a', 0], ['b', 1], ['c', 2], ['d', 0]])
    assert.deepEqual(inFolds(['a', 'b', 'd'], foldOf, 3), [
      { train: ['b'], val: ['a', 'd'] },
      { train: ['a', 'd'], val: ['b'] },
      { train: ['a', 'b', 'd'], val: [] }
    ])
  })

  it('is named by the SHA-256 of its JSON without spaces', () => {
    // printf '{"train":["a"],"val":[],"test":["b"]}' | sha256sum
    assert.equal(splitHash({ train: ['a'], val: [], test: ['b'] }), 'ba3ecbd9d51e591b3ddb3aba5858ae60aee2d490c5ae352744e4403ab8a601d5')
    assert.notEqual(splitHash({ train: ['b'], val: [], test: ['a'] }), splitHash({ train: ['a'], val: [], test: ['b'] }))
  })
})

describe('a part without a study', () => {
  it('gives a warning if its ratio is above 0', () => {
    const parts = { train: ['a'], val: [], test: [] }
    assert.deepEqual(emptyParts(parts, parseRatios('0.8,0.2,0')), ['val is empty: there are too few studies for its ratio; use another seed, other ratios or other filters'])
    assert.deepEqual(emptyParts(parts, parseRatios('1,0,0')), [])
  })

  it('is warned of in the fold that has it', () => {
    assert.deepEqual(emptyParts({ folds: [{ train: ['a'], val: ['b'] }, { train: ['a', 'b'], val: [] }] }, parseRatios('1,0,0')), ['folds.1: val is empty; use fewer folds or other filters'])
  })
})
