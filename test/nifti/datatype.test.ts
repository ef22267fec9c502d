import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { VolumeUnreadable } from '../../src/errors.js'
import { datatypeNamed, datatypeOf, type DatatypeName } from '../../src/nifti/datatype.js'

describe('datatypeOf', () => {
  const served: [number, DatatypeName, number, new (...args: never[]) => object][] = [
    [256, 'int8', 1, Int8Array],
    [2, 'uint8', 1, Uint8Array],
    [4, 'int16', 2, Int16Array],
    [512, 'uint16', 2, Uint16Array],
    [8, 'int32', 4, Int32Array],
    [768, 'uint32', 4, Uint32Array],
    [1024, 'int64', 8, BigInt64Array],
    [1280, 'uint64', 8, BigUint64Array],
    [16, 'float32', 4, Float32Array],
    [64, 'float64', 8, Float64Array]
  ]
  for (const [code, name, bytes, array] of served) {
    it(`knows ${code} as ${name}`, () => {
      const datatype = datatypeOf(code)
      assert.deepEqual({ ...datatype }, { name, code, bytes })
      assert.equal(datatypeNamed(name), datatype)
      const buffer = new ArrayBuffer(24)
      const view = datatype.view(buffer, 8, 2)
      assert.ok(view instanceof array)
      assert.deepEqual([view.buffer, view.byteOffset, view.length, view.byteLength], [buffer, 8, 2, 2 * bytes])
    })
  }

  it('looks at shared memory without a copy', () => {
    const shared = new SharedArrayBuffer(4)
    new Uint8Array(shared).set([0x34, 0x12, 0xff, 0xff])
    assert.deepEqual([...datatypeNamed('int16').view(shared, 0, 2)], [0x1234, -1])
  })

  const refused: [number, string][] = [
    [0, 'unknown'], [1, 'binary'], [32, 'complex64'], [128, 'RGB24'], [1536, 'float128'], [1792, 'complex128'],
    [2048, 'complex256'], [2304, 'RGBA32']
  ]
  for (const [code, name] of refused) {
    it(`refuses ${name} by its name`, () => {
      assert.throws(() => datatypeOf(code), (error) => error instanceof VolumeUnreadable && error.message.includes(`datatype is ${code} (${name})`))
    })
  }

  it('refuses codes that the standard does not define', () => {
    for (const code of [3, -4, 9999]) assert.throws(() => datatypeOf(code), /does not define/)
  })
})
