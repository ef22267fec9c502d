import { InvalidRequest } from '../../errors.js'
import type { RequestFault } from '../../errors.js'
import { GRADE_COUNT } from './scored-case.js'
import type { ScoredCase } from './scored-case.js'

/** An algorithm's output for one study. */
export interface PredictedGrade { study: string, severity: number, probabilities?: number[], score?: number }

/** What to do about target studies without a prediction. */
export const MISSING = ['error', 'exclude'] as const
export type Missing = typeof MISSING[number]

const SUM_TOLERANCE = 1e-3
/** The most rows or studies that an error names. */
const NAMED = 10

/**
 * Match predictions with references.
 *
 * @param target in id order
 * @param exists whether the catalog has a study of that id: distinguishes unknown studies from those outside the target
 * @returns cases in id order
 * @throws InvalidRequest naming the rows that cannot be used, or the studies that are missing
 */
export function casesOf (predictions: readonly PredictedGrade[], target: readonly { id: string, severity: number }[], missing: Missing, exists: (id: string) => boolean): ScoredCase[] {
  const inTarget = new Set(target.map(({ id }) => id))
  const byStudy = new Map<string, PredictedGrade>()
  const faults: RequestFault[] = []
  const [first] = predictions
  for (const [n, prediction] of predictions.entries()) {
    const { study } = prediction
    const detail = byStudy.has(study)
      ? `${JSON.stringify(study)} stands here twice`
      : !exists(study)
          ? `no study has the id ${JSON.stringify(study)}`
          : !inTarget.has(study) ? `${study} is not in the target that the query chose` : faultOf(prediction, first!)
    if (detail !== undefined) faults.push({ parameter: `predictions.${n}`, detail })
    byStudy.set(study, prediction)
  }
  if (faults.length > 0) throw new InvalidRequest(faults.length > NAMED ? [...faults.slice(0, NAMED), { parameter: 'predictions', detail: `${faults.length} rows cannot be used; the first ${NAMED} are listed` }] : faults)
  const without = target.filter(({ id }) => !byStudy.has(id))
  if (without.length > 0 && missing === 'error') {
    const names = without.slice(0, NAMED).map(({ id }) => id).join(', ')
    throw new InvalidRequest([{ parameter: 'predictions', detail: `${without.length} of ${target.length} target studies have no prediction: ${names}${without.length > NAMED ? ', …' : ''}; send them, or set missing to "exclude"` }])
  }
  return target.flatMap(({ id, severity }) => {
    const of = byStudy.get(id)
    return of === undefined ? [] : [{ id, reference: severity, predicted: of.severity, probabilities: of.probabilities, score: of.score }]
  })
}

/** What is wrong with a row by itself, or compared with the first row. */
function faultOf ({ study, severity, probabilities, score }: PredictedGrade, first: PredictedGrade): string | undefined {
  if (!(Number.isInteger(severity) && severity >= 0 && severity < GRADE_COUNT)) return `${study}: severity ${severity} is not a whole number from 0 to 4`
  if ((probabilities === undefined) !== (first.probabilities === undefined)) return `${study}: all rows have probabilities, or none`
  if ((score === undefined) !== (first.score === undefined)) return `${study}: all rows have a score, or none`
  if (score !== undefined && !Number.isFinite(score)) return `${study}: the score is not a finite number`
  if (probabilities === undefined) return undefined
  if (probabilities.length !== GRADE_COUNT || probabilities.some((p) => !(p >= 0 && p <= 1))) return `${study}: probabilities are five numbers from 0 to 1, one for each grade`
  const sum = probabilities.reduce((total, p) => total + p, 0)
  return Math.abs(sum - 1) <= SUM_TOLERANCE ? undefined : `${study}: probabilities sum to ${Number(sum.toFixed(6))}, not to 1`
}
