import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resampleLinear, resampleNearest } from '../../src/render/resample.js'
import { close } from '../support/close.js'

const IMAGE = Float64Array.of(0, 10, 20, 30, 40, 55, 5, -3, 8, 100, 7, 1, 9, 9, 1, 2, 60, 61, -70, 0, 33, 3, 2, 8)
const FROM = { rows: 4, columns: 6 }

/** Pillow 13.0.0: Image.fromarray(IMAGE as float32).resize((columns, rows), BILINEAR). */
const PILLOW: [columns: number, rows: number, values: number[]][] = [
  [3, 2, [5.040816307067871, 29.678571701049805, 34.32653045654297, -7.183673858642578, 15.928571701049805, 26.897958755493164]],
  [4, 3, [3.2249999, 16.8111115, 40.1888885, 35.5374985, 5.5, 9.166666, 40, 31.9375,
    -27.9249992, 14.1999998, 10.5666666, 22.2124996]],
  [9, 5, [0, 5, 11.666667, 18.333334, 25, 31.666666, 38.3333321, 47.5, 55,
    3.5, 2.2, 2.6833334, 9.8166666, 45.2999992, 68.6500015, 27.25, 17.0499992, 17.2000008,
    7, 5, 3.25, 4.25, 27.75, 48.0833321, 36.4166641, 32.25, 31,
    -14.6999998, -4.1999998, 7.0166664, 9.8833332, 6.4499998, 9.0166664, 35.8833313, 43.8499985, 45.0999985,
    -70, -35, 5.5, 27.5, 18, 2.8333333, 2.1666667, 5, 8]],
  [1, 1, [18.283178329467773]]
]

describe('resampleLinear', () => {
  it('agrees with Pillow, shrinking and growing', () => {
    for (const [columns, rows, expected] of PILLOW) {
      close([...resampleLinear(IMAGE, FROM, { rows, columns }, 'float64') as Float64Array], expected, 1e-5)
    }
  })

  it('doubles a row by halves and quarters, and repeats the edges: worked by hand', () => {
    const doubled = resampleLinear(Float64Array.of(0, 4, 8), { rows: 1, columns: 3 }, { rows: 1, columns: 6 }, 'float64')
    assert.deepEqual([...doubled], [0, 1, 3, 5, 7, 8])
  })

  it('halves a row by weights 1 3 3 1, cut at the edges: worked by hand', () => {
    const halved = resampleLinear(Float64Array.of(7, 0, 0, 0, 0, 8), { rows: 1, columns: 6 }, { rows: 1, columns: 3 }, 'float64')
    assert.deepEqual([...halved], [3, 0, 24 / 7])
  })

  it('leaves a slice of the same extent as it is', () => {
    assert.deepEqual(resampleLinear(IMAGE, FROM, FROM, 'float64'), IMAGE)
  })

  it('casts once, after resampling: ties to even', () => {
    const doubled = resampleLinear(Float64Array.of(0, 2), { rows: 1, columns: 2 }, { rows: 1, columns: 4 }, 'int16')
    assert.deepEqual([...doubled], [0, 0, 2, 2]) // of 0, 0.5, 1.5, 2
  })

  it('lets NaN spread to what it has a part in, and no further', () => {
    const row = Float64Array.of(1, 1, NaN, 1, 1, 1, 1, 1)
    const grown = [...resampleLinear(row, { rows: 1, columns: 8 }, { rows: 1, columns: 16 }, 'float64') as Float64Array]
    assert.deepEqual(grown.map(Number.isNaN), grown.map((_, x) => x >= 3 && x <= 6))
    const same = [...resampleLinear(row, { rows: 1, columns: 8 }, { rows: 3, columns: 8 }, 'float64') as Float64Array]
    assert.deepEqual(same.map(Number.isNaN), same.map((_, x) => x % 8 === 2))
  })
})

describe('resampleNearest', () => {
  it('takes pixel floor((x + 0.5) * from / to) on each axis', () => {
    const five = Uint8Array.of(0, 1, 2, 3, 4)
    const row = (columns: number) => [...resampleNearest(five, { rows: 1, columns: 5 }, { rows: 1, columns })]
    assert.deepEqual(row(3), [0, 2, 4])
    assert.deepEqual(row(2), [1, 3])
    assert.deepEqual(row(1), [2])
    assert.deepEqual(row(10), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    assert.deepEqual([...resampleNearest(five, { rows: 5, columns: 1 }, { rows: 3, columns: 2 })], [0, 0, 2, 2, 4, 4])
  })

  it('takes the right pixel where the centre lies on an edge, at every size', () => {
    for (let to = 1; to <= 100; to++) {
      const taken = resampleNearest(Uint8Array.from({ length: 49 }, (_, n) => n), { rows: 1, columns: 49 }, { rows: 1, columns: to })
      taken.forEach((source, x) => assert.equal(source, Number((2n * BigInt(x) + 1n) * 49n / (2n * BigInt(to)))))
    }
  })
})
