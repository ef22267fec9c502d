import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maskBits } from '../../src/nifti/lesion.js'
import { MaskStatistics, MOST_VALUES } from '../../src/nifti/mask-statistics.js'
import type { TypedArray } from '../../src/nifti/datatype.js'

const UNSCALED = { slope: 1, inter: 0, scales: false }
const scaled = (slope: number, inter: number) => ({ slope, inter, scales: true })
const bits = (stored: TypedArray, scaling = UNSCALED) => [...maskBits(stored, scaling)]

/** What the statistics say of one slab of these values, ni of them in a row. */
function statisticsOf (stored: TypedArray, scaling = UNSCALED, ni = stored.length) {
  const statistics = new MaskStatistics({ shape: [ni, stored.length / ni, 1], ...scaling })
  statistics.add(stored, 0)
  return statistics
}

describe('a voxel of a mask is lesion', () => {
  it('where its value is neither 0 nor NaN', () => {
    assert.deepEqual(bits(Float32Array.of(0, -0, NaN, 1, -1, 0.001, Infinity, 255)), [0, 0, 0, 1, 1, 1, 1, 1])
    assert.deepEqual(bits(BigUint64Array.of(0n, 2n ** 63n)), [0, 1])
    assert.deepEqual(bits(Float64Array.of(1e-300)), [1])
  })

  it('by the scaled value: nibabel\'s 0.0 and 1.0 over the whole int16 range', () => {
    // nibabel 5.4.2, float 0 and 1 with an int16 header: scl_slope 1.5259022e-05, scl_inter 0.5000076.
    const [slope, inter] = [Math.fround(1 / 65535), Math.fround(32768 / 65535)]
    assert.deepEqual(bits(Int16Array.of(-32768, 32767), scaled(slope, inter)), [0, 1])
    assert.deepEqual(bits(Uint8Array.of(0, 255), scaled(Math.fround(1 / 255), 0)), [0, 1])
  })

  it('half a step of the scale, 7.6e-6 here, counts as 0, and the next value does not', () => {
    const slope = Math.fround(1 / 65535)
    assert.ok(Math.abs(-32768 * slope + 0.5) > 7.6e-6)
    assert.deepEqual(bits(Int16Array.of(-32768, -32767, -32766), scaled(slope, 0.5)), [0, 0, 1])
    assert.deepEqual(bits(Int16Array.of(-1, 0, 1, 2), scaled(2, -1)), [1, 0, 0, 1])
  })

  it('with an inverted slope, where the stored 0 is the lesion', () => {
    assert.deepEqual(bits(Uint8Array.of(0, 1), scaled(-1, 1)), [1, 0])
    assert.deepEqual(bits(Int16Array.of(32767, -32768), scaled(Math.fround(-1 / 65535), Math.fround(32767 / 65535))), [0, 1])
  })

  it('with an intercept alone, and in 64 bits', () => {
    assert.deepEqual(bits(Int16Array.of(-1024, -1023), scaled(1, 1024)), [0, 1])
    assert.deepEqual(bits(BigInt64Array.of(-4n, -3n, 5n), scaled(0.5, 2)), [0, 1, 1])
  })

  it('floats are not quantised: what remains of a scaled 0 is rounding alone', () => {
    assert.deepEqual(bits(Float32Array.of(0.1, 0.2, 0.3), scaled(10, -1)), [0, 1, 1])
    assert.deepEqual(bits(Float32Array.of(0, 0.3), scaled(2, 0)), [0, 1])
  })
})

describe('MaskStatistics', () => {
  it('counts lesion voxels by i, by j and by k, by the same rule', () => {
    const statistics = new MaskStatistics({ shape: [3, 2, 2], ...scaled(-1, 1) })
    statistics.add(Uint8Array.of(0, 1, 1, 0, 0, 1), 0)
    statistics.add(Uint8Array.of(1, 1, 1, 1, 1, 0), 1)
    assert.deepEqual(statistics.lesion.map((along) => [...along]), [[2, 1, 1], [1, 3], [3, 1]])
  })

  it('tabulates values, scaled, and a whole number but for rounding as that number', () => {
    const { values } = statisticsOf(Int16Array.of(-32768, -32768, 32767, -32768), scaled(Math.fround(1 / 65535), Math.fround(32768 / 65535)), 2)
    assert.deepEqual(values, { seen: [{ value: 0, voxels: 3 }, { value: 1, voxels: 1 }], others: 0, nan: 0, negative: { voxels: 0, least: 0 }, fractions: { voxels: 0, least: 0, largest: 0 } })
  })

  it('tells negative values and fractions, and NaN apart from both', () => {
    const { values, lesion } = statisticsOf(Float32Array.of(0, -1024, 0.25, 1, NaN, NaN, 0.5, -0.5))
    assert.deepEqual(values.seen.map(({ value, voxels }) => [value, voxels]), [[-1024, 1], [-0.5, 1], [0, 1], [0.25, 1], [0.5, 1], [1, 1]])
    assert.deepEqual([values.nan, values.negative, values.fractions], [2, { voxels: 2, least: -1024 }, { voxels: 3, least: -0.5, largest: 0.5 }])
    assert.deepEqual([...lesion[2]], [5])
  })

  it('keeps a bounded number of values apart, and counts the voxels of the rest', () => {
    const count = MOST_VALUES + 300
    const { values, lesion } = statisticsOf(Float64Array.from({ length: count }, (_, n) => n + 1))
    assert.equal(values.seen.length, MOST_VALUES)
    assert.equal(values.others, 300)
    assert.equal(lesion[2][0], count)
    assert.equal(statisticsOf(Float64Array.of(Infinity, -Infinity, 0)).values.others, 2)
  })
})
