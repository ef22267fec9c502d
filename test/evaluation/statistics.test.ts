import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mcnemarP } from '../../src/evaluation/statistics/binomial.js'
import { bootstrapFigures, drawResample } from '../../src/evaluation/statistics/bootstrap.js'
import { aucFigure, compareAuc } from '../../src/evaluation/statistics/delong.js'
import { twoSidedP } from '../../src/evaluation/statistics/normal.js'
import { quantile } from '../../src/evaluation/statistics/quantile.js'
import { midranks } from '../../src/evaluation/statistics/ranks.js'
import { share } from '../../src/evaluation/statistics/wilson.js'
import { wilcoxonP } from '../../src/evaluation/statistics/wilcoxon.js'

// Values by hand, or from the papers; test/interop/evaluation.interop.ts compares hundreds with SciPy and scikit-learn.

const near = (actual: number | null, expected: number, within = 1e-9) => assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual} is not ${expected}`)

describe('bootstrap', () => {
  it('draws the studies that SHA-256 of "seed:b:block" says', () => {
    // python: [int.from_bytes(word) * n >> 32 for each word of hashlib.sha256(b"0:0:0"), then b"0:0:1"]
    const counts = new Uint32Array(10)
    drawResample(0, 0, counts)
    const drawn = [INDICES_0_0_10, INDICES_7_1999_3]
    assert.deepEqual([...counts], Array.from({ length: 10 }, (_, n) => drawn[0]!.filter((index) => index === n).length))
    const few = new Uint32Array(3).fill(9)
    drawResample(7, 1999, few)
    assert.deepEqual([...few], [0, 1, 2].map((n) => drawn[1]!.filter((index) => index === n).length))
  })

  it('leaves out resamples that do not define a metric, and counts them', () => {
    const { rare } = bootstrapFigures(4, { resamples: 100, seed: 0 }, (counts) => ({ rare: counts[0] === 0 ? null : 1 }), () => '')
    assert.ok(rare.undefinedResamples! > 10 && rare.undefinedResamples! < 60, 'about (3/4)^4 of them')
    assert.deepEqual([rare.value, rare.low, rare.high, rare.n, rare.method], [1, 1, 1, 4, 'bootstrap'])
  })

  it('says why a metric is null, and that without resamples there is no interval', () => {
    const { none, some } = bootstrapFigures(2, { resamples: 0, seed: 0 }, () => ({ none: null, some: 5 }), (name) => `${name} of them`)
    assert.deepEqual(none, { value: null, low: null, high: null, n: 2, method: 'bootstrap', reason: 'none of them' })
    assert.deepEqual(some, { value: 5, low: null, high: null, n: 2, method: 'none', reason: 'no resamples were asked for' })
  })
})

const INDICES_0_0_10 = [9, 0, 1, 3, 1, 7, 9, 1, 3, 0]
const INDICES_7_1999_3 = [0, 0, 0]

describe('quantile', () => {
  it('interpolates linearly, and does not get lost at infinity', () => {
    assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5)
    assert.equal(quantile([1, 2, 3, 4], 0), 1)
    assert.equal(quantile([1, 2, 3, 4], 1), 4)
    assert.equal(quantile([1, 2, Infinity], 0.5), 2)
    assert.equal(quantile([1, 2, Infinity], 0.75), Infinity)
    assert.equal(quantile([Infinity, Infinity], 0.25), Infinity)
  })
})

describe('shares', () => {
  it('have Wilson\'s interval: 8 of 10 is 0.490 to 0.943', () => {
    const { value, low, high } = share(8, 10, '')
    assert.equal(value, 0.8)
    near(low, 0.4901624715, 1e-9)
    near(high, 0.9433178485, 1e-9)
  })

  it('end at 0 and 1, and are null where there is nothing to share', () => {
    assert.deepEqual([share(0, 5, '').low, share(5, 5, '').high], [0, 1])
    assert.deepEqual(share(0, 0, 'nobody'), { value: null, low: null, high: null, n: 0, method: 'wilson', reason: 'nobody' })
  })
})

describe('ranks', () => {
  it('share the mean rank where values are equal', () => assert.deepEqual([...midranks([3, 1, 3, 2])], [3.5, 1, 3.5, 2]))
})

describe('area under the ROC curve', () => {
  it('counts pairs, ties half, with DeLong\'s variance', () => {
    // Positives 0.8 0.6 0.4, negatives 0.5 0.4: of 6 pairs 4 won, one tied.
    const { value, low, high } = aucFigure([0.8, 0.6, 0.4, 0.5, 0.4], [true, true, true, false, false])
    near(value, 4.5 / 6)
    // Parts of positives 1, 1, 1/4: variance 3/16; of negatives 2/3, 5/6: variance 1/72. sd = sqrt(3/48 + 1/144).
    const sd = Math.sqrt(3 / 48 + 1 / 144)
    near(low, 0.75 - 1.959963984540054 * sd)
    near(high, 1)
  })

  it('is a point where nothing varies, and null where a class has fewer than two studies', () => {
    assert.deepEqual(aucFigure([4, 3, 1, 2], [true, true, false, false]), { value: 1, low: 1, high: 1, n: 4, method: 'delong', reason: 'degenerate' })
    assert.equal(aucFigure([1, 2, 3], [true, false, false]).value, null)
    assert.match(aucFigure([1, 2, 3], [true, false, false]).reason!, /1 positive/)
  })

  it('compares two of the same studies', () => {
    const isPositive = [true, true, true, false, false, false]
    const [a, b] = [[6, 5, 2, 4, 3, 1], [1, 5, 2, 4, 3, 6]]
    const { difference, p } = compareAuc(a, b, isPositive)
    near(difference, 7 / 9 - 2 / 9)
    assert.ok(p! > 0.05 && p! < 1)
    assert.equal(compareAuc(a, a, isPositive).p, 1)
  })
})

describe('tests', () => {
  it('take p from the normal distribution', () => {
    near(twoSidedP(1.959963984540054), 0.05, 1e-14)
    near(twoSidedP(-3.2905267314919255), 0.001, 1e-14)
    assert.deepEqual([twoSidedP(0), twoSidedP(100)], [1, 0])
  })

  it('count sign patterns for Wilcoxon: five of one sign are 2 of 32', () => {
    assert.equal(wilcoxonP([1, 2, 3, 4, 5]), 2 / 32)
    assert.equal(wilcoxonP([1, 0, 2, 0, 3, 4, 5]), 2 / 32, 'zeros are dropped')
    assert.equal(wilcoxonP([1, 1]), 0.5, 'ties share a rank')
    assert.equal(wilcoxonP([0, 0]), 1)
    assert.equal(wilcoxonP([Infinity, 1, 2]), 0.25, 'what is infinitely far has the highest rank')
  })

  it('count throws of a coin for McNemar: 1 of 6 or fewer are 7 of 64, on both sides', () => {
    near(mcnemarP(1, 5), 14 / 64)
    near(mcnemarP(5, 1), 14 / 64)
    assert.deepEqual([mcnemarP(0, 0), mcnemarP(3, 3)], [1, 1])
    near(mcnemarP(0, 2000), 0, 1e-300)
  })
})
