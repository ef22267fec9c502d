import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { inflateLong, startPoint, type ReadAt } from '../../src/gzip/inflate-long.js'
import { anyGzipFile, contentOf, member, rangeIn, walk } from './gzip-streams.js'

/** Reads a file in memory, at most `most` bytes at a time. */
const readerOf = (file: Buffer, most = Infinity): ReadAt => (inOffset, into) =>
  inOffset >= file.length ? 0 : file.copy(into, 0, inOffset, Math.min(file.length, inOffset + Math.min(into.length, most)))

async function collected (...[read, point, skip, length]: Parameters<typeof inflateLong> extends [...infer Head, unknown] ? Head : never): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  await inflateLong(read, point, skip, length, (chunk) => { chunks.push(chunk) })
  return Buffer.concat(chunks)
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

describe('inflateLong', () => {
  it('gives any range of any gzip file, from any point before it, whatever the reader gives at a time', async () => {
    await fc.assert(fc.asyncProperty(anyGzipFile, fraction, fraction, fc.nat(), fc.integer({ min: 30, max: 200_000 }),
      async ({ file, content }, a, b, pick, most) => {
        const { from, to } = rangeIn(content.length, a, b)
        const before = walk(file).points.filter(({ outOffset }) => outOffset <= from)
        const expected = gunzipSync(file).subarray(from, to)
        for (const point of [startPoint(readerOf(file, most)), before.at(-1)!, before[pick % before.length]!]) {
          assert.deepEqual(await collected(readerOf(file, most), point, from - point.outOffset, to - from), expected)
        }
      }), { numRuns: 60 })
  })

  it('inflates a whole file from its start', async () => {
    const content = contentOf('ct', 3_000_000, 1)
    const read = readerOf(member(content, {}, Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.alloc(9000, 'n'), Buffer.alloc(1)])))
    assert.deepEqual(await collected(read, startPoint(read), 0, content.length), content)
  })

  it('asks for no more of the file once the range is there', async () => {
    const content = contentOf('noise', 5_000_000, 1)
    const file = member(content, { level: 1 })
    let furthest = 0
    const read: ReadAt = (inOffset, into) => {
      furthest = Math.max(furthest, inOffset)
      return readerOf(file)(inOffset, into)
    }
    assert.deepEqual(await collected(read, startPoint(read), 1_000_000, 500_000), content.subarray(1_000_000, 1_500_000))
    assert.ok(furthest < 3_500_000)
  })

  it('waits for its reader, and holds little of the output meanwhile', async () => {
    const file = member(Buffer.alloc(200 << 20), { level: 1 })
    const read = readerOf(file)
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    let bytes = 0
    await inflateLong(read, startPoint(read), 0, 200 << 20, async (chunk) => {
      bytes += chunk.length
      if (bytes % (20 << 20) < chunk.length) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        globalThis.gc?.()
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      }
    })
    assert.equal(bytes, 200 << 20)
    // Without a forced collection dead chunks count too; an unbounded queue would hold most of the 200 MiB.
    assert.ok(most < 100 << 20, `${most} bytes`)
  })

  it('refuses a file that ends before the range does, wherever it is cut', async () => {
    const content = contentOf('text', 4000, 1)
    const file = Buffer.concat([member(content), member(content)])
    for (let length = 0; length < file.length - 16; length += 5) {
      const read = readerOf(file.subarray(0, length))
      await assert.rejects(async () => collected(read, startPoint(read), 0, 8000), GzipDamaged)
    }
    await assert.rejects(async () => collected(readerOf(file), startPoint(readerOf(file)), 0, 8001), GzipDamaged)
  })

  it('refuses blocks that cannot be, and says where', async () => {
    const file = member(contentOf('text', 400_000, 1))
    const { inOffset, bit } = walk(file).points[1]!
    file.writeUInt16LE(file.readUInt16LE(inOffset) | 0b110 << bit, inOffset) // BTYPE 11 (RFC 1951, 3.2.3)
    await assert.rejects(collected(readerOf(file), startPoint(readerOf(file)), 0, 400_000), (error) => {
      assert.ok(error instanceof GzipDamaged, String(error))
      assert.match(error.what, /block type/)
      assert.ok(error.inputByte >= 10 && error.inputByte < file.length, `byte ${error.inputByte} of ${file.length}`)
      return true
    })
  })

  it('ends with what the reader or the taker throws', async () => {
    const file = member(contentOf('noise', 1_000_000, 1))
    const start = startPoint(readerOf(file))
    const broken = new Error('the disk is gone')
    await assert.rejects(collected(() => { throw broken }, start, 0, 100), broken)
    await assert.rejects(inflateLong(readerOf(file), start, 0, 1_000_000, () => { throw broken }), broken)
    await assert.rejects(inflateLong(readerOf(file), start, 0, 1_000_000, async () => { throw broken }), broken)
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
