import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scoreMask } from '../../src/evaluation/masks/mask-score.js'
import { surfelAreas } from '../../src/evaluation/masks/surfel-areas.js'
import { compareGrades } from '../../src/evaluation/runs/comparison.js'
import type { ScoredCase } from '../../src/evaluation/severity/scored-case.js'
import { scoreSeverity } from '../../src/evaluation/severity/severity-score.js'
import { drawResample } from '../../src/evaluation/statistics/bootstrap.js'
import type { Figure } from '../../src/evaluation/statistics/figure.js'
import { wilcoxonP } from '../../src/evaluation/statistics/wilcoxon.js'
import { PYTHON, runPython } from '../support/python.js'

const skip = existsSync(PYTHON) ? false : `there is no ${PYTHON}; run npm run test:interop`
const ORACLE = fileURLToPath(new URL('evaluation_oracle.py', import.meta.url))

/** Numbers from 0 to 1, the same in every run. Mulberry32. */
function randomFrom (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ state >>> 15, 1 | state)
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32
  }
}

/** The largest difference found of each metric, and how often it was compared. */
const table = new Map<string, { oracle: string, compared: number, largest: number }>()

function compare (metric: string, oracle: string, actual: number | null | undefined, expected: number | null | undefined, what: string, within = 1e-9): void {
  const row = table.get(metric) ?? { oracle, compared: 0, largest: 0 }
  table.set(metric, row)
  row.compared++
  if (actual == null || expected == null) {
    assert.equal(actual ?? null, expected ?? null, `${metric} of ${what}`)
    return
  }
  const difference = Math.abs(actual - expected)
  row.largest = Math.max(row.largest, difference)
  assert.ok(difference <= within * Math.max(1, Math.abs(expected)), `${metric} of ${what}: ${actual}, and ${oracle} has ${expected}`)
}

after(() => {
  if (table.size === 0) return
  console.log('| metric | oracle | compared | largest difference |\n| --- | --- | --- | --- |')
  for (const [metric, { oracle, compared, largest }] of [...table].sort()) console.log(`| ${metric} | ${oracle} | ${compared} | ${largest === 0 ? '0' : largest.toExponential(1)} |`)
})

const ORACLE_OF: Readonly<Record<string, string>> = {
  qwk: 'scikit-learn',
  kappaLinear: 'scikit-learn',
  balancedAccuracy: 'scikit-learn',
  macroF1: 'scikit-learn',
  mae: 'scikit-learn',
  f1: 'scikit-learn',
  averagePrecision: 'scikit-learn',
  spearman: 'SciPy',
  rps: 'NumPy',
  brier: 'NumPy',
  ece: 'NumPy'
}

/** Studies with grades; `kind` decides what else an algorithm gave. */
function gradedCases (random: () => number, n: number): ScoredCase[] {
  const kind = Math.floor(random() * 3)
  const grades = 1 + Math.floor(random() * 5)
  const coarse = random() < 0.5
  return Array.from({ length: n }, (_, at) => {
    const reference = Math.floor(random() * grades)
    const predicted = random() < 0.6 ? reference : Math.floor(random() * 5)
    const weights = [0, 1, 2, 3, 4].map((grade) => coarse ? 1 + Math.floor(random() * 3) + (grade === predicted ? 4 : 0) : random() + (grade === predicted ? 1 : 0))
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return {
      id: `study_${String(at).padStart(4, '0')}`,
      reference,
      predicted,
      probabilities: kind === 2 ? weights.map((weight) => weight / sum) : undefined,
      score: kind === 1 ? (coarse ? predicted : predicted + random() * 3) : undefined
    }
  })
}

