import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { SliceNotFound } from '../../src/errors.js'
import { ksOfSlice, planArray } from '../../src/views/slice-plan.js'
import type { ArrayQuery } from '../../src/views/slice-plan.js'
import { buildTestApp } from '../support/test-app.js'

// Shape (i, j, k) = (4, 3, 5), int16: an axial slice has 3 rows of 4, a coronal one 5 rows of 4.
const { services } = await buildTestApp({ after }, { studies: [{ image: { shape: [4, 3, 5] } }] })
const volume = services.volumes.open('study_0001', 'image')
const plan = (query: Partial<ArrayQuery>) =>
  planArray(volume, { plane: 'axial', index: 2, orientation: undefined, size: undefined, aspect: undefined, format: 'raw', dtype: undefined, window: undefined, ...query })

describe('the plan of a slice', () => {
  it('as stored is a part of the slab: 12 values of 2 bytes', () => {
    const { rows, columns, length, direct } = plan({})
    assert.deepEqual({ rows, columns, length, direct }, { rows: 3, columns: 4, length: 24, direct: true })
  })

  it('counts the bytes of the type asked for, and the 128 bytes of an npy header', () => {
    assert.deepEqual([plan({ dtype: 'float32' }).length, plan({ format: 'npy' }).length], [48, 128 + 24])
  })

  it('reads one axial slice of the volume, or all of them for another plane', () => {
    assert.deepEqual(ksOfSlice(plan({})), [2])
    assert.deepEqual(ksOfSlice(plan({ plane: 'coronal' })), [0, 1, 2, 3, 4])
  })

  it('has one validator for queries with the same meaning, and another for another slice', () => {
    assert.equal(plan({ orientation: 'native' }).etag, plan({}).etag)
    assert.notEqual(plan({ index: 3 }).etag, plan({}).etag)
  })

  it('is refused past the last slice', () => {
    assert.throws(() => plan({ index: 5 }), SliceNotFound)
  })
})
