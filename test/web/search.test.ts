import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changed, listIn, numberIn, toggled } from '../../web/src/state/search.js'

const search = (text: string) => new URLSearchParams(text)

describe('the state in the URL', () => {
  it('keeps what is not changed, known or not, in its place', () => {
    assert.equal(changed(search('category=CT-1&utm=x&sort=id'), { sort: '-slices' }).toString(), 'category=CT-1&utm=x&sort=-slices')
  })

  it('takes away what is null or empty, and leaves alone what is undefined', () => {
    assert.equal(changed(search('a=1&b=2&c=3'), { a: null, b: [], c: undefined }).toString(), 'c=3')
  })

  it('writes a list as one parameter and reads it either way', () => {
    assert.equal(changed(search(''), { category: ['CT-1', 'CT-2'] }).get('category'), 'CT-1,CT-2')
    assert.deepEqual(listIn(search('category=CT-1&category=CT-2,CT-3'), 'category'), ['CT-1', 'CT-2', 'CT-3'])
  })

  it('puts a value into a list or takes it out, in the list\'s own order', () => {
    assert.deepEqual(toggled(['CT-3'], 'CT-1', ['CT-1', 'CT-2', 'CT-3']), ['CT-1', 'CT-3'])
    assert.deepEqual(toggled(['CT-1', 'CT-3'], 'CT-1', ['CT-1', 'CT-2', 'CT-3']), ['CT-3'])
    assert.deepEqual(toggled(['gone'], 'CT-1', ['CT-1']), ['CT-1', 'gone'])
  })

  it('reads a number, and nothing where there is none', () => {
    assert.deepEqual(['n=4.5', 'n=', 'n=x', 'm=1', 'n=%20'].map((text) => numberIn(search(text), 'n')), [4.5, undefined, undefined, undefined, undefined])
  })
})
