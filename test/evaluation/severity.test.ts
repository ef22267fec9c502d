import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvalidRequest } from '../../src/errors.js'
import { binsOf } from '../../src/evaluation/severity/calibration.js'
import { severityCaveats } from '../../src/evaluation/severity/caveats.js'
import { casesOf } from '../../src/evaluation/severity/predictions.js'
import { averagePrecision, rankingOf, rocCurve } from '../../src/evaluation/severity/roc.js'
import type { ScoredCase } from '../../src/evaluation/severity/scored-case.js'
import { scoreSeverity } from '../../src/evaluation/severity/severity-score.js'
import { meanRankPercentile, recallAt, worklistOrder } from '../../src/evaluation/severity/worklist.js'

const near = (actual: number | null | undefined, expected: number) => assert.ok(actual != null && Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`)

/** Cases from pairs of reference and predicted grade. */
const cases = (...pairs: [reference: number, predicted: number][]): ScoredCase[] =>
  pairs.map(([reference, predicted], n) => ({ id: `study_${String(n).padStart(4, '0')}`, reference, predicted }))

const NO_BOOTSTRAP = { resamples: 0, seed: 0 }
const EIGHT = cases([0, 0], [0, 1], [1, 1], [1, 1], [1, 2], [2, 2], [3, 1], [3, 4])

describe('agreement of grades', () => {
  const { severity } = scoreSeverity(EIGHT, 10, NO_BOOTSTRAP, ['none', 'mild', 'moderate'])

  it('counts pairs, reference in rows', () => {
    assert.deepEqual(severity.confusion, [[1, 1, 0, 0, 0], [0, 2, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 0]])
  })

  it('weighs kappa by squared and by plain distance', () => {
    // Squares: 1 + 1 + 4 + 1 = 7. Rows 2 3 1 2 0, columns 1 4 2 0 1; by chance the squares sum to 160, the distances to 78, over 8.
    near(severity.qwk.value, 1 - 7 * 8 / 160)
    near(severity.kappaLinear.value, 1 - 5 * 8 / 78)
  })

  it('means over the grades that occur', () => {
    near(severity.accuracy.value, 4 / 8)
    near(severity.withinOne.value, 7 / 8)
    near(severity.mae.value, 5 / 8)
    near(severity.balancedAccuracy.value, (1 / 2 + 2 / 3 + 1 + 0) / 4)
    near(severity.macroF1.value, (2 / 3 + 4 / 7 + 2 / 3 + 0) / 4)
    assert.deepEqual(severity.present, ['none', 'mild', 'moderate', 'grade 3'], 'as the dataset calls them')
    assert.equal(severity.classes[4]!.recall.value, null)
    assert.equal(severity.classes[4]!.f1.value, 0, 'one was predicted')
  })

  it('is null if only chance agrees, and if no study was scored', () => {
    const same = scoreSeverity(cases([1, 1], [1, 1]), 10, NO_BOOTSTRAP).severity
    assert.deepEqual([same.qwk.value, same.spearman.value, same.accuracy.value], [null, null, 1])
    assert.ok(same.qwk.reason)
    const empty = scoreSeverity([], 10, { resamples: 100, seed: 0 })
    for (const name of ['qwk', 'accuracy', 'mae', 'macroF1', 'spearman'] as const) assert.equal(empty.severity[name].value, null, name)
    assert.equal(empty.worklist.meanRankPercentile.value, null)
  })

  it('is the square of cumulative distances for probabilities', () => {
    const [sure] = cases([1, 1])
    const { severity } = scoreSeverity([{ ...sure!, probabilities: [0.5, 0.5, 0, 0, 0] }, { ...sure!, id: 'study_0001', probabilities: [0, 0, 0, 0, 1] }], 10, NO_BOOTSTRAP)
    near(severity.rps!.value, (0.25 + 3) / 2)
  })
})

describe('triage', () => {
  it('counts by predicted grade, and has ROC and calibration only where there is something to rank by', () => {
    const [, two] = scoreSeverity(EIGHT, 10, NO_BOOTSTRAP).triage
    assert.deepEqual([two!.threshold, two!.tp, two!.fp, two!.tn, two!.fn], [2, 2, 1, 4, 1])
    near(two!.sensitivity.value, 2 / 3)
    near(two!.npv.value, 4 / 5)
    assert.deepEqual(['auc', 'roc', 'brier'].filter((name) => name in two!), [])
    const scored = scoreSeverity(EIGHT.map((of, n) => ({ ...of, score: n })), 10, NO_BOOTSTRAP).triage[1]!
    assert.deepEqual(['auc', 'roc', 'brier'].filter((name) => name in scored), ['auc', 'roc'])
    assert.equal(scored.auc!.value, 1)
  })

  it('takes equal scores as one step of the ROC curve and of average precision', () => {
    const [scores, isPositive] = [[0.9, 0.5, 0.5, 0.1], [true, true, false, false]]
    const ranking = rankingOf(scores)
    assert.deepEqual(rocCurve(ranking, scores, isPositive), [[0, 0, null], [0, 0.5, 0.9], [0.5, 1, 0.5], [1, 1, 0.1]])
    near(averagePrecision(ranking, isPositive, new Uint32Array(4).fill(1)), (1 + 2 / 3) / 2)
    assert.equal(averagePrecision(ranking, [false, false, false, false], new Uint32Array(4).fill(1)), null)
  })

  it('bins probabilities on the right, the first on both sides, and to the nearest double', () => {
    assert.deepEqual([...binsOf([0, 0.1, 0.1000001, 0.3, 0.7, 1, 1.0005], 10)], [0, 0, 1, 2, 6, 9, 9])
  })

  it('measures calibration by the mean of each bin', () => {
    const of = (reference: number, p: number, n: number): ScoredCase => ({ id: `study_000${n}`, reference, predicted: 0, probabilities: [1 - p, p, 0, 0, 0] })
    const [one] = scoreSeverity([of(1, 0.25, 0), of(0, 0.25, 1), of(1, 0.75, 2), of(1, 1, 3)], 2, NO_BOOTSTRAP).triage
    near(one!.brier!.value, (0.75 ** 2 + 0.25 ** 2 + 0.25 ** 2) / 4)
    near(one!.ece!.value, 0.5 * Math.abs(0.25 - 0.5) + 0.5 * (1 - 0.875))
    assert.deepEqual(one!.reliability!.map(({ n, meanPredicted, observed }) => [n, meanPredicted, observed]), [[2, 0.25, 0.5], [2, 0.875, 1]])
  })
})

describe('worklist', () => {
  it('puts the sickest first, ties by id, and counts in exact decimals', () => {
    const list = Array.from({ length: 140 }, (_, n): ScoredCase => ({ id: `study_${String(n).padStart(4, '0')}`, reference: n < 8 ? 3 : 0, predicted: n < 8 ? 4 : 0 }))
    const order = worklistOrder(list)
    assert.deepEqual(order.slice(0, 3), [0, 1, 2])
    const [, five] = recallAt(list, order)
    near(five!.recall.value, 7 / 8) // 0.05 of 140 is 7, not 8
    near(meanRankPercentile(list, order, new Uint32Array(140).fill(1)), 4.5 / 140)
  })

  it('goes by expected severity, else score, else grade', () => {
    const [a, b] = cases([0, 4], [0, 0])
    assert.deepEqual(worklistOrder([a!, b!]), [0, 1])
    assert.deepEqual(worklistOrder([{ ...a!, score: 1 }, { ...b!, score: 2 }]), [1, 0])
    assert.deepEqual(worklistOrder([{ ...a!, score: 1, probabilities: [0, 0, 0, 0, 1] }, { ...b!, score: 2, probabilities: [1, 0, 0, 0, 0] }]), [0, 1])
  })
})

describe('missed studies and caveats', () => {
  it('lists the worst first, a hundred at most', () => {
    const many = scoreSeverity(cases(...Array.from({ length: 130 }, (_, n): [number, number] => [n === 77 ? 4 : 1, 0])), 10, NO_BOOTSTRAP)
    assert.deepEqual([many.missed.length, many.missedTotal, many.missed[0]!.study, many.missed[1]!.study], [100, 130, 'study_0077', 'study_0000'])
  })

  it('says which grades are absent or few, and who was left out', () => {
    const score = scoreSeverity(EIGHT, 10, NO_BOOTSTRAP, ['none', 'mild', 'moderate', 'severe', 'critical'])
    const text = severityCaveats(score, 3, 5, 'Grades were given by one reader.').join(' ')
    assert.match(text, /No scored study is critical:/)
    assert.match(text, /moderate has 1 study:/)
    assert.match(text, /3 target studies have no prediction/)
    assert.match(text, /given by one reader\.$/)
    assert.doesNotMatch(severityCaveats(score, 3, 4).join(' '), /No study scored here/, 'the dataset has four grades, and all occur')
  })
})

describe('predictions', () => {
  const target = [{ id: 'a', severity: 0 }, { id: 'b', severity: 4 }]
  const known = new Set(['a', 'b', 'elsewhere'])
  const faults = (predictions: Parameters<typeof casesOf>[0], missing: 'error' | 'exclude' = 'exclude') => {
    try {
      casesOf(predictions, target, missing, (id) => known.has(id))
      return []
    } catch (error) {
      assert.ok(error instanceof InvalidRequest)
      return error.errors.map(({ parameter, detail }) => `${parameter}: ${detail}`)
    }
  }

  it('come together with references in id order', () => {
    const made = casesOf([{ study: 'b', severity: 3 }, { study: 'a', severity: 1 }], target, 'error', () => true)
    assert.deepEqual(made.map(({ id, reference, predicted }) => [id, reference, predicted]), [['a', 0, 1], ['b', 4, 3]])
  })

  it('are refused row by row', () => {
    assert.match(faults([{ study: 'a', severity: 1 }, { study: 'a', severity: 1 }])[0]!, /^predictions\.1: "a" stands here twice/)
    assert.match(faults([{ study: 'x', severity: 1 }])[0]!, /^predictions\.0: no study has the id "x"/)
    assert.match(faults([{ study: 'elsewhere', severity: 1 }])[0]!, /elsewhere is not in the target/)
    assert.match(faults([{ study: 'a', severity: 5 }])[0]!, /severity 5/)
    assert.match(faults([{ study: 'a', severity: 1, probabilities: [0.5, 0.5, 0.1, 0, 0] }])[0]!, /sum to 1\.1/)
    assert.match(faults([{ study: 'a', severity: 1, score: 1 }, { study: 'b', severity: 1 }])[0]!, /all rows have a score, or none/)
    assert.deepEqual(faults([{ study: 'a', severity: 1, probabilities: [0.5, 0.4991, 0, 0, 0] }]), [], 'a sum within 1e-3')
  })

  it('that are missing are counted and named, unless they are to be left out', () => {
    assert.match(faults([{ study: 'a', severity: 1 }], 'error')[0]!, /^predictions: 1 of 2 target studies have no prediction: b;/)
    assert.deepEqual(faults([{ study: 'a', severity: 1 }], 'exclude'), [])
  })
})
