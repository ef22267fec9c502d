import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constants, deflateRawSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import * as pako from 'pako'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { GzipWalker, type BlockBoundary } from '../../src/gzip/gzip-walker.js'
import { anyGzipFile, contentOf, member, PLAIN_HEADER, trailerOf, walk } from './gzip-streams.js'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** "a", non-final, fixed codes (18 bits); "hello", stored; "b", final, fixed codes. */
const BY_HAND = Buffer.concat([
  PLAIN_HEADER, hex('4a0400'), hex('0500 faff'), Buffer.from('hello'), hex('4b0200'), trailerOf(Buffer.from('ahellob'))
])

describe('GzipWalker', () => {
  it('tells the bit at which each block of a file made by hand begins', () => {
    const { content, boundaries, points, members } = walk(BY_HAND)
    assert.equal(content.toString(), 'ahellob')
    assert.equal(members, 1)
    assert.deepEqual(boundaries, [
      { outOffset: 0, inOffset: 10, bit: 0, memberStart: true },
      { outOffset: 1, inOffset: 12, bit: 2, memberStart: false },
      { outOffset: 6, inOffset: 22, bit: 0, memberStart: false }
    ])
    assert.deepEqual(points.map(({ history }) => Buffer.from(history).toString()), ['', 'a', 'ahello'])
  })

  it('finds the blocks that pako finds, to the bit', () => {
    fc.assert(fc.property(anyGzipFile, ({ file }) => {
      const { boundaries } = walk(file)
      const starts = boundaries.filter(({ memberStart }) => memberStart)
      assert.deepEqual(boundaries, starts.flatMap((start) => [start, ...blocksByPako(file, start)]))
    }), { numRuns: 100 })
  })

  it('inflates what Node inflates, in pieces of any size', () => {
    fc.assert(fc.property(anyGzipFile, fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }),
      ({ file, content }, sizes) => {
        const whole = walk(file)
        assert.deepEqual(whole.content, gunzipSync(file))
        assert.equal(whole.bytesOut, content.length)
        assert.deepEqual(walk(file, { sizes }), whole)
      }), { numRuns: 60 })
  })

  it('says the same of a file that comes byte by byte', () => {
    const file = Buffer.concat([BY_HAND, member(contentOf('text', 5000, 1)), hex('1f00')])
    assert.deepEqual(walk(file, { sizes: [1] }), walk(file))
  })

  it('reads what pako writes', () => {
    for (const level of [0, 1, 6, 9]) {
      const content = contentOf('ct', 300_000, level)
      assert.deepEqual(walk(pako.gzip(content, { level })).content, content)
    }
  })

  it('hands out the last 32 KiB of the same member as history, or what there is', () => {
    const parts = [contentOf('ct', 400_000, 1), contentOf('text', 50_000, 2)]
    const { points, boundaries } = walk(Buffer.concat(parts.map((part) => member(part, { memLevel: 5 }))))
    const content = Buffer.concat(parts)
    for (const { outOffset, history } of points) {
      const memberStart = boundaries.findLast((at) => at.memberStart && at.outOffset <= outOffset)!.outOffset
      assert.equal(history.length, Math.min(32768, outOffset - memberStart))
      assert.deepEqual(Buffer.from(history), content.subarray(outOffset - history.length, outOffset))
    }
    assert.equal(boundaries.filter(({ memberStart }) => memberStart).length, 2)
  })

  describe('stops', () => {
    it('end a chunk of output there, or after the match that crosses it, and need no input beyond that', () => {
      const content = contentOf('ct', 100_000, 3)
      const file = member(content)
      const stops = [352, 353, 40_000, 99_999, 100_000]
      const ends = new Set<number>()
      const walker = new GzipWalker({
        output: (chunk, outOffset) => { ends.add(outOffset + chunk.length) }, boundary () {}
      }, { stops, maxOutput: Infinity })
      walker.push(file)
      const { stopInOffsets } = walker.end()
      stops.forEach((stop, n) => {
        assert.ok([...ends].some((end) => end >= stop && end < stop + 265), `no chunk ends behind ${stop}`)
        const inflated = deflatedPrefix(file, stopInOffsets[n]!)
        assert.ok(inflated >= stop && inflated < stop + 1000, `${inflated} bytes for the stop at ${stop}`)
      })
    })

    it('may be set after the output has shown where they should be; one in the past gets the present position', () => {
      const content = contentOf('ct', 100_000, 3)
      const file = member(content)
      const expected = walk(file, { stops: [544, 30_000] }).stopInOffsets
      const walker = new GzipWalker({
        output (_, outOffset) { if (outOffset === 0) walker.setStops([100, 544, 30_000, 500_000]) }, boundary () {}
      }, { stops: [544], maxOutput: Infinity })
      walker.push(file)
      assert.deepEqual(walker.end().stopInOffsets, [expected[0], expected[0], expected[1], file.length])
    })
  })

  describe('after the end of the gzip stream', () => {
    const content = contentOf('text', 3000, 1)
    const file = member(content)

    for (const [what, extra] of [['zeros', '0000000000'], ['other bytes', '00 1f8b08'], ['half a magic number', '1f'], ['nothing', '']]) {
      it(`counts ${what} and is content`, () => {
        const { trailingBytes, members, content: output } = walk(Buffer.concat([file, hex(extra!)]), { sizes: [7] })
        assert.deepEqual({ trailingBytes, members, output }, { trailingBytes: hex(extra!).length, members: 1, output: content })
      })
    }

    it('reads further members, which must hold too', () => {
      assert.deepEqual(walk(Buffer.concat([file, file])).content, Buffer.concat([content, content]))
      assert.throws(() => walk(Buffer.concat([file, hex('1f8b08')])), GzipDamaged)
      assert.throws(() => walk(Buffer.concat([file, hex('1f8b0900')])), GzipDamaged)
      assert.throws(() => walk(Buffer.concat([file, file.subarray(0, -1)])), GzipDamaged)
    })
  })

  describe('damage', () => {
    const content = Buffer.concat([contentOf('text', 300, 1), contentOf('noise', 40, 2), contentOf('ct', 200, 3)])
    const files = [member(content, { memLevel: 1 }), member(content, { level: 0 }), member(content, { strategy: constants.Z_FIXED })]

    it('is what every cut leaves', () => {
      for (const file of files) {
        for (let length = 0; length < file.length; length++) {
          assert.throws(() => walk(file.subarray(0, length)), GzipDamaged)
        }
      }
    })

    it('is every wrong bit, unless the content stays what it was', () => {
      for (const file of files) {
        let unnoticed = 0
        for (let bit = 0; bit < file.length * 8; bit++) {
          const damaged = Buffer.from(file)
          damaged[bit >> 3]! ^= 1 << (bit & 7)
          try {
            assert.deepEqual(walk(damaged, { maxOutput: 1e6 }).content, content)
            unnoticed++
          } catch (error) {
            assert.ok(error instanceof GzipDamaged, String(error))
          }
        }
        // The text hint, MTIME, XFL and OS say nothing about the content; nor do the bits that pad a block.
        assert.ok(unnoticed <= 1 + 32 + 8 + 8 + 24, `${unnoticed} bits`)
      }
    })

    it('is told with the byte at which it was noticed', () => {
      const wrong = Buffer.from(files[0]!)
      wrong[wrong.length - 5]! ^= 1
      assert.throws(() => walk(wrong), { name: 'Error', message: `the checksum of the content is wrong (at compressed byte ${wrong.length - 8})` })
    })
  })

  describe('a file that inflates to more than is allowed', () => {
    // A megabyte of zeros, ended at a byte boundary by a full flush, over and over: 1 GiB in 1 MB.
    const megabyte = deflateRawSync(Buffer.alloc(1 << 20), { finishFlush: constants.Z_FULL_FLUSH })

    it('is refused at once, with little memory', () => {
      let bytes = 0
      let calls = 0
      const walker = new GzipWalker({
        output (chunk) { bytes += chunk.length }, boundary () { calls++ }
      }, { maxOutput: 20_000_000 })
      const before = process.memoryUsage().arrayBuffers
      walker.push(PLAIN_HEADER)
      assert.throws(() => { for (let n = 0; n < 1024; n++) walker.push(megabyte) }, /more than 20000000 bytes/)
      assert.ok(bytes <= 20_000_000)
      assert.ok(calls < 100)
      assert.ok(process.memoryUsage().arrayBuffers - before < 4 << 20)
    })

    it('holds to a limit that is set on the way', () => {
      const content = contentOf('runs', 100_000, 1)
      const limited = (maxOutput: number) => {
        const walker = new GzipWalker({ output () { walker.limit(maxOutput) }, boundary () {} }, { stops: [544], maxOutput: 1000 })
        walker.push(member(content))
        return walker.end().bytesOut
      }
      assert.equal(limited(100_000), 100_000)
      assert.throws(() => limited(99_999), GzipDamaged)
      assert.throws(() => limited(300), GzipDamaged)
    })

    it('may have exactly as much as is allowed', () => {
      assert.equal(walk(BY_HAND, { maxOutput: 7 }).bytesOut, 7)
      assert.throws(() => walk(BY_HAND, { maxOutput: 6 }), GzipDamaged)
    })
  })
})

