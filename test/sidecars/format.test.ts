import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { historyIn, isReference, sidecarOf } from '../../src/sidecars/format.js'

const volume = {
  headerBytes: Uint8Array.of(1, 2, 3),
  slabs: { ends: Float64Array.of(10, 20), crcs: Uint32Array.of(0xdeadbeef, 7) },
  points: [
    { outOffset: 0, inOffset: 18, bit: 0, history: new Uint8Array(0) },
    { outOffset: 2 ** 33, inOffset: 99, bit: 5, history: Buffer.from('123456789') }
  ]
}

// As the comment in src/sidecars/format.ts lays it out, written down by hand. CRC-32 of "123456789" is the check value of the CRC catalogue.
const EXPECTED = [
  Buffer.from('NIISIDE1').toString('hex'), '02000000', '02000000', '03000000', '01000000',
  '0102030000000000',
  '0000000000002440', '0000000000003440',
  'efbeadde', '07000000',
  '0000000000000000', '0000000000003240', '00000000', '78000000', '00000000', '00000000',
  '0000000000000042', '0000000000c05840', '05000000', '78000000', '09000000', '2639f4cb',
  Buffer.from('123456789').toString('hex')
].join('')

describe('a sidecar', () => {
  it('is laid out as its format says', () => {
    const { bytes, table } = sidecarOf(volume)
    assert.equal(bytes.toString('hex'), EXPECTED)
    assert.equal(table, bytes.length - 9)
  })

  it('gives a history by its reference, and nothing where it is damaged or cut short', () => {
    const { bytes, points } = sidecarOf(volume)
    assert.equal(points[0]!.history.length, 0, 'a point without a history refers to none')
    const reference = points[1]!.history
    assert.equal(Buffer.from(historyIn(bytes, reference)!).toString(), '123456789')
    const damaged = Buffer.from(bytes)
    damaged[bytes.length - 2]! ^= 1
    assert.equal(historyIn(damaged, reference), undefined)
    assert.equal(historyIn(bytes.subarray(0, -1), reference), undefined)
    assert.equal(historyIn(Buffer.alloc(0), reference), undefined)
  })

  it('is referred to by what no deflated history can be', () => {
    const [, { history }] = sidecarOf(volume).points as [unknown, { history: Uint8Array }]
    assert.equal(isReference(history), true)
    assert.throws(() => inflateRawSync(history), /invalid block type/)
    assert.equal(isReference(Buffer.from('123456789')), false)
  })
})
