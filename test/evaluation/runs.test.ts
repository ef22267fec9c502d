import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aggregate } from '../../src/evaluation/runs/aggregates.js'
import { emptyCase, MASK_METRICS } from '../../src/evaluation/runs/case-metrics.js'
import type { CaseMetrics } from '../../src/evaluation/runs/case-metrics.js'
import { compareGrades, compareMasks } from '../../src/evaluation/runs/comparison.js'
import { runCaveats } from '../../src/evaluation/runs/run-caveats.js'

const PLAN = { resamples: 200, seed: 0 }
const scored = (study: string, dice: number, hd95Mm: number | null): CaseMetrics => ({
  ...Object.fromEntries(MASK_METRICS.map((metric) => [metric, dice])) as Record<typeof MASK_METRICS[number], number>, study, status: 'scored', dice, hd95Mm, assdMm: hd95Mm, failed: hd95Mm === null
})

describe('aggregates of a run', () => {
  const rows = [scored('a', 0.9, 2), scored('b', 0.7, 4), emptyCase('c', { voxels: 5, volumeMl: 0.5 }), emptyCase('d', { voxels: 0, volumeMl: 0 })]
  const { dice, hd95Mm, precision, volumeErrorMl } = aggregate(rows, PLAN)

  it('count a missing mask as an empty one, and what is not defined beside it', () => {
    assert.deepEqual([dice.n, dice.scored, dice.missing, dice.undefined], [4, 2, 2, 1], 'two empty masks have no Dice')
    assert.ok(Math.abs(dice.mean! - 1.6 / 3) < 1e-12)
    assert.equal(dice.median, 0.7)
    assert.ok(dice.low! <= dice.mean! && dice.mean! <= dice.high!)
    assert.deepEqual([precision.undefined, volumeErrorMl.undefined], [2, 0])
  })

  it('do not let a failure improve a distance', () => {
    assert.deepEqual([hd95Mm.mean, hd95Mm.median, hd95Mm.q1, hd95Mm.q3, hd95Mm.undefined], [3, 4, 3, null, 2])
  })

  it('are null for a target without masks', () => assert.deepEqual(aggregate([], PLAN).dice, { mean: null, median: null, q1: null, q3: null, low: null, high: null, n: 0, scored: 0, missing: 0, undefined: 0 }))

  it('come with what they cannot say', () => {
    const study = (id: string, severity: number, voxels: number | null) => ({ id, severity, mask: voxels === null ? null : { sha256: id, voxels, volumeMl: voxels } })
    const text = runCaveats({ target: [study('a', 1, 5), study('b', 1, 0), study('c', 4, null)], scored: 1, dice: 0.5 }, ['none', 'mild']).join(' ')
    assert.match(text, /has 2 masks/)
    assert.match(text, /Only studies of mild have masks: the figures do not show how the algorithm outlines grade 4/)
    assert.match(text, /1 of 2 masks were not sent/)
    assert.match(text, /1 reference masks are empty/)
  })
})

describe('comparison of two runs', () => {
  it('is a − b, study by study, with Wilcoxon\'s test', () => {
    const studies = ['a', 'b', 'c', 'd', 'e']
    const [a, b] = [studies.map((study, n) => scored(study, 0.5 + n / 10, 2)), studies.map((study, n) => scored(study, 0.4 + n / 20, 2))]
    const { dice, hd95Mm } = compareMasks(a, b, PLAN)
    assert.ok(Math.abs(dice.difference.value! - 0.2) < 1e-12)
    assert.equal(dice.wilcoxon.p, 2 / 32)
    assert.deepEqual([hd95Mm.difference.value, hd95Mm.wilcoxon.p], [0, 1])
  })

  it('counts a distance that one run failed to have as larger than any', () => {
    const studies = ['a', 'b', 'c', 'd', 'e']
    const [a, b] = [studies.map((study) => scored(study, 0, null)), studies.map((study, n) => scored(study, 0, n))]
    const { hd95Mm } = compareMasks(a, b, PLAN)
    assert.deepEqual([hd95Mm.difference.value, hd95Mm.difference.n, hd95Mm.wilcoxon.p], [null, 0, 2 / 32])
  })

  it('takes grades by McNemar, and areas by DeLong where there are scores', () => {
    const of = (predicted: number[], score?: number[]) => [0, 0, 1, 1, 2].map((reference, n) => ({ id: `${n}`, reference, predicted: predicted[n]!, score: score?.[n] }))
    const { auc, mcnemar } = compareGrades(of([0, 0, 1, 1, 2], [1, 2, 3, 4, 5]), of([1, 0, 0, 1, 2], [5, 4, 3, 2, 1]))
    assert.deepEqual(mcnemar[0], { threshold: 1, b: 2, c: 0, p: 0.5 })
    assert.deepEqual([auc[0]!.a, auc[0]!.b, auc[0]!.difference], [1, 0, 1])
    assert.deepEqual(compareGrades(of([0, 0, 1, 1, 2]), of([0, 0, 1, 1, 2])).auc, [])
  })
})
