import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32, deflateRawSync, gunzipSync } from 'node:zlib'
import { GzipDamaged } from '../../src/gzip/damaged.js'
import { checkTrailer, endOfMemberHeader, LONGEST_HEADER } from '../../src/gzip/member.js'
import { trailerOf } from './gzip-streams.js'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const withChecksum = (header: Buffer): Buffer => {
  const sum = Buffer.alloc(2)
  sum.writeUInt16LE(crc32(header) & 0xffff)
  return Buffer.concat([header, sum])
}

/** Headers by hand, after RFC 1952, 2.3: ID1 ID2 CM FLG, MTIME, XFL OS, then the optional fields. */
const HEADERS: Record<string, Buffer> = {
  plain: hex('1f8b08 00 00000000 00 ff'),
  'with the text hint and a time': hex('1f8b08 01 12345678 02 03'),
  'with an extra field': hex('1f8b08 04 00000000 00 ff 0600 4243 0200 1b00'),
  'with an empty extra field': hex('1f8b08 04 00000000 00 ff 0000'),
  'with a file name': Buffer.concat([hex('1f8b08 08 00000000 00 03'), Buffer.from('study_0001.nii\0')]),
  'with an empty name and a comment': Buffer.concat([hex('1f8b08 18 00000000 00 03 00'), Buffer.from('a comment\0')]),
  'with a checksum': withChecksum(hex('1f8b08 02 00000000 00 ff')),
  'with everything': withChecksum(Buffer.concat([hex('1f8b08 1f 00000000 00 ff 0300 000000'), Buffer.from('name\0comment\0')]))
}

describe('endOfMemberHeader', () => {
  for (const [kind, header] of Object.entries(HEADERS)) {
    it(`passes over a header ${kind}, as Node's gunzip does`, () => {
      const content = Buffer.from('content')
      const file = Buffer.concat([header, deflateRawSync(content), trailerOf(content)])
      assert.equal(endOfMemberHeader(file, 0, 0), header.length)
      assert.deepEqual(gunzipSync(file), content)
    })

    it(`waits for the rest of a header ${kind}`, () => {
      for (let present = 0; present < header.length; present++) {
        assert.equal(endOfMemberHeader(header.subarray(0, present), 0, 0), undefined)
      }
    })
  }

  it('starts where it is told to', () => {
    assert.equal(endOfMemberHeader(Buffer.concat([Buffer.from('before'), HEADERS['plain']!]), 6, 0), 16)
  })

  const refused: Array<[string, Buffer, RegExp]> = [
    ['other magic bytes', hex('1f8c'), /not a gzip member/],
    ['a compression method other than DEFLATE', hex('1f8b07 00 00000000 00 ff'), /compression method 7/],
    ['reserved flags', hex('1f8b08 20 00000000 00 ff'), /reserved flags/],
    ['a wrong header checksum', hex('1f8b08 02 00000000 00 ff 0000'), /checksum/],
    ['a name without an end', Buffer.concat([hex('1f8b08 08 00000000 00 03'), Buffer.alloc(LONGEST_HEADER, 'a')]), /does not end/]
  ]
  for (const [what, header, reason] of refused) {
    it(`refuses ${what}, and says where`, () => {
      assert.throws(() => endOfMemberHeader(header, 0, 1234), (error) => {
        assert.ok(error instanceof GzipDamaged)
        assert.equal(error.inputByte, 1234)
        assert.match(error.message, reason)
        return true
      })
    })
  }
})

describe('checkTrailer', () => {
  // CRC-32 of "123456789" is the check value of every catalogue of CRCs.
  const trailer = hex('2639f4cb 09000000')

  it('accepts the checksum and the size, low byte first', () => {
    checkTrailer(trailer, 0xcbf43926, 9, 0)
  })

  it('holds the size modulo 2^32', () => {
    checkTrailer(trailer, 0xcbf43926, 9 + 2 ** 32, 0)
  })

  it('refuses another checksum or size', () => {
    assert.throws(() => checkTrailer(trailer, 0xcbf43927, 9, 7), GzipDamaged)
    assert.throws(() => checkTrailer(trailer, 0xcbf43926, 10, 7), GzipDamaged)
  })
})
