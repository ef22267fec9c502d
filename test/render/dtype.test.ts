import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvalidRequest } from '../../src/errors.js'
import { resolveDtype } from '../../src/render/dtype.js'

const lung = { center: -600, width: 1500 }

function namedBy (ask: () => unknown): string[] {
  try {
    ask()
  } catch (error) {
    if (error instanceof InvalidRequest) return error.errors.map(({ parameter }) => parameter)
    throw error
  }
  return []
}

describe('resolveDtype', () => {
  it('keeps the stored type of an image whose header does not scale', () => {
    for (const stored of ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'] as const) {
      assert.equal(resolveDtype('image', stored, false, undefined, undefined), stored)
      assert.equal(resolveDtype('image', stored, false, 'auto', undefined), stored)
    }
  })

  it('is float32 when the header scales, and uint8 with a window, scaled or not', () => {
    assert.equal(resolveDtype('image', 'int16', true, undefined, undefined), 'float32')
    assert.equal(resolveDtype('image', 'int16', true, 'auto', lung), 'uint8')
    assert.equal(resolveDtype('image', 'float64', false, undefined, lung), 'uint8')
  })

  it('gives what is asked for where it makes sense', () => {
    for (const dtype of ['int16', 'float16', 'float32'] as const) assert.equal(resolveDtype('image', 'int16', true, dtype, undefined), dtype)
    for (const dtype of ['uint8', 'float16', 'float32'] as const) assert.equal(resolveDtype('image', 'int16', false, dtype, lung), dtype)
  })

  it('is uint8 for a mask, and any type that is asked for', () => {
    assert.equal(resolveDtype('mask', 'float64', true, undefined, undefined), 'uint8')
    for (const dtype of ['int16', 'uint8', 'float16', 'float32'] as const) assert.equal(resolveDtype('mask', 'int16', false, dtype, undefined), dtype)
  })

  it('names both parameters that clash', () => {
    assert.deepEqual(namedBy(() => resolveDtype('image', 'int16', false, 'int16', lung)), ['dtype', 'window'])
    assert.deepEqual(namedBy(() => resolveDtype('image', 'uint8', false, 'uint8', undefined)), ['dtype', 'window'])
    assert.deepEqual(namedBy(() => resolveDtype('mask', 'int16', false, undefined, lung)), ['window', 'volume'])
  })

  it('refuses a type that is not on the list', () => {
    for (const dtype of ['int32', 'float64', '', 'UINT8']) {
      assert.deepEqual(namedBy(() => resolveDtype('image', 'int16', false, dtype, undefined)), ['dtype'])
    }
  })
})