describe('severity scores against scikit-learn, SciPy and statsmodels', { skip }, () => {
  it('agree on hundreds of targets, tiny and of one grade included', async () => {
    const random = randomFrom(1)
    const made = Array.from({ length: 200 }, (_, n) => ({
      cases: gradedCases(random, n < 40 ? 1 + n % 6 : 5 + Math.floor(random() * 80)), bins: [10, 5, 1, 17][n % 4]!, seed: n * 977, resamples: n % 12 === 0 ? 60 : 0
    }))
    const answers = await runPython(ORACLE, made.map(({ cases, ...rest }) => ({
      ask: 'severity',
      ...rest,
      reference: cases.map(({ reference }) => reference),
      predicted: cases.map(({ predicted }) => predicted),
      probabilities: cases[0]!.probabilities === undefined ? null : cases.map(({ probabilities }) => probabilities),
      score: cases[0]!.score === undefined ? null : cases.map(({ score }) => score)
    }))) as any[]
    for (const [n, { cases, bins, seed, resamples }] of made.entries()) {
      const what = `target ${n} of ${cases.length} studies`
      const { severity, triage } = scoreSeverity(cases, bins, { resamples, seed })
      const { values, intervals, roc, confusion, auc, wilson, accuracy } = answers[n]
      assert.deepEqual(severity.confusion, confusion, what)
      compare('accuracy', 'scikit-learn', severity.accuracy.value, accuracy, what)
      for (const [name, expected] of Object.entries(values) as [string, number | null][]) {
        const figure = figureOf(severity, triage, name)
        const metric = name.split(' ')[0]!
        compare(metric, ORACLE_OF[metric]!, figure.value, expected, what)
        if (intervals[name] === undefined) continue
        const [low, high, undefinedResamples] = intervals[name]
        compare(`interval of ${metric}`, 'the six lines', figure.low, low, what)
        compare(`interval of ${metric}`, 'the six lines', figure.high, high, what)
        assert.equal(figure.undefinedResamples, undefinedResamples, `${name} of ${what}`)
      }
      for (const of of triage) {
        const t = String(of.threshold)
        if (wilson[t] !== undefined) {
          compare('Wilson', 'statsmodels', of.sensitivity.low, wilson[t][0], what)
          compare('Wilson', 'statsmodels', of.sensitivity.high, wilson[t][1], what)
        }
        if (of.auc === undefined) continue
        compare('auc', 'scikit-learn', of.auc.value, auc[t]?.value, what)
        compare('DeLong', 'all pairs, NumPy', of.auc.low, auc[t]?.low, what)
        compare('DeLong', 'all pairs, NumPy', of.auc.high, auc[t]?.high, what)
        for (const [point, expected] of (roc[t] ?? []).entries()) for (const axis of [0, 1, 2]) compare('roc', 'scikit-learn', of.roc![point]![axis], expected[axis], what)
        assert.equal(of.roc!.length, roc[t]?.length ?? 0, what)
      }
    }
  })

  it('draw the same studies, to the last bit', async () => {
    const asked = Array.from({ length: 300 }, (_, n) => ({ ask: 'indices', seed: [0, 1, 7, 2 ** 53][n % 4]!, b: n * 37 % 10_000, n: 1 + n * n % 1200 }))
    const drawn = await runPython(ORACLE, asked) as number[][]
    for (const [n, { seed, b, n: studies }] of asked.entries()) {
      const counts = new Uint32Array(studies)
      drawResample(seed, b, counts)
      const expected = new Uint32Array(studies)
      for (const index of drawn[n]!) expected[index]!++
      assert.deepEqual(counts, expected, `resample ${b} of seed ${seed}, ${studies} studies`)
    }
  })

  it('compare two algorithms as DeLong, McNemar and Wilcoxon do', async () => {
    const random = randomFrom(2)
    const made = Array.from({ length: 120 }, (_, n) => {
      const size = n < 30 ? 2 + n % 9 : 10 + Math.floor(random() * 90)
      const grade = () => Math.floor(random() * 5)
      const reference = Array.from({ length: size }, grade)
      const of = () => ({ predicted: reference.map((r) => random() < 0.6 ? r : grade()), scores: reference.map((r) => n % 2 === 0 ? Math.round(r + random() * 4) : r + random() * 4) })
      const differences = reference.map(() => n % 3 === 0 ? Math.round((random() - 0.4) * 4) : random() - 0.4)
      return { reference, a: of(), b: of(), differences }
    })
    const answers = await runPython(ORACLE, made.map(({ reference, a, b, differences }) => ({
      ask: 'compared', reference, a: a.predicted, b: b.predicted, scoreA: a.scores, scoreB: b.scores, differences
    }))) as any[]
    for (const [n, { reference, a, b, differences }] of made.entries()) {
      const cases = ({ predicted, scores }: typeof a): ScoredCase[] => reference.map((r, at) => ({ id: `${at}`, reference: r, predicted: predicted[at]!, score: scores[at] }))
      const { auc, mcnemar } = compareGrades(cases(a), cases(b))
      for (const { threshold, b: onlyA, c: onlyB, p } of mcnemar) {
        const [expectedA, expectedB, expectedP] = answers[n].mcnemar[threshold]
        assert.deepEqual([onlyA, onlyB], [expectedA, expectedB])
        compare('McNemar p', 'statsmodels', p, expectedP, `pair ${n}`)
      }
      for (const { threshold, difference, p } of auc) {
        const [expected, expectedP] = answers[n].auc[threshold] ?? [null, null]
        compare('paired AUC', 'all pairs, NumPy', difference, expected, `pair ${n}`)
        if (expectedP !== null) compare('paired DeLong p', 'all pairs, NumPy', p, expectedP, `pair ${n}`)
      }
      if (answers[n].wilcoxon !== null) compare('Wilcoxon p', 'SciPy', wilcoxonP(differences), answers[n].wilcoxon, `pair ${n}`)
    }
  })
})

function figureOf ({ classes, ...severity }: ReturnType<typeof scoreSeverity>['severity'], triage: ReturnType<typeof scoreSeverity>['triage'], name: string): Figure {
  const [metric, of] = name.split(' ') as [string, string | undefined]
  if (metric === 'f1') return classes[Number(of)]!.f1
  return (of === undefined ? severity : triage[Number(of) - 1]! as unknown as Record<string, unknown>)[metric as 'qwk'] as Figure
}

