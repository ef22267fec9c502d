import { Z } from './figure.js'
import type { Figure } from './figure.js'
import { twoSidedP } from './normal.js'
import { midranks } from './ranks.js'

/** An area under the ROC curve, with each study's component, from which variances and covariances are computed. */
interface Components {
  auc: number
  /** per positive study: the share of negatives with a lower score, ties count half */
  positives: Float64Array
  /** per negative study: the share of positives with a higher score, ties count half */
  negatives: Float64Array
}

/**
 * The area under the ROC curve and its structural components, by midranks.
 *
 * @see Sun and Xu 2014, IEEE Signal Processing Letters 21:1389, equations 5 to 8
 */
function componentsOf (scores: readonly number[], isPositive: readonly boolean[]): Components {
  const [positives, negatives] = [true, false].map((side) => scores.filter((_, n) => isPositive[n] === side)) as [number[], number[]]
  const [m, n] = [positives.length, negatives.length]
  const all = midranks([...positives, ...negatives])
  const [amongPositives, amongNegatives] = [midranks(positives), midranks(negatives)]
  const sum = all.subarray(0, m).reduce((total, rank) => total + rank, 0)
  return {
    auc: (sum - m * (m + 1) / 2) / (m * n), // ranks are multiples of 1/2, so this rounds once
    positives: amongPositives.map((rank, at) => (all[at]! - rank) / n),
    negatives: amongNegatives.map((rank, at) => 1 - (all[m + at]! - rank) / m)
  }
}

/** Sample covariance, divided by n − 1. */
function covariance (a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [a, b].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length) as [number, number]
  return a.reduce((sum, value, n) => sum + (value - meanA) * (b[n]! - meanB), 0) / (a.length - 1)
}

const varianceOf = (a: Components, b: Components) =>
  covariance(a.positives, b.positives) / a.positives.length + covariance(a.negatives, b.negatives) / a.negatives.length

/** Why an area with an interval cannot be computed; undefined where it can. */
function lacking (isPositive: readonly boolean[]): string | undefined {
  const positives = isPositive.filter(Boolean).length
  const negatives = isPositive.length - positives
  return positives >= 2 && negatives >= 2 ? undefined : `${positives} positive and ${negatives} negative studies; DeLong's interval needs two of each`
}

/** The area under the ROC curve with DeLong's interval; ties count half. */
export function aucFigure (scores: readonly number[], isPositive: readonly boolean[]): Figure {
  const reason = lacking(isPositive)
  const n = scores.length
  if (reason !== undefined) return { value: null, low: null, high: null, n, method: 'delong', reason }
  const components = componentsOf(scores, isPositive)
  const { auc: value } = components
  const sd = Math.sqrt(Math.max(0, varianceOf(components, components)))
  if (sd === 0) return { value, low: value, high: value, n, method: 'delong', reason: 'degenerate' }
  return { value, low: Math.max(0, value - Z * sd), high: Math.min(1, value + Z * sd), n, method: 'delong' }
}

/** Two areas over the same studies, and the p value of their difference. */
export interface PairedAuc { a: number | null, b: number | null, difference: number | null, p: number | null, reason?: string }

/** DeLong's test of two correlated areas; the scores of both algorithms are in the same order of studies. */
export function compareAuc (scoresA: readonly number[], scoresB: readonly number[], isPositive: readonly boolean[]): PairedAuc {
  const reason = lacking(isPositive)
  if (reason !== undefined) return { a: null, b: null, difference: null, p: null, reason }
  const [a, b] = [componentsOf(scoresA, isPositive), componentsOf(scoresB, isPositive)]
  const difference = a.auc - b.auc
  const variance = varianceOf(a, a) + varianceOf(b, b) - 2 * varianceOf(a, b)
  const areas = { a: a.auc, b: b.auc, difference }
  // A variance this small is rounding error of 0.
  if (variance > 1e-15) return { ...areas, p: twoSidedP(difference / Math.sqrt(variance)) }
  return difference === 0 ? { ...areas, p: 1 } : { ...areas, p: null, reason: 'degenerate' }
}
