import { bootstrapFigures } from '../statistics/bootstrap.js'
import type { BootstrapPlan } from '../statistics/bootstrap.js'
import type { Figure } from '../statistics/figure.js'
import { share } from '../statistics/wilson.js'
import { balancedAccuracy, f1, kappa, macroF1, meanAbsoluteError, presentGrades, spearman } from './agreement.js'
import { confusionOf, countWhere, predictions, rowOf, supports } from './confusion.js'
import { gradeName } from './grade-name.js'
import { missedStudies } from './missed.js'
import type { MissedStudy } from './missed.js'
import { rankedProbabilityScore } from './ranked-probability.js'
import { GRADES } from './scored-case.js'
import type { ScoredCase } from './scored-case.js'
import { THRESHOLDS, TriageThreshold } from './triage.js'
import type { RankedMetric, Triage } from './triage.js'
import { meanRankPercentile, recallAt, worklistOrder } from './worklist.js'
import type { RecallAt } from './worklist.js'

export interface GradeFigures { category: string, support: number, predicted: number, precision: Figure, recall: Figure, f1: Figure }

export interface SeverityFigures {
  qwk: Figure
  kappaLinear: Figure
  accuracy: Figure
  balancedAccuracy: Figure
  macroF1: Figure
  mae: Figure
  withinOne: Figure
  spearman: Figure
  rps?: Figure
  /** grades that occur in the reference: balanced accuracy and macro F1 are means over these */
  present: string[]
  /** rows reference, columns predicted */
  confusion: number[][]
  classes: GradeFigures[]
}

/** All results that grades, probabilities and scores allow. */
export interface SeverityScore {
  severity: SeverityFigures
  triage: Triage[]
  worklist: { recallAt: RecallAt[], meanRankPercentile: Figure }
  missed: MissedStudy[]
  missedTotal: number
}

type Measured = Record<string, number | null>

const NOBODY = 'no study was scored'
const CHANCE = 'chance alone would agree: reference or prediction has one grade only'

/**
 * Score predicted grades against the reference.
 *
 * @param cases in id order; all or none have probabilities, all or none have a score
 * @param bins  number of bins of the reliability diagram and the calibration error
 * @param names of the dataset's categories, from the mildest
 */
export function scoreSeverity (cases: readonly ScoredCase[], bins: number, plan: BootstrapPlan, names: readonly string[] = []): SeverityScore {
  const everyone = new Uint32Array(cases.length).fill(1)
  const confusion = confusionOf(cases, everyone)
  const order = worklistOrder(cases)
  const thresholds = THRESHOLDS.map((threshold) => new TriageThreshold(cases, threshold, bins))
  const rps = cases.some(({ probabilities }) => probabilities === undefined) ? undefined : cases.map((of) => rankedProbabilityScore(of, of.probabilities!))
  const metrics = (counts: Uint32Array): Measured => {
    const sample = confusionOf(cases, counts)
    const measured: Measured = {
      qwk: kappa(sample, 2),
      kappaLinear: kappa(sample, 1),
      balancedAccuracy: balancedAccuracy(sample),
      macroF1: macroF1(sample),
      mae: meanAbsoluteError(sample),
      spearman: spearman(sample),
      meanRankPercentile: meanRankPercentile(cases, order, counts)
    }
    for (const grade of GRADES) measured[`f1 ${grade}`] = f1(sample, grade)
    if (rps !== undefined) measured['rps'] = meanOf(rps, counts)
    for (const of of thresholds) for (const [name, value] of Object.entries(of.metrics(counts))) measured[`${name} ${of.threshold}`] = value
    return measured
  }
  const figures = bootstrapFigures(cases.length, plan, metrics, (name) => reasonOf(name, cases.length, names))
  const support = supports(confusion)
  const predicted = predictions(confusion)
  const category = (grade: number) => gradeName(names, grade)
  return {
    severity: {
      qwk: figures['qwk']!,
      kappaLinear: figures['kappaLinear']!,
      accuracy: share(countWhere(confusion, (i, j) => i === j), cases.length, NOBODY),
      balancedAccuracy: figures['balancedAccuracy']!,
      macroF1: figures['macroF1']!,
      mae: figures['mae']!,
      withinOne: share(countWhere(confusion, (i, j) => Math.abs(i - j) <= 1), cases.length, NOBODY),
      spearman: figures['spearman']!,
      ...(figures['rps'] !== undefined && { rps: figures['rps'] }),
      present: presentGrades(confusion).map(category),
      confusion: GRADES.map((grade) => [...rowOf(confusion, grade)]),
      classes: GRADES.map((grade) => {
        const hits = rowOf(confusion, grade)[grade]!
        return {
          category: category(grade),
          support: support[grade]!,
          predicted: predicted[grade]!,
          precision: share(hits, predicted[grade]!, `no study was predicted to be ${category(grade)}`),
          recall: share(hits, support[grade]!, `no study is ${category(grade)}`),
          f1: figures[`f1 ${grade}`]!
        }
      })
    },
    triage: thresholds.map((of) => of.triage(rankedFigures(figures, of.threshold))),
    worklist: { recallAt: recallAt(cases, order), meanRankPercentile: figures['meanRankPercentile']! },
    ...missedStudies(cases, names)
  }
}

function rankedFigures (figures: Record<string, Figure>, threshold: number): Partial<Record<RankedMetric, Figure>> {
  const names = (['averagePrecision', 'brier', 'ece'] as const).filter((name) => `${name} ${threshold}` in figures)
  return Object.fromEntries(names.map((name) => [name, figures[`${name} ${threshold}`]!]))
}

/** Why a metric of the whole sample is null. */
function reasonOf (name: string, n: number, names: readonly string[]): string {
  if (n === 0) return NOBODY
  const [metric, grade] = name.split(' ')
  switch (metric) {
    case 'qwk':
    case 'kappaLinear': return CHANCE
    case 'spearman': return 'reference or prediction has one grade only'
    case 'f1': return `no study is ${gradeName(names, Number(grade))}, and none was predicted to be`
    case 'averagePrecision': return `no study is of severity ${grade} or more`
    case 'meanRankPercentile': return 'no study of severity 2 or more'
    default: return NOBODY
  }
}

function meanOf (values: readonly number[], counts: Uint32Array): number | null {
  let [sum, total] = [0, 0]
  for (let n = 0; n < counts.length; n++) {
    sum += counts[n]! * values[n]!
    total += counts[n]!
  }
  return total === 0 ? null : sum / total
}
