import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { packHistory, PointPicker, unpackHistory, type PackedPoint } from '../../src/gzip/access-points.js'
import type { BlockBoundary } from '../../src/gzip/gzip-walker.js'
import { anyGzipFile, contentOf, walk } from './gzip-streams.js'

const AMPLE = 1e9
const at = (outOffset: number, memberStart = false): BlockBoundary => ({ outOffset, inOffset: outOffset + 10, bit: outOffset % 8, memberStart })

function picked (targets: number[], boundaries: BlockBoundary[], compressedBytes = AMPLE, spacing = 0): PackedPoint[] {
  const picker = new PointPicker(targets, { spacing })
  for (const boundary of boundaries) {
    picker.boundary(boundary, boundary.memberStart ? new Uint8Array(0) : contentOf('noise', 1000, boundary.outOffset))
  }
  return picker.finish(compressedBytes)
}
const offsets = (points: PackedPoint[]): number[] => points.map(({ outOffset }) => outOffset)
const bytesOf = (points: PackedPoint[]): number => points.reduce((sum, { history }) => sum + 24 + history.length, 0)

describe('PointPicker', () => {
  it('takes the last boundary at or before each target', () => {
    assert.deepEqual(offsets(picked([352, 1000, 2000], [at(0), at(300), at(900), at(1000), at(1001), at(1999), at(2500)])), [300, 1000, 1999])
  })

  it('takes a boundary once, however many targets it serves', () => {
    assert.deepEqual(offsets(picked([352, 400, 500, 3000], [at(0), at(2000)])), [0, 2000])
  })

  it('takes the last boundary of the file for targets past it', () => {
    assert.deepEqual(offsets(picked([5000, 6000], [at(0), at(100)])), [100])
  })

  it('keeps where the block begins, and its history packed', () => {
    const [point] = picked([999], [at(0, true), at(997)])
    assert.deepEqual([point?.outOffset, point?.inOffset, point?.bit], [997, 1007, 5])
    assert.deepEqual(Buffer.from(unpackHistory(point!.history)), contentOf('noise', 1000, 997))
  })

  it('leaves out targets that are closer than the spacing', () => {
    assert.deepEqual(offsets(picked([0, 50, 100, 180, 200], [0, 50, 100, 180, 200].map((n) => at(n)), AMPLE, 100)), [0, 100, 200])
  })

  it('has nothing for no targets, or no boundaries', () => {
    assert.deepEqual(picked([], [at(0)]), [])
    assert.deepEqual(picked([1], []), [])
  })

  it('thins out evenly to less than 8 % of the file', () => {
    const all = Array.from({ length: 100 }, (_, n) => at(n * 1000))
    // 100 points of 1000 incompressible bytes are a little over 100 kB: of 625 kB, 8 % are 50 kB.
    const some = picked(all.map(({ outOffset }) => outOffset), all, 625_000)
    assert.ok(bytesOf(some) < 50_000)
    assert.ok(some.length >= 45 && some.length < 50)
    const gaps = offsets(some).slice(1).map((offset, n) => offset - some[n]!.outOffset)
    assert.ok(gaps.every((gap) => gap === 2000 || gap === 3000))
  })

  it('keeps cheap points when it thins out', () => {
    const all = Array.from({ length: 50 }, (_, n) => at(n * 1000, n % 5 === 0))
    const some = offsets(picked(all.map(({ outOffset }) => outOffset), all, 200_000))
    for (const { outOffset, memberStart } of all) if (memberStart) assert.ok(some.includes(outOffset))
    assert.ok(some.length > 10)
  })

  it('keeps none if the file is too small', () => {
    assert.deepEqual(picked([0], [at(0, true)], 143), [])
  })

  it('stays under 8 % for any file, in the order of the file, and always picks the same', () => {
    fc.assert(fc.property(anyGzipFile, fc.integer({ min: 1000, max: 50_000 }), ({ file, content }, slab) => {
      const { boundaries, points } = walk(file)
      const targets = Array.from({ length: Math.ceil(content.length / slab) }, (_, n) => n * slab)
      const pick = (): PackedPoint[] => {
        const picker = new PointPicker(targets, { spacing: 0 })
        boundaries.forEach((boundary, n) => picker.boundary(boundary, points[n]!.history))
        return picker.finish(file.length)
      }
      const some = pick()
      assert.ok(bytesOf(some) < 0.08 * file.length || some.length === 0)
      assert.deepEqual(offsets(some), offsets(some).toSorted((a, b) => a - b))
      assert.deepEqual(pick(), some)
    }), { numRuns: 40 })
  })
})

describe('packHistory', () => {
  it('keeps any history of up to 32 KiB, deflated', () => {
    for (const length of [0, 1, 4000, 32767, 32768]) {
      const history = contentOf('ct', length, 1)
      assert.deepEqual(Buffer.from(unpackHistory(packHistory(history))), history)
    }
    assert.equal(packHistory(new Uint8Array(0)).length, 0)
    assert.equal(inflateRawSync(packHistory(new Uint8Array(9))).length, 9)
  })
})
