import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { castSlice } from '../../src/render/cast.js'
import { UNSCALED } from '../../src/render/hounsfield.js'

const scaled = (slope: number, inter: number) => ({ slope, inter, scales: true })
const asInt16 = (...values: number[]) => [...castSlice(Float64Array.from(values), UNSCALED, 'int16')]
const asUint8 = (...values: number[]) => [...castSlice(Float64Array.from(values), UNSCALED, 'uint8')]
const window0to255 = { center: 127.5, width: 255 }

describe('castSlice to integers', () => {
  it('rounds to nearest, ties to even', () => {
    assert.deepEqual(asInt16(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2.500001), [0, 2, 2, 0, -2, -2, 0, 3])
  })

  it('makes NaN 0 and clamps overflow and infinities', () => {
    assert.deepEqual(asInt16(NaN, 32767.5, 1e300, Infinity, -32768.5, -1e300, -Infinity), [0, 32767, 32767, 32767, -32768, -32768, -32768])
    assert.deepEqual(asUint8(NaN, 255.5, -0.5, -1, 254.5, 255.4), [0, 255, 0, 0, 254, 255])
  })

  it('reaches the ends of 32- and 64-bit types', () => {
    const values = Float64Array.of(NaN, 2 ** 70, -(2 ** 70), 1.5, 2 ** 53 + 2)
    const cast = (dtype: 'int32' | 'uint32' | 'int64' | 'uint64') => [...castSlice(values, scaled(1, 0), dtype)]
    assert.deepEqual(cast('int32'), [0, 2147483647, -2147483648, 2, 2147483647])
    assert.deepEqual(cast('uint32'), [0, 4294967295, 0, 2, 4294967295])
    assert.deepEqual(cast('int64'), [0n, 9223372036854775807n, -9223372036854775808n, 2n, 9007199254740994n])
    assert.deepEqual(cast('uint64'), [0n, 18446744073709551615n, 0n, 2n, 9007199254740994n])
  })
})

describe('castSlice to floats', () => {
  it('keeps NaN and infinities and clamps finite overflow', () => {
    const values = Float64Array.of(NaN, Infinity, -Infinity, 1e300, -1e300, 0.1)
    assert.deepEqual([...castSlice(values, UNSCALED, 'float32')],
      [NaN, Infinity, -Infinity, 3.4028234663852886e38, -3.4028234663852886e38, Math.fround(0.1)])
    assert.deepEqual([...castSlice(values, UNSCALED, 'float16')], [0x7e00, 0x7c00, 0xfc00, 0x7bff, 0xfbff, 0x2e66])
  })
})

describe('castSlice', () => {
  it('computes HU in float64: stored * slope + inter, rounded once', () => {
    const slope = Math.fround(0.1)
    assert.deepEqual([...castSlice(Int16Array.of(3, -7), scaled(slope, 1000), 'float32')],
      [Math.fround(3 * slope + 1000), Math.fround(-7 * slope + 1000)])
    assert.deepEqual([...castSlice(Uint8Array.of(1, 3, 5), scaled(0.5, 0), 'int16')], [0, 2, 2])
  })

  it('hands back the very array where there is nothing to do', () => {
    for (const stored of [Int16Array.of(1), Float64Array.of(NaN), BigInt64Array.of(2n ** 62n)]) {
      const dtype = stored instanceof Int16Array ? 'int16' : stored instanceof Float64Array ? 'float64' : 'int64'
      assert.equal(castSlice(stored, { slope: 0, inter: NaN, scales: false }, dtype), stored)
    }
  })

  it('reads 64-bit integers', () => {
    assert.deepEqual([...castSlice(BigInt64Array.of(-5n, 2n ** 62n), UNSCALED, 'int16')], [-5, 32767])
    assert.deepEqual([...castSlice(BigUint64Array.of(7n), scaled(2, 1), 'float32')], [15])
  })

  it('windows to 0-255 in uint8, ties to even, and to 0-1 in floats', () => {
    const hu = Float64Array.of(-1, 0, 0.5, 1.5, 254.5, 255, 300, NaN, Infinity)
    assert.deepEqual([...castSlice(hu, UNSCALED, 'uint8', window0to255)], [0, 0, 0, 2, 254, 255, 255, 0, 255])
    assert.deepEqual([...castSlice(hu.slice(1, 6), UNSCALED, 'float32', { center: 127.5, width: 255 })],
      [0, 0.5, 1.5, 254.5, 255].map((value) => Math.fround(value / 255)))
  })

  it('gives by table, for every 16- and 8-bit value, what the arithmetic gives', () => {
    const scaling = scaled(Math.fround(0.3), -7.25)
    const window = { center: 35.5, width: 333.3 }
    for (const Type of [Int16Array, Uint16Array, Int8Array, Uint8Array]) {
      const every = new Type(Array.from({ length: 65536 }, (_, n) => n))
      const asFloat64 = Float64Array.from(every) // too wide for a table
      for (const dtype of ['uint8', 'float16', 'float32'] as const) {
        assert.deepEqual(castSlice(every, scaling, dtype, window), castSlice(asFloat64, scaling, dtype, window))
      }
      assert.deepEqual(castSlice(every, scaling, 'int16'), castSlice(asFloat64, scaling, 'int16'))
      assert.deepEqual(castSlice(every, UNSCALED, 'float64'), asFloat64)
    }
  })

  it('does not confuse the tables of many windows, types and scalings', () => {
    const stored = new Int16Array(20000).fill(10)
    for (let turn = 0; turn < 2; turn++) {
      for (let inter = 0; inter < 20; inter++) {
        assert.equal(castSlice(stored, scaled(1, inter), 'uint8', window0to255)[19999], 10 + inter)
        assert.equal(castSlice(stored, scaled(1, inter), 'float32')[0], 10 + inter)
      }
    }
  })
})