type MaskCase = { shape: [number, number, number], spacing: [number, number, number], tolerance: number, reference: number[], prediction: number[] }

/** Two masks of one kind: empty, one voxel, touching, blobs, noise, whole. */
function maskCase (random: () => number, n: number): MaskCase {
  const shape = [1, 2, 3].map(() => 2 + Math.floor(random() * 12)) as MaskCase['shape']
  const spacing = (n % 3 === 0 ? [1, 1, 1] : n % 3 === 1 ? [0.7, 0.7, 8] : [random() + 0.3, random() * 3 + 0.5, random() * 5 + 0.5]) as MaskCase['spacing']
  const one = (): number[] => {
    const bits = new Array<number>(shape[0] * shape[1] * shape[2]).fill(0)
    const put = (i: number, j: number, k: number) => {
      if (i >= 0 && j >= 0 && k >= 0 && i < shape[0] && j < shape[1] && k < shape[2]) bits[i + shape[0] * (j + shape[1] * k)] = 1
    }
    const place = () => shape.map((size) => Math.floor(random() * size)) as [number, number, number]
    switch (Math.floor(random() * 8)) {
      case 0: return bits
      case 1: put(...place()); return bits
      case 2: return bits.map(() => random() < 0.08 ? 1 : 0)
      case 3: return bits.map(() => random() < 0.5 ? 1 : 0)
      case 4: { // touching by a corner
        const [i, j, k] = place()
        for (let step = 0; step < 4; step++) put(i + step, j + step, k + step)
        return bits
      }
      case 5: return random() < 0.3 ? bits.map(() => 1) : bits
      default: // balls
        for (let ball = 0; ball < 3; ball++) {
          const [i, j, k] = place()
          const radius = 1 + random() * 3
          for (let x = -4; x <= 4; x++) for (let y = -4; y <= 4; y++) for (let z = -4; z <= 4; z++) if (Math.hypot(x, y, z) <= radius) put(i + x, j + y, k + z)
        }
        return bits
    }
  }
  const reference = one()
  return { shape, spacing, tolerance: [3, 1.2345, 0.51][n % 3]!, reference, prediction: random() < 0.1 ? reference : one() }
}

describe('mask scores against surface-distance, connected-components-3d and scikit-learn', { skip }, () => {
  it('agree on hundreds of masks: empty, tiny, touching, one voxel, anisotropic', async () => {
    const random = randomFrom(3)
    const made = Array.from({ length: 600 }, (_, n) => maskCase(random, n))
    const answers = await runPython(ORACLE, made.map((of) => ({ ask: 'mask', ...of }))) as any[]
    for (const [n, { shape, spacing, tolerance, reference, prediction }] of made.entries()) {
      const what = `masks ${n}`
      const found = scoreMask(Uint8Array.from(reference), Uint8Array.from(prediction), shape, { spacing, voxelMl: spacing[0] * spacing[1] * spacing[2] / 1000, axialAxis: 2, toleranceMm: tolerance, minLesionMl: 0 })
      const expected = answers[n]
      const isEmpty = !reference.includes(1) || !prediction.includes(1)
      compare('dice', 'NumPy', found.dice, expected.dice, what)
      compare('iou', 'scikit-learn', found.iou, expected.iou, what)
      compare('assdMm', 'surface-distance', found.assdMm, expected.assdMm, what)
      if (!isEmpty) compare('nsd', 'surface-distance', found.nsd.value, expected.nsd, what)
      const nearest = expected.hd95Mm.reduce((best: number | null, mm: number) => best === null || Math.abs(mm - found.hd95Mm!) < Math.abs(best - found.hd95Mm!) ? mm : best, null)
      compare('hd95Mm', 'surface-distance', found.hd95Mm, nearest, what)
      const { lesions } = found
      compare('lesions', 'connected-components-3d, SciPy', 0, 0, what)
      assert.deepEqual([lesions.reference, lesions.predicted, lesions.detected, lesions.missed, lesions.falsePositives], expected.lesions, what)
      assert.deepEqual(lesions.matches.map(({ overlapVoxels }) => overlapVoxels).sort((a, b) => a - b), expected.overlaps.sort((a: number, b: number) => a - b), what)
      const voxelMl = spacing[0] * spacing[1] * spacing[2] / 1000
      assert.deepEqual(lesions.missedList.map(({ volumeMl }) => Math.round(volumeMl / voxelMl)), expected.missedSizes, what)
    }
  })

  it('have the surface of every one of the 256 neighbourhoods', async () => {
    const spacings = [[1, 1, 1], [0.7, 0.7, 8], [2, 3, 5]] as const
    const answers = await runPython(ORACLE, spacings.map((spacing) => ({ ask: 'areas', spacing }))) as number[][]
    for (const [n, spacing] of spacings.entries()) {
      for (const [code, area] of surfelAreas(spacing).entries()) compare('surfel area', 'surface-distance', area, answers[n]![code], `code ${code}`)
    }
  })
})
