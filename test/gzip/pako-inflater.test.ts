import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { deflateRawSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { WINDOW_BYTES } from '../../src/gzip/inflater.js'
import type { AccessPoint } from '../../src/gzip/inflater.js'
import { PakoInflater } from '../../src/gzip/pako-inflater.js'
import { anyGzipFile, contentOf, member, walk } from './gzip-streams.js'
import { sourceFile } from '../support/source-file.js'

/** From a point to the end of its member, with input in pieces: the output, each block on the way, and the byte after the end. */
function inflate (file: Buffer, start: AccessPoint, { piece, most }: { piece: number, most: number }) {
  const inflater = new PakoInflater()
  inflater.begin(start)
  const chunks: Buffer[] = []
  const blocks: { outOffset: number, inOffset: number, bit: number }[] = []
  let { inOffset, outOffset } = start
  for (;;) {
    const stop = inflater.run(most)
    assert.ok(inflater.output.length <= most + 264)
    chunks.push(Buffer.from(inflater.output))
    outOffset += inflater.output.length
    if (stop === 'end') return { content: Buffer.concat(chunks), blocks, end: inflater.inOffsetAfter }
    if (stop === 'block') {
      blocks.push({ outOffset, ...inflater.position })
      const before = Buffer.concat([start.history, ...chunks])
      assert.deepEqual(Buffer.from(inflater.history), before.subarray(Math.max(0, before.length - WINDOW_BYTES)))
    }
    if (stop !== 'input') continue
    const bytes = file.subarray(inOffset, inOffset + Math.min(piece, inflater.room().length))
    assert.ok(bytes.length > 0, 'it asks for input after the end of the file')
    inflater.room().set(bytes)
    inflater.fed(bytes.length)
    inOffset += bytes.length
  }
}

describe('the decoder for machines without SIMD', () => {
  it('inflates from any block of any file as Node does, and finds the same blocks as our own inflater', () => {
    fc.assert(fc.property(anyGzipFile, fc.nat(), fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 90_000 }), ({ file }, pick, piece, most) => {
      const content = gunzipSync(file)
      const { points, boundaries } = walk(file)
      const n = pick % points.length
      const start = points[n]!
      const found = inflate(file, start, { piece, most })
      const nextMember = boundaries.findIndex(({ memberStart }, at) => at > n && memberStart)
      const until = nextMember < 0 ? boundaries.length : nextMember
      assert.deepEqual(found.blocks, boundaries.slice(n + 1, until).map(({ outOffset, inOffset, bit }) => ({ outOffset, inOffset, bit })))
      assert.deepEqual(found.content, content.subarray(start.outOffset, boundaries[until]?.outOffset))
    }), { numRuns: 60 })
  })

  it('says after which byte the data ends', () => {
    const content = contentOf('text', 100_000, 1)
    const deflated = deflateRawSync(content)
    const file = member(content)
    assert.equal(inflate(file, walk(file).points[0]!, { piece: 1000, most: 50_000 }).end, 10 + deflated.length)
  })

  it('refuses damage with zlib\'s words, and can begin anew after it', () => {
    const inflater = new PakoInflater()
    const start = { inOffset: 0, bit: 0, history: new Uint8Array(0) }
    inflater.begin(start)
    inflater.room().set([0xff])
    inflater.fed(1)
    assert.throws(() => inflater.run(100), (error: Error) => error instanceof GzipDamaged && error.message.startsWith('invalid block type'))
    inflater.begin(start)
    const deflated = deflateRawSync('again')
    inflater.room().set(deflated)
    inflater.fed(deflated.length)
    assert.equal(inflater.run(100), 'end')
    assert.equal(Buffer.from(inflater.output).toString(), 'again')
  })

  it('takes over where there is no WebAssembly', () => {
    const file = member(Buffer.from('a small file'))
    const script = `
      import { idleInflater } from ${JSON.stringify(sourceFile('gzip/choose-inflater'))}
      import { inflateRange, startPoint } from ${JSON.stringify(sourceFile('gzip/inflate-range'))}
      const file = Buffer.from('${file.toString('hex')}', 'hex')
      const read = (at, into) => file.copy(into, 0, at)
      inflateRange(read, startPoint(read), 2, 5, (chunk) => console.log(idleInflater().constructor.name, Buffer.from(chunk).toString()))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--jitless', '--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.equal(stdout, 'PakoInflater small\n', stderr)
  })
})
