import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodePng } from '../../src/render/png.js'
import { readPng } from './read-png.js'

const noise = (length: number, most: number) => Array.from({ length }, (_, n) => (n * 7919 + (n * n) % 1013) % (most + 1))
const textOf = (file: Uint8Array, type: string) => readPng(file).chunks.filter((chunk) => chunk.type === type).map(({ data }) => data)

describe('encodePng', () => {
  it('writes 8-bit grey as colour type 0, sample for sample, on slices of any shape', () => {
    for (const [rows, columns] of [[1, 1], [1, 9], [9, 1], [13, 29]] as const) {
      const samples = noise(rows * columns, 255)
      for (const flat of [false, true]) {
        const { chunks, ...decoded } = readPng(encodePng({ rows, columns, channels: 1, pixels: Uint8Array.from(samples), flat }))
        assert.deepEqual(decoded, { rows, columns, bits: 8, colourType: 0, samples })
        assert.deepEqual(chunks.map(({ type }) => type), ['IHDR', 'IDAT', 'IEND'])
      }
    }
  })

  it('writes RGB as colour type 2', () => {
    const samples = noise(5 * 7 * 3, 255)
    const { chunks, ...decoded } = readPng(encodePng({ rows: 5, columns: 7, channels: 3, pixels: Uint8Array.from(samples) }))
    assert.deepEqual(decoded, { rows: 5, columns: 7, bits: 8, colourType: 2, samples })
  })

  it('writes 16-bit grey big-endian', () => {
    const samples = [0, 1, 255, 256, 32768, 65535, 4660, 31768]
    const decoded = readPng(encodePng({ rows: 2, columns: 4, channels: 1, pixels: Uint16Array.from(samples) }))
    assert.deepEqual([decoded.bits, decoded.colourType, decoded.samples], [16, 0, samples])
  })

  it('says in tEXt what the picture shows, before the pixels', () => {
    const file = encodePng({ rows: 1, columns: 1, channels: 1, pixels: Uint8Array.of(0), text: { Study: 'study_0255', Window: '-600,1500' } })
    assert.deepEqual(textOf(file, 'tEXt').map((data) => data.toString('latin1')), ['Study\0study_0255', 'Window\0-600,1500'])
    assert.deepEqual(readPng(file).chunks.map(({ type }) => type), ['IHDR', 'tEXt', 'tEXt', 'IDAT', 'IEND'])
  })

  it('keeps a text that Latin-1 cannot write, as iTXt', () => {
    const file = encodePng({ rows: 1, columns: 1, channels: 1, pixels: Uint8Array.of(0), text: { Title: 'Москва' } })
    assert.equal(textOf(file, 'iTXt')[0]?.toString('utf8'), 'Title\0\0\0\0\0Москва')
  })

  it('gives the pixel size in pHYs: pixels per metre, x before y', () => {
    const file = encodePng({ rows: 1, columns: 1, channels: 1, pixels: Uint8Array.of(0), pixelMm: { row: 8, column: 0.7 } })
    assert.equal(textOf(file, 'pHYs')[0]?.toString('hex'), Buffer.from([0, 0, 5, 149, 0, 0, 0, 125, 1]).toString('hex')) // 1429, 125, metre
  })

  it('leaves pHYs out where the distance is no distance', () => {
    for (const row of [0, NaN, Infinity, 5000]) {
      const file = encodePng({ rows: 1, columns: 1, channels: 1, pixels: Uint8Array.of(0), pixelMm: { row, column: 1 } })
      assert.deepEqual(textOf(file, 'pHYs'), [])
    }
  })
})
