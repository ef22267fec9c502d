import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { float16Bits } from '../../src/render/float16.js'

/** What the bits mean, by the definition in IEEE 754-2008, 3.4. */
function valueOf (bits: number): number {
  const [sign, exponent, fraction] = [bits >>> 15 === 0 ? 1 : -1, (bits >>> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

describe('float16Bits', () => {
  it('writes known numbers as NumPy does', () => {
    const known: [number, number][] = [
      [0, 0x0000], [-0, 0x8000], [1, 0x3c00], [-2, 0xc000], [0.1, 0x2e66], [1 / 3, 0x3555], [65504, 0x7bff],
      [2 ** -14, 0x0400], [6.097555160522461e-05, 0x03ff], [2 ** -24, 0x0001], [NaN, 0x7e00], [Infinity, 0x7c00], [-Infinity, 0xfc00]
    ]
    for (const [value, bits] of known) assert.equal(float16Bits(value), bits, String(value))
  })

  it('gives every half-precision number back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = valueOf(bits)
      if (!Number.isNaN(value)) assert.equal(float16Bits(value), bits)
    }
  })

  it('rounds ties to even, and anything beyond a tie up, among normal numbers and subnormals', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const tie = (valueOf(bits) + valueOf(bits + 1)) / 2
      assert.equal(float16Bits(tie), bits % 2 === 0 ? bits : bits + 1)
      assert.equal(float16Bits(tie * (1 + 2 ** -50)), bits + 1)
      assert.equal(float16Bits(tie * (1 - 2 ** -50)), bits)
    }
  })

  it('rounds once: by way of float32 this number would become 1', () => {
    const value = 1 + 2 ** -11 + 2 ** -40
    assert.equal(float16Bits(Math.fround(value)), 0x3c00)
    assert.equal(float16Bits(value), 0x3c01)
  })

  it('clamps finite overflow, where IEEE would round to infinity', () => {
    for (const value of [65505, 65520, 1e6, Number.MAX_VALUE]) {
      assert.equal(float16Bits(value), 0x7bff)
      assert.equal(float16Bits(-value), 0xfbff)
    }
  })

  it('lets what is less than half of the smallest number become zero of its sign', () => {
    assert.equal(float16Bits(2 ** -25), 0)
    assert.equal(float16Bits(-Number.MIN_VALUE), 0x8000)
    assert.equal(float16Bits(2 ** -25 * 1.0000001), 1)
  })
})
