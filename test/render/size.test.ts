import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvalidRequest } from '../../src/errors.js'
import { parseSize, physicalSize, resampledMm, targetSize } from '../../src/render/size.js'

describe('parseSize', () => {
  it('reads N as the longer side and WxH as columns x rows', () => {
    assert.deepEqual(parseSize('256'), { longer: 256 })
    assert.deepEqual(parseSize('320x240'), { rows: 240, columns: 320 })
    assert.deepEqual(parseSize('4096x1'), { rows: 1, columns: 4096 })
    assert.deepEqual([parseSize('0256'), parseSize('320x0240')], [{ longer: 256 }, { rows: 240, columns: 320 }])
  })

  it('refuses anything else, naming size', () => {
    for (const text of ['', '0', '4097', '0x5', '5x0', '5x4097', '5x', 'x5', '5X5', '1.5', '-3', '5x5x5', '1e2', ' 5']) {
      assert.throws(() => parseSize(text), (error) => error instanceof InvalidRequest && error.errors[0]?.parameter === 'size', text)
    }
  })
})

describe('targetSize', () => {
  it('gives the longer side its pixels and the other its proportion, at least 1', () => {
    assert.deepEqual(targetSize({ rows: 40, columns: 512 }, { longer: 256 }), { rows: 20, columns: 256 })
    assert.deepEqual(targetSize({ rows: 512, columns: 300 }, { longer: 100 }), { rows: 100, columns: 59 })
    assert.deepEqual(targetSize({ rows: 1, columns: 512 }, { longer: 10 }), { rows: 1, columns: 10 })
    assert.deepEqual(targetSize({ rows: 7, columns: 7 }, { longer: 21 }), { rows: 21, columns: 21 })
  })

  it('takes both sides as they are asked for', () => {
    assert.deepEqual(targetSize({ rows: 512, columns: 512 }, { rows: 3, columns: 5 }), { rows: 3, columns: 5 })
  })
})

describe('physicalSize', () => {
  it('stretches the coarser axis until pixels are square in mm', () => {
    assert.deepEqual(physicalSize({ rows: 40, columns: 512 }, { row: 8, column: 0.8 }), { rows: 400, columns: 512 })
    assert.deepEqual(physicalSize({ rows: 512, columns: 40 }, { row: 0.7, column: 8 }), { rows: 512, columns: 457 })
    assert.deepEqual(physicalSize({ rows: 5, columns: 9 }, { row: 2, column: 2 }), { rows: 5, columns: 9 })
  })

  it('shrinks both sides rather than pass 4096 pixels or give up on square ones', () => {
    assert.deepEqual(physicalSize({ rows: 1000, columns: 512 }, { row: 8, column: 1 }), { rows: 4096, columns: 262 })
  })

  it('leaves the extent where a distance is unusable', () => {
    for (const row of [0, NaN, Infinity, -1]) assert.deepEqual(physicalSize({ rows: 5, columns: 9 }, { row, column: 1 }), { rows: 5, columns: 9 })
  })
})

describe('resampledMm', () => {
  it('keeps the field of view', () => {
    assert.deepEqual(resampledMm({ row: 8, column: 0.5 }, { rows: 40, columns: 512 }, { rows: 320, columns: 256 }), { row: 1, column: 1 })
  })
})
