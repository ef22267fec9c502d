import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderArray } from '../../src/render/slice-array.js'
import { makeSlice } from './make-slice.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const lung = { center: -600, width: 1500 }

describe('renderArray', () => {
  it('gives raw values little-endian, in memory of their own', () => {
    const stored = Int16Array.of(1, -2, 256, -1024)
    const bytes = renderArray(makeSlice(2, 2, stored), { format: 'raw', dtype: 'int16' })
    assert.equal(hex(bytes), '0100' + 'feff' + '0001' + '00fc')
    assert.notEqual(bytes.buffer, stored.buffer)
  })

  it('puts the npy header before the same bytes', () => {
    const slice = makeSlice(2, 3, Float32Array.of(0, 1, -1, NaN, Infinity, 0.5))
    const raw = renderArray(slice, { format: 'raw', dtype: 'float16' })
    const npy = Buffer.from(renderArray(slice, { format: 'npy', dtype: 'float16' }))
    assert.equal(hex(raw), '0000' + '003c' + '00bc' + '007e' + '007c' + '0038')
    assert.match(npy.toString('latin1', 10, 128), /^{'descr': '<f2', 'fortran_order': False, 'shape': \(2, 3\), } +\n$/)
    assert.equal(hex(npy.subarray(128)), hex(raw))
  })

  it('scales, windows and casts an image', () => {
    const slice = makeSlice(1, 3, Uint8Array.of(0, 1, 2), { scaling: { slope: 750, inter: -1350, scales: true } })
    assert.deepEqual([...renderArray(slice, { format: 'raw', dtype: 'uint8', window: lung })], [0, 128, 255])
  })

  it('makes a mask 0 and 1 in every type, by its scaled values', () => {
    // scaled: 0, NaN, 5
    const slice = makeSlice(1, 3, Float64Array.of(-2.5, NaN, 0), { kind: 'mask', scaling: { slope: 2, inter: 5, scales: true } })
    assert.deepEqual([...renderArray(slice, { format: 'raw', dtype: 'uint8' })], [0, 0, 1])
    assert.equal(hex(renderArray(slice, { format: 'raw', dtype: 'float32' })), '00000000' + '00000000' + '0000803f')
    assert.equal(hex(renderArray(slice, { format: 'raw', dtype: 'float16' })), '0000' + '0000' + '003c')
  })

  it('resamples HU and rounds last; a mask by nearest neighbour', () => {
    const size = { rows: 1, columns: 4 }
    const image = makeSlice(1, 2, Int16Array.of(0, 2))
    assert.deepEqual([...new Int16Array(renderArray(image, { format: 'raw', dtype: 'int16', size }).buffer)], [0, 0, 2, 2])
    const mask = makeSlice(1, 2, Int16Array.of(0, 2), { kind: 'mask' })
    assert.deepEqual([...renderArray(mask, { format: 'raw', dtype: 'uint8', size })], [0, 0, 1, 1])
  })

  it('windows before it resamples, so that what clamps weighs no more than the window', () => {
    const image = makeSlice(1, 2, Int16Array.of(0, 30000))
    const window = { center: 50, width: 100 }
    const bytes = renderArray(image, { format: 'raw', dtype: 'float32', window, size: { rows: 1, columns: 4 } })
    assert.deepEqual([...new Float32Array(bytes.buffer)], [0, 0.25, 0.75, 1])
  })

  it('names the resampled shape, rows first', () => {
    const npy = renderArray(makeSlice(2, 2, new Int16Array(4)), { format: 'npy', dtype: 'int16', size: { rows: 3, columns: 5 } })
    assert.match(Buffer.from(npy).toString('latin1'), /'shape': \(3, 5\)/)
    assert.equal(npy.length, 128 + 3 * 5 * 2)
  })
})
