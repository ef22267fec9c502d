import { mcnemarP } from '../statistics/binomial.js'
import { bootstrapFigures } from '../statistics/bootstrap.js'
import type { BootstrapPlan } from '../statistics/bootstrap.js'
import { compareAuc } from '../statistics/delong.js'
import type { PairedAuc } from '../statistics/delong.js'
import type { Figure } from '../statistics/figure.js'
import { wilcoxonP } from '../statistics/wilcoxon.js'
import { scoreAt } from '../severity/scored-case.js'
import type { ScoredCase } from '../severity/scored-case.js'
import { THRESHOLDS } from '../severity/triage.js'
import { DISTANCES, MASK_METRICS } from './case-metrics.js'
import type { CaseMetrics, MaskMetric } from './case-metrics.js'

/** The difference a − b of one metric between two runs, over studies. */
export interface MetricDifference {
  /** mean over the n studies where both runs define the metric */
  difference: Figure
  wilcoxon: { p: number }
}

/**
 * Compare the masks of two runs over one target. In Wilcoxon's test a failed distance is larger than any other: where only
 * one of the two runs failed, the difference counts as the largest.
 *
 * @param a, b rows of the same studies, in the same order
 */
export function compareMasks (a: readonly CaseMetrics[], b: readonly CaseMetrics[], plan: BootstrapPlan): Record<MaskMetric, MetricDifference> {
  const differences = Object.fromEntries(MASK_METRICS.map((metric) => [metric, a.map((row, n) => {
    const [of, other] = [row[metric], b[n]![metric]]
    return of === null || other === null ? null : of - other
  })])) as Record<MaskMetric, (number | null)[]>
  const figures = bootstrapFigures(a.length, plan, (counts) => meanDifferences(differences, counts), () => 'no study for which both runs define it')
  return Object.fromEntries(MASK_METRICS.map((metric): [MaskMetric, MetricDifference] => {
    const defined = differences[metric].filter((difference) => difference !== null)
    return [metric, {
      difference: { ...figures[metric], n: defined.length },
      wilcoxon: { p: wilcoxonP([...defined, ...DISTANCES.includes(metric) ? failures(a, b) : []]) }
    }]
  })) as Record<MaskMetric, MetricDifference>
}

/** Studies in which only one run has no distance to the reference: an infinite difference, for or against a. */
function failures (a: readonly CaseMetrics[], b: readonly CaseMetrics[]): number[] {
  return a.flatMap((row, n) => row.failed === b[n]!.failed ? [] : row.failed ? [Infinity] : [-Infinity])
}

function meanDifferences (differences: Record<MaskMetric, (number | null)[]>, counts: Uint32Array): Record<MaskMetric, number | null> {
  return Object.fromEntries(Object.entries(differences).map(([metric, values]) => {
    let [sum, n] = [0, 0]
    for (let at = 0; at < counts.length; at++) {
      const value = values[at]
      if (value == null) continue
      sum += counts[at]! * value
      n += counts[at]!
    }
    return [metric, n === 0 ? null : sum / n]
  })) as Record<MaskMetric, number | null>
}

/** McNemar's test at a threshold: only run a is right in `b` studies, only run b in `c`. */
export interface McNemar { threshold: number, b: number, c: number, p: number }

/** Compare the grades of two runs. @param a, b cases of the same studies in the same order */
export function compareGrades (a: readonly ScoredCase[], b: readonly ScoredCase[]): { auc: (PairedAuc & { threshold: number })[], mcnemar: McNemar[] } {
  const isRight = ({ reference, predicted }: ScoredCase, threshold: number) => (reference >= threshold) === (predicted >= threshold)
  const only = (these: readonly ScoredCase[], those: readonly ScoredCase[], threshold: number) =>
    these.filter((of, n) => isRight(of, threshold) && !isRight(those[n]!, threshold)).length
  return {
    auc: THRESHOLDS.flatMap((threshold) => {
      const [scoresA, scoresB] = [a, b].map((cases) => cases.map((of) => scoreAt(of, threshold)).filter((score) => score !== undefined)) as [number[], number[]]
      if (scoresA.length < a.length || scoresB.length < a.length) return []
      return [{ threshold, ...compareAuc(scoresA, scoresB, a.map(({ reference }) => reference >= threshold)) }]
    }),
    mcnemar: THRESHOLDS.map((threshold) => {
      const [onlyA, onlyB] = [only(a, b, threshold), only(b, a, threshold)]
      return { threshold, b: onlyA, c: onlyB, p: mcnemarP(onlyA, onlyB) }
    })
  }
}
