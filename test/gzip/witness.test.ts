import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync, crc32 } from 'node:zlib'
import fc from 'fast-check'
import { firstDifference, ownBlocks, pakoBlocks } from '../../src/gzip/witness.js'
import type { BlockWalk, Ending } from '../../src/gzip/witness.js'
import { anyGzipFile, contentOf, member } from './gzip-streams.js'

const ENOUGH = 1e9
const reading = (file: Uint8Array) => (offset: number, into: Uint8Array): number => {
  const part = file.subarray(offset, offset + into.length)
  into.set(part)
  return part.length
}
const ours = (file: Uint8Array, most = ENOUGH) => ownBlocks(reading(file), most)
const pakos = (file: Uint8Array, most = ENOUGH) => pakoBlocks(reading(file), most)
const endingOf = (walk: BlockWalk): Ending => {
  for (;;) {
    const step = walk.next()
    if (step.done === true) return step.value
  }
}
/** The blocks of CT-like content are many, and its file is longer than what is read at once. */
const CT = contentOf('ct', 6_000_000, 1)
const LONG = member(CT)

describe('the witness beside our inflater', () => {
  it('agrees on files of any kind, block by block and to the bit', () => {
    fc.assert(fc.property(anyGzipFile, ({ file }) => {
      assert.equal(firstDifference(ours(file), pakos(file)), null)
    }), { numRuns: 60 })
  })

  it('says of a file what Node says, over many reads, two members and bytes after them', () => {
    assert.ok(LONG.length > 2 ** 20)
    const file = Buffer.concat([LONG, member(Buffer.from('more')), Buffer.from('junk')])
    const content = gunzipSync(file.subarray(0, -4))
    const ending = { damage: null, bytesOut: content.length, crc: crc32(content), members: 2, trailingBytes: 4 }
    assert.deepEqual(endingOf(pakos(file)), ending)
    assert.deepEqual(endingOf(ours(file)), ending)
    assert.equal(firstDifference(ours(file), pakos(file)), null)
  })

  it('finds the damage that our inflater finds: a flipped bit, a truncated file, a wrong checksum or size, extra content', () => {
    const turned = Buffer.from(LONG)
    turned[turned.length >> 1]! ^= 4
    const sumOf = (at: number) => { const file = Buffer.from(LONG); file[file.length - at]! ^= 1; return file }
    for (const file of [turned, LONG.subarray(0, -9), LONG.subarray(0, 5), Buffer.alloc(0), sumOf(8), sumOf(4), Buffer.from('nothing')]) {
      for (const walk of [ours(file), pakos(file)]) assert.notEqual(endingOf(walk).damage, null)
      assert.equal(firstDifference(ours(file), pakos(file)), null)
    }
    for (const walk of [ours(LONG, CT.length - 1), pakos(LONG, CT.length - 1)]) assert.match(endingOf(walk).damage!, /^more than 5999999 bytes of content/)
  })

  it('says where the two first differ', () => {
    const [a, b] = [member(Buffer.from('aaaa')), member(Buffer.from('aaab'))]
    assert.equal(firstDifference(ours(a), pakos(b)),
      'our inflater finds 4 bytes of content in 1 members with CRC-32 ad98e545, and 0 bytes after them; pako finds 4 bytes of content in 1 members with CRC-32 3491b4ff, and 0 bytes after them')
    assert.match(firstDifference(ours(LONG.subarray(0, -9)), pakos(LONG))!, /^our inflater finds damage: the file ends within a gzip member .*; pako finds 6000000 bytes of content/)
    assert.match(firstDifference(ours(LONG), pakos(LONG.subarray(0, -9)))!, /pako finds damage: the file ends within a gzip member$/)
    assert.match(firstDifference(ours(LONG), pakos(member(CT, { level: 1 })))!, /^our inflater finds block 2 at bit \d of byte \d+, after \d+ bytes of content; pako finds block 2 at/)
    assert.equal(firstDifference(ours(a), pakos(Buffer.concat([a, a]))), 'only pako finds a block 2')
  })
})
