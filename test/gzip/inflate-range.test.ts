import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constants, deflateRawSync, gunzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import type { AccessPoint } from '../../src/gzip/inflater.js'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { inflateAll, inflateRange, startPoint, type ReadAt } from '../../src/gzip/inflate-range.js'
import { anyGzipFile, contentOf, member, PLAIN_HEADER, rangeIn, rangeOf, readerOf, trailerOf, walk } from './gzip-streams.js'

/** Reads `[from, to)` of the content out of the file, starting at a point, with no more of the file than its first `end` bytes. */
function read (file: Buffer, point: AccessPoint, from: number, to: number, end?: number): Buffer {
  return rangeOf(readerOf(file), point, from - point.outOffset, to - from, end)
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

function lastAtOrBefore (points: readonly AccessPoint[], offset: number): AccessPoint {
  return points.findLast(({ outOffset }) => outOffset <= offset)!
}

const CORPUS = [1, 3, 6, 9].flatMap((level) => (['ct', 'text', 'runs', 'noise'] as const).map((kind) => {
  const content = contentOf(kind, 200_000, level)
  return { content, file: member(content, { level, memLevel: 4 }) }
}))

describe('inflateRange', () => {
  it('starts at any of the eight bits of a byte', () => {
    const bits = new Set<number>()
    for (const { file, content } of CORPUS) {
      for (const point of walk(file).points) {
        bits.add(point.bit)
        const to = Math.min(point.outOffset + 5000, content.length)
        assert.deepEqual(read(file, point, point.outOffset, to), content.subarray(point.outOffset, to))
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
    fc.assert(fc.property(anyGzipFile, fraction, fraction,
      fc.nat(), ({ file, content }, a, b, pick) => {
        const { from, to } = rangeIn(content.length, a, b)
        const { points } = walk(file)
        const before = points.filter(({ outOffset }) => outOffset <= from)
        const expected = gunzipSync(file).subarray(from, to)
        for (const point of [before.at(-1)!, before[pick % before.length]!]) {
          assert.deepEqual(read(file, point, from, to), expected)
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
    assert.equal(read(file, points[1]!, 1, 6).toString(), 'hello')
  })

  it('reads stored blocks of incompressible content, which begin at odd places after matches', () => {
    const content = Buffer.concat([contentOf('text', 70_000, 1), contentOf('noise', 70_000, 2), contentOf('runs', 70_000, 3)])
    const file = member(content, { level: 6, memLevel: 3 })
    for (const point of walk(file).points) {
      const to = Math.min(content.length, point.outOffset + 40_000)
      assert.deepEqual(read(file, point, point.outOffset, to), content.subarray(point.outOffset, to))
    }
  })

  it('crosses members, empty ones too', () => {
    const parts = ['one ', '', 'two ', '', '', 'three'].map((text) => Buffer.from(text))
    const file = Buffer.concat(parts.map((part) => member(part)))
    const { points } = walk(file)
    assert.equal(read(file, points[0]!, 2, 13).toString(), 'e two three')
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

  it('inflates no more than requested, whatever the file holds', () => {
    const file = member(Buffer.alloc(100 << 20), { level: 1, strategy: constants.Z_RLE })
    let bytes = 0
    const chunks: number[] = []
    const counting: ReadAt = (inOffset, into) => {
      const count = readerOf(file)(inOffset, into)
      bytes += count
      return count
    }
    inflateRange(counting, startPoint(readerOf(file)), 0, 1000, (chunk) => { chunks.push(chunk.length) })
    assert.equal(chunks.reduce((sum, length) => sum + length, 0), 1000)
    assert.ok(bytes <= 128 * 1024)
  })

  it('gives the same for any size of the chunks that are read', () => {
    fc.assert(fc.property(anyGzipFile, fraction, fraction, fc.nat(), fc.integer({ min: 30, max: 200_000 }),
      ({ file, content }, a, b, pick, most) => {
        const { from, to } = rangeIn(content.length, a, b)
        const before = walk(file).points.filter(({ outOffset }) => outOffset <= from)
        const expected = gunzipSync(file).subarray(from, to)
        for (const point of [startPoint(readerOf(file, most)), before.at(-1)!, before[pick % before.length]!]) {
          assert.deepEqual(rangeOf(readerOf(file, most), point, from - point.outOffset, to - from), expected)
        }
      }), { numRuns: 60 })
  })

  it('inflates a whole file from its start', () => {
    const content = contentOf('ct', 3_000_000, 1)
    const read = readerOf(member(content, {}, Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.alloc(9000, 'n'), Buffer.alloc(1)])))
    assert.deepEqual(rangeOf(read, startPoint(read), 0, content.length), content)
  })

  it('repeats what lies any distance back, in matches of any length', () => {
    for (const distance of [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 257, 258, 259, 4096, 32767, 32768]) {
      const pattern = contentOf('noise', distance, distance)
      const content = Buffer.concat(Array.from({ length: Math.ceil(70_000 / distance) + 1 }, () => pattern))
      const file = member(content, { level: 9 })
      assert.deepEqual(rangeOf(readerOf(file), startPoint(readerOf(file)), 0, content.length), content, `distance ${distance}`)
    }
  })

  it('asks for no more of the file once the range is there', () => {
    const content = contentOf('noise', 5_000_000, 1)
    const file = member(content, { level: 1 })
    let furthest = 0
    const read: ReadAt = (inOffset, into) => {
      furthest = Math.max(furthest, inOffset)
      return readerOf(file)(inOffset, into)
    }
    assert.deepEqual(rangeOf(read, startPoint(read), 1_000_000, 500_000), content.subarray(1_000_000, 1_500_000))
    assert.ok(furthest < 2_000_000)
  })

  it('takes as much memory for a long range as for a short one', () => {
    const file = member(Buffer.alloc(200 << 20), { level: 1 })
    const before = process.memoryUsage().arrayBuffers
    let bytes = 0
    inflateRange(readerOf(file), startPoint(readerOf(file)), 0, 200 << 20, (chunk) => { bytes += chunk.length })
    assert.equal(bytes, 200 << 20)
    assert.ok(process.memoryUsage().arrayBuffers - before < 4 << 20)
  })

  it('refuses a file that ends before the range, wherever it is cut', () => {
    const content = contentOf('text', 4000, 1)
    const file = Buffer.concat([member(content), member(content)])
    for (let length = 0; length < file.length - 16; length += 5) {
      const read = readerOf(file.subarray(0, length))
      assert.throws(() => rangeOf(read, startPoint(read), 0, 8000), GzipDamaged)
    }
    assert.throws(() => rangeOf(readerOf(file), startPoint(readerOf(file)), 0, 8001), GzipDamaged)
  })

  it('refuses blocks that cannot be, and says where', () => {
    const file = member(contentOf('text', 400_000, 1))
    const { inOffset, bit } = walk(file).points[1]!
    file.writeUInt16LE(file.readUInt16LE(inOffset) | 0b110 << bit, inOffset) // BTYPE 11 (RFC 1951, 3.2.3)
    assert.throws(() => rangeOf(readerOf(file), startPoint(readerOf(file)), 0, 400_000), (error) => {
      assert.ok(error instanceof GzipDamaged, String(error))
      assert.match(error.what, /block type/)
      assert.equal(error.inputByte, inOffset)
      return true
    })
  })

  it('refuses a match where no distance has a code, whatever tables were before', () => {
    // A final block of dynamic codes (RFC 1951, 3.2.7): "a" is 0, end of block 10, a match of length 3 is 11; the only
    // distance has no code. 1, 10; HLIT 1, HDIST 0, HCLEN 14; code length code 2 bits each for 18, 0, 2 and 1; 97 zeros,
    // 1, 138 + 20 zeros, 2, 2, and 0 for the distance. Numbers are sent with their low bit first, codes with their high.
    const low = (value: number, count: number) => Array.from({ length: count }, (_, n) => value >> n & 1)
    const orderedLengths = [0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2]
    const head = [
      1, 0, 1, ...low(1, 5), ...low(0, 5), ...low(14, 4), ...orderedLengths.flatMap((length) => low(length, 3)),
      1, 1, ...low(97 - 11, 7), 0, 1, 1, 1, ...low(138 - 11, 7), 1, 1, ...low(20 - 11, 7), 1, 0, 1, 0, 0, 0
    ]
    const inflated = (symbols: number[]) => {
      const bits = [...head, ...symbols]
      const block = Buffer.alloc(64)
      bits.forEach((bit, n) => { block[n >> 3]! |= bit << (n & 7) })
      const into = new Uint8Array(8)
      inflateAll(deflateRawSync(contentOf('ct', 100, 1)), new Uint8Array(100)) // leaves its tables
      return { ours: () => into.subarray(0, inflateAll(block, into)), zlib: () => inflateRawSync(block) }
    }
    const literals = inflated([0, 0, 0, 1, 0])
    assert.equal(literals.zlib().toString(), 'aaa')
    assert.equal(Buffer.from(literals.ours()).toString(), 'aaa')
    const match = inflated([0, 0, 0, 1, 1, 0, 0, 0, 1, 0])
    assert.throws(match.zlib, /invalid distance code/)
    assert.throws(match.ours, /invalid distance code/)
  })

  it('ends with what the reader or the taker throws', () => {
    const file = member(contentOf('noise', 1_000_000, 1))
    const start = startPoint(readerOf(file))
    const broken = new Error('the disk is gone')
    assert.throws(() => rangeOf(() => { throw broken }, start, 0, 100), broken)
    assert.throws(() => inflateRange(readerOf(file), start, 0, 1_000_000, () => { throw broken }), broken)
  })
})

describe('inflateAll', () => {
  it('inflates what has no header, up to a size', () => {
    const content = contentOf('text', 32_768, 1)
    const deflated = deflateRawSync(content, { level: 1 })
    const output = Buffer.alloc(40_000)
    assert.equal(inflateAll(deflated, output), 32_768)
    assert.deepEqual(output.subarray(0, 32_768), content)
    assert.equal(inflateAll(deflated, Buffer.alloc(32_768)), 32_768)
    assert.throws(() => inflateAll(deflated, Buffer.alloc(32_767)), GzipDamaged)
    assert.throws(() => inflateAll(deflated.subarray(0, -1), output), GzipDamaged)
  })
})

describe('startPoint', () => {
  it('is the first bit of the first block, after a header of any length', () => {
    const header = Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.alloc(70_000, 'n'), Buffer.alloc(1)])
    const { inOffset, outOffset, bit, history } = startPoint(readerOf(member(Buffer.from('x'), {}, header), 100))
    assert.deepEqual([inOffset, outOffset, bit, history.length], [70_011, 0, 0, 0])
  })

  it('refuses what is not gzip', () => {
    assert.throws(() => startPoint(readerOf(Buffer.alloc(1024))), GzipDamaged)
    assert.throws(() => startPoint(readerOf(Buffer.alloc(0))), GzipDamaged)
  })
})
