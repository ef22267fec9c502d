import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constants, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { AccessPoint } from '../../src/gzip/access-points.js'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { ALIGN_ROOM, inflateFrom } from '../../src/gzip/inflate-range.js'
import { anyGzipFile, contentOf, member, PLAIN_HEADER, rangeIn, trailerOf, walk } from './gzip-streams.js'

/** Reads `[from, to)` of the content out of the file, starting at a point, with the file bytes before `end`. */
function read (file: Uint8Array, point: AccessPoint, from: number, to: number, end = file.length): Uint8Array {
  const span = new Uint8Array(ALIGN_ROOM + end - point.inOffset)
  span.fill(0xa5, 0, ALIGN_ROOM)
  span.set(file.subarray(point.inOffset, end), ALIGN_ROOM)
  return inflateFrom(span, ALIGN_ROOM, span.length, point, from - point.outOffset, to - from)
}

function lastAtOrBefore (points: readonly AccessPoint[], offset: number): AccessPoint {
  return points.findLast(({ outOffset }) => outOffset <= offset)!
}

const CORPUS = [1, 3, 6, 9].flatMap((level) => (['ct', 'text', 'runs', 'noise'] as const).map((kind) => {
  const content = contentOf(kind, 200_000, level)
  return { content, file: member(content, { level, memLevel: 4 }) }
}))

describe('inflateFrom', () => {
  it('starts at any of the eight bits of a byte', () => {
    const bits = new Set<number>()
    for (const { file, content } of CORPUS) {
      for (const point of walk(file).points) {
        bits.add(point.bit)
        const to = Math.min(point.outOffset + 5000, content.length)
        assert.deepEqual(Buffer.from(read(file, point, point.outOffset, to)), content.subarray(point.outOffset, to))
      }
    }
    assert.deepEqual([...bits].sort(), [0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('needs no more of the file than the position noted for the stop after the range', () => {
    for (const { file, content } of CORPUS) {
      const stops = [1, 7000, 50_000, 50_001, 120_000, content.length]
      const { points, stopInOffsets } = walk(file, { stops })
      stops.forEach((stop, n) => {
        const from = Math.max(0, stop - 6000)
        const range = read(file, lastAtOrBefore(points, from), from, stop, stopInOffsets[n])
        assert.deepEqual(Buffer.from(range), content.subarray(from, stop))
      })
    }
  })

  it('gives any range of any gzip file, from any point before it', () => {
    fc.assert(fc.property(anyGzipFile, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(), ({ file, content }, a, b, pick) => {
        const { from, to } = rangeIn(content.length, a, b)
        const { points } = walk(file)
        const before = points.filter(({ outOffset }) => outOffset <= from)
        const expected = gunzipSync(file).subarray(from, to)
        for (const point of [before.at(-1)!, before[pick % before.length]!]) {
          assert.deepEqual(Buffer.from(read(file, point, from, to)), expected)
        }
      }), { numRuns: 150 })
  })

  it('finds the byte boundary of stored blocks that come after a point within a byte', () => {
    // A fixed block of "a" (1 + 2 + 8 + 7 bits), then a stored block "hello", then an empty final fixed block.
    const file = Buffer.concat([
      PLAIN_HEADER, Buffer.from('4a0400', 'hex'), Buffer.from('0500faff', 'hex'), Buffer.from('hello'),
      Buffer.from('0300', 'hex'), trailerOf(Buffer.from('ahello'))
    ])
    assert.equal(gunzipSync(file).toString(), 'ahello')
    const { points } = walk(file)
    assert.deepEqual(points.map(({ outOffset, inOffset, bit }) => [outOffset, inOffset, bit]), [[0, 10, 0], [1, 12, 2], [6, 22, 0]])
    assert.equal(Buffer.from(read(file, points[1]!, 1, 6)).toString(), 'hello')
  })

  it('reads stored blocks of incompressible content, which begin at odd places after matches', () => {
    const content = Buffer.concat([contentOf('text', 70_000, 1), contentOf('noise', 70_000, 2), contentOf('runs', 70_000, 3)])
    const file = member(content, { level: 6, memLevel: 3 })
    for (const point of walk(file).points) {
      const to = Math.min(content.length, point.outOffset + 40_000)
      assert.deepEqual(Buffer.from(read(file, point, point.outOffset, to)), content.subarray(point.outOffset, to))
    }
  })

  it('crosses members, empty ones too', () => {
    const parts = ['one ', '', 'two ', '', '', 'three'].map((text) => Buffer.from(text))
    const file = Buffer.concat(parts.map((part) => member(part)))
    const { points } = walk(file)
    assert.equal(Buffer.from(read(file, points[0]!, 2, 13)).toString(), 'e two three')
  })

  it('refuses bytes that end before the range does', () => {
    const content = contentOf('ct', 60_000, 5)
    const file = member(content, { memLevel: 2 })
    const { points } = walk(file)
    const point = points[2]!
    for (let end = point.inOffset; end < file.length - 12; end += 97) {
      assert.throws(() => read(file, point, content.length - 10, content.length, end), GzipDamaged)
    }
    assert.throws(() => read(file, points[0]!, content.length, content.length + 1), GzipDamaged)
  })

  it('gives a range of the right length or refuses, whichever bit of the file is wrong', () => {
    const parts = [contentOf('text', 900, 1), contentOf('runs', 3000, 2)]
    const file = Buffer.concat(parts.map((part) => member(part, { memLevel: 1 })))
    const { points } = walk(file)
    for (const point of points.slice(0, 2)) {
      for (let bit = point.inOffset * 8; bit < file.length * 8; bit++) {
        const damaged = Buffer.from(file)
        damaged[bit >> 3]! ^= 1 << (bit & 7)
        try {
          assert.equal(read(damaged, point, point.outOffset + 100, 3900).length, 3800 - point.outOffset)
        } catch (error) {
          assert.ok(error instanceof GzipDamaged, String(error))
        }
      }
    }
  })

  it('refuses a range that would inflate to far more than was asked for', () => {
    const content = Buffer.alloc(100 << 20)
    const file = member(content, { level: 1, strategy: constants.Z_RLE })
    assert.throws(() => read(file, walk(file).points[0]!, 0, 1000), GzipDamaged)
  })
})
