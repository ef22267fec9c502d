import { aucFigure } from '../statistics/delong.js'
import type { Figure } from '../statistics/figure.js'
import { share } from '../statistics/wilson.js'
import { binsOf, brierScore, expectedCalibrationError, reliability } from './calibration.js'
import type { ReliabilityBin } from './calibration.js'
import { averagePrecision, rankingOf, rocCurve } from './roc.js'
import type { Ranking, RocPoint } from './roc.js'
import { scoreAt } from './scored-case.js'
import type { ScoredCase } from './scored-case.js'

/** A study is positive where its grade is the threshold or more. */
export const THRESHOLDS = [1, 2, 3, 4] as const

/** The algorithm as a test for "severity t or more". */
export interface Triage {
  threshold: number
  tp: number
  fp: number
  tn: number
  fn: number
  sensitivity: Figure
  specificity: Figure
  ppv: Figure
  npv: Figure
  auc?: Figure
  averagePrecision?: Figure
  brier?: Figure
  ece?: Figure
  roc?: RocPoint[]
  reliability?: ReliabilityBin[]
}

/** Metrics of a threshold that are resampled: average precision where cases have scores, calibration for probabilities. */
export type RankedMetric = 'averagePrecision' | 'brier' | 'ece'

/** One threshold, with everything precomputed that is the same in every resample. */
export class TriageThreshold {
  private readonly isPositive: boolean[]
  /** per case; undefined where cases have neither probabilities nor scores */
  private readonly scores: number[] | undefined
  private readonly ranking: Ranking
  private readonly binOf: Uint32Array | undefined

  constructor (private readonly cases: readonly ScoredCase[], readonly threshold: number, private readonly bins: number) {
    this.isPositive = cases.map(({ reference }) => reference >= threshold)
    const scores = cases.map((of) => scoreAt(of, threshold)).filter((score) => score !== undefined)
    this.scores = scores.length > 0 && scores.length === cases.length ? scores : undefined
    this.ranking = rankingOf(scores)
    this.binOf = this.scores !== undefined && cases[0]?.probabilities !== undefined ? binsOf(scores, bins) : undefined
  }

  /** The metrics of a sample that has each case `counts` times. */
  metrics (counts: Uint32Array): Partial<Record<RankedMetric, number | null>> {
    const { scores, ranking, isPositive, binOf, bins } = this
    if (scores === undefined) return {}
    const ranked = { averagePrecision: averagePrecision(ranking, isPositive, counts) }
    if (binOf === undefined) return ranked
    return { ...ranked, brier: brierScore(scores, isPositive, counts), ece: expectedCalibrationError(binOf, bins, scores, isPositive, counts) }
  }

  /** @param figures the bootstrap's figures of `metrics` */
  triage (figures: Partial<Record<RankedMetric, Figure>>): Triage {
    const { cases, threshold, isPositive, scores, ranking, binOf, bins } = this
    const count = (positive: boolean, called: boolean) => cases.filter(({ predicted }, n) => isPositive[n] === positive && (predicted >= threshold) === called).length
    const [tp, fp, tn, fn] = [count(true, true), count(false, true), count(false, false), count(true, false)]
    const grade = `of severity ${threshold} or more`
    return {
      threshold,
      tp,
      fp,
      tn,
      fn,
      sensitivity: share(tp, tp + fn, `no study is ${grade}`),
      specificity: share(tn, tn + fp, `every study is ${grade}`),
      ppv: share(tp, tp + fp, `no study was predicted to be ${grade}`),
      npv: share(tn, tn + fn, `every study was predicted to be ${grade}`),
      ...(scores !== undefined && { auc: aucFigure(scores, isPositive), roc: rocCurve(ranking, scores, isPositive) }),
      ...figures,
      ...(scores !== undefined && binOf !== undefined && { reliability: reliability(scores, isPositive, bins) })
    }
  }
}
