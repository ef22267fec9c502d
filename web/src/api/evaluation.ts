import type { Figure as FigureOf } from '../../../src/evaluation/statistics/figure.js'
import type { SeverityAnswer } from '../../../src/evaluation/scoring/severity-scoring.js'
import type { PredictedGrade } from '../../../src/evaluation/severity/predictions.js'
import { fetchAnswer } from './client.js'

export type Figure = FigureOf
export type SeverityScore = SeverityAnswer
export type Triage = SeverityAnswer['triage'][number]
export type Grade = PredictedGrade

/** A key goes with the request that needs it, and is kept nowhere. */
export function keyHeaders (key: string): Record<string, string> {
  return key === '' ? {} : { authorization: `Bearer ${key}` }
}

/** Score grades against those of the target. @throws ApiProblem; an AbortError when the signal ends it */
export async function scoreGrades (predictions: readonly Grade[], missing: string, target: Record<string, string>, key: string, signal: AbortSignal): Promise<SeverityScore> {
  const answer = await fetchAnswer('v1/scores/severity.json', target, {
    method: 'POST', signal, headers: { 'content-type': 'application/json', ...keyHeaders(key) }, body: JSON.stringify({ predictions, missing })
  })
  return await answer.json() as SeverityScore
}