/** Where the member's second block and the further ones begin: pako stops at each of them (zlib.h: inflate, Z_BLOCK). */
function blocksByPako (file: Buffer, start: BlockBoundary): BlockBoundary[] {
  const [IN_LAST_BLOCK, AT_BLOCK_END, RAW_DEFLATE] = [64, 128, -15]
  const blocks: BlockBoundary[] = []
  const stream = new pako.ZStream()
  pako.zlibInflateInit2(stream, RAW_DEFLATE)
  Object.assign(stream, { input: file, next_in: start.inOffset, avail_in: file.length - start.inOffset, output: new Uint8Array(65536) })
  let { outOffset } = start
  for (;;) {
    Object.assign(stream, { next_out: 0, avail_out: 65536 })
    const status = pako.zlibInflate(stream, pako.Z_BLOCK)
    outOffset += stream.next_out
    if (status === pako.Z_STREAM_END) return blocks
    assert.equal(status, pako.Z_OK)
    if ((stream.data_type & (IN_LAST_BLOCK | AT_BLOCK_END)) !== AT_BLOCK_END) continue
    const bits = stream.next_in * 8 - (stream.data_type & 63)
    blocks.push({ outOffset, inOffset: bits >> 3, bit: bits & 7, memberStart: false })
  }
}

/** How much Node's zlib can produce from the first `end` bytes of a file with a plain header. */
function deflatedPrefix (file: Buffer, end: number): number {
  return gunzipSync(file.subarray(0, end), { finishFlush: constants.Z_SYNC_FLUSH }).length
}
