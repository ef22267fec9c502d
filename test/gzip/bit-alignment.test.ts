import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { inflateRaw } from 'pako'
import { ALIGN_ROOM, alignTo } from '../../src/gzip/bit-alignment.js'

/** Puts bytes `bit` bits further up; ones stand in the bits below, as of a block before. */
function movedUp (bytes: Uint8Array, bit: number): Buffer {
  const moved = Buffer.alloc(bytes.length + 1)
  bytes.forEach((byte, n) => {
    moved[n]! |= byte << bit
    moved[n + 1]! |= byte >> (8 - bit)
  })
  moved[0]! |= (1 << bit) - 1
  return moved
}

describe('alignTo', () => {
  for (const bit of [0, 1, 2, 3, 4, 5, 6, 7]) {
    it(`lets Node's zlib and pako start at bit ${bit} of a byte`, () => {
      const block = movedUp(Buffer.from('4b0400', 'hex'), bit) // "a" in a final block of fixed codes
      const buffer = Buffer.concat([Buffer.alloc(ALIGN_ROOM, 0xa5), block])
      const from = alignTo(buffer, ALIGN_ROOM, bit)
      assert.ok(from >= 0 && from <= ALIGN_ROOM)
      assert.equal(inflateRawSync(buffer.subarray(from)).toString(), 'a')
      assert.equal(Buffer.from(inflateRaw(buffer.subarray(from))).toString(), 'a')
      assert.deepEqual(buffer.subarray(ALIGN_ROOM + 1), block.subarray(1))
      assert.equal(buffer[ALIGN_ROOM]! >> bit, block[0]! >> bit)
    })

    it(`keeps the byte boundary of a stored block that begins at bit ${bit}`, () => {
      // BFINAL 1, BTYPE 00 at the bit; what is left of that byte (or of the next) is padding; LEN, NLEN, data.
      const block = Buffer.concat([movedUp(Buffer.from([1]), bit).subarray(0, bit > 5 ? 2 : 1), Buffer.from('0200fdff', 'hex'), Buffer.from('hi')])
      const buffer = Buffer.concat([Buffer.alloc(ALIGN_ROOM), block])
      const from = alignTo(buffer, ALIGN_ROOM, bit)
      assert.equal(inflateRawSync(buffer.subarray(from)).toString(), 'hi')
      assert.equal(Buffer.from(inflateRaw(buffer.subarray(from))).toString(), 'hi')
    })
  }

  it('refuses a buffer without room before the block', () => {
    assert.throws(() => alignTo(new Uint8Array(100), 5, 1), RangeError)
  })
})
