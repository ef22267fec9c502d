import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { packHistory } from '../../src/gzip/access-points.js'
import { sparseHistory } from '../../src/gzip/sparse-history.js'
import { anyGzipFile, contentOf, member, rangeOf, readerOf, walk } from './gzip-streams.js'

describe('sparseHistory', () => {
  it('keeps the bytes that matches refer to, and little else', () => {
    // A final block of fixed codes with one match of length 3 and distance 6: "cde" of "abcdefgh" (RFC 1951, 3.2.5 and
    // 3.2.6): 1, 01, 257 as 0000001, distance code 4 as 00100 with the extra bit 1, end of block as 0000000.
    const bits = [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    const block = Buffer.alloc(3)
    bits.forEach((bit, n) => { block[n >> 3]! |= bit << (n & 7) })
    const start = { inOffset: 0, bit: 0, history: Buffer.from('abcdefgh') }
    const read = readerOf(block)
    assert.equal(rangeOf(read, start, 0, 3).toString(), 'cde')
    assert.equal(Buffer.from(sparseHistory(read, start)).toString('latin1'), '\0\0cde\0\0\0')
  })

  it('inflates to the same as the whole history, from any point of any file', () => {
    fc.assert(fc.property(anyGzipFile, fc.nat(), ({ file, content }, pick) => {
      const { points } = walk(file)
      for (const point of [points[pick % points.length]!, points.at(-1)!]) {
        const length = Math.min(80_000, content.length - point.outOffset)
        const sparse = sparseHistory(readerOf(file), point)
        assert.equal(sparse.length, point.history.length)
        assert.ok(sparse.every((byte, n) => byte === 0 || byte === point.history[n]))
        assert.ok(content.subarray(point.outOffset, point.outOffset + length).equals(rangeOf(readerOf(file), { ...point, history: sparse }, 0, length)))
      }
    }), { numRuns: 100 })
  })

  it('packs the history of CT to less than it was', () => {
    const file = member(contentOf('ct', 400_000, 1))
    const { points } = walk(file)
    for (const point of points.slice(1, -1)) {
      assert.ok(packHistory(sparseHistory(readerOf(file), point)).length < 0.8 * packHistory(point.history).length)
    }
  })
})
