import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { asDecimalString, decimalString } from '../../src/dicom/decimal-string.js'

describe('a decimal string (PS3.5, 6.2, DS)', () => {
  it('is the number as it is where that fits in 16 bytes', () => {
    assert.deepEqual([0, -0, 1, -600, 0.7, 1e-7, 1234567890123456].map(decimalString), ['0', '0', '1', '-600', '0.7', '1e-7', '1234567890123456'])
  })

  it('keeps as many digits as fit, rounded, where it does not', () => {
    assert.equal(decimalString(1 / 3), '0.33333333333333')
    assert.equal(decimalString(-1 / 3), '-0.3333333333333')
    assert.equal(decimalString(-2 / 3), '-0.6666666666667')
    assert.equal(decimalString(-123.45678901234567), '-123.45678901235')
    assert.equal(decimalString(-1.2345678901234567e-100), '-1.23456789e-100')
  })

  it('never takes more than 16 bytes and never loses more than it must', () => {
    for (let n = 0; n < 2_000; n++) {
      const value = Math.sin(n) * 10 ** (n % 12 - 6)
      const text = decimalString(value)
      assert.ok(text.length <= 16, text)
      assert.match(text, /^-?\d+(\.\d+)?(e[+-]\d+)?$/)
      assert.ok(Math.abs(Number(text) - value) <= Math.abs(value) * 1e-9, `${text} for ${value}`)
      assert.equal(asDecimalString(value), Number(text))
    }
  })
})
