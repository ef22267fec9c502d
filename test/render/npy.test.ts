import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DESCR, npyHeader } from '../../src/render/npy.js'

describe('npyHeader', () => {
  it('writes the bytes numpy.save writes (numpy 2.4)', () => {
    const expected: [string, number[], string, number][] = [
      ['<i2', [512, 512], "{'descr': '<i2', 'fortran_order': False, 'shape': (512, 512), }", 54],
      ['|u1', [3], "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", 60],
      ['<f2', [100000, 7, 3], "{'descr': '<f2', 'fortran_order': False, 'shape': (100000, 7, 3), }", 50]
    ]
    for (const [descr, shape, dict, spaces] of expected) {
      assert.equal(Buffer.from(npyHeader(descr, shape)).toString('latin1'), `\x93NUMPY\x01\x00\x76\x00${dict}${' '.repeat(spaces)}\n`)
    }
  })

  it('ends on a multiple of 64, so that the values behind it are aligned', () => {
    for (let digits = 1; digits < 60; digits++) {
      const header = npyHeader('<f8', Array<number>(digits).fill(1))
      assert.equal(header.length % 64, 0)
      assert.equal(new DataView(header.buffer, header.byteOffset).getUint16(8, true), header.length - 10)
    }
  })

  it('names half precision <f2, and gives single bytes no byte order', () => {
    assert.deepEqual([DESCR.float16, DESCR.int8, DESCR.uint8, DESCR.uint64], ['<f2', '|i1', '|u1', '<u8'])
  })
})
