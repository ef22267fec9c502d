import type { Figure as FigureOf } from '../../../src/evaluation/statistics/figure.js'
import type { SeverityAnswer } from '../../../src/evaluation/scoring/severity-scoring.js'
import type { PredictedGrade } from '../../../src/evaluation/severity/predictions.js'
import type { MaskScore as ScoreOfMask } from '../../../src/evaluation/masks/mask-score.js'
import { patientGet } from '../volume/patient-get.js'
import { fetchAnswer } from './client.js'

export type Figure = FigureOf
export type SeverityScore = SeverityAnswer
export type Triage = SeverityAnswer['triage'][number]
export type Grade = PredictedGrade
export type MaskScore = ScoreOfMask & { study: string, geometry: string, definitions: Record<string, string> }

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

/** Score a predicted mask; a service at its limit is asked again. @throws as scoreGrades */
export async function scoreMask (study: string, mask: Blob, key: string, signal: AbortSignal): Promise<MaskScore> {
  return await (await sendMask(study, 'json', {}, mask, key, signal)).json() as MaskScore
}

/** A slice with true positives, false positives and misses drawn. @throws as scoreGrades */
export async function drawMask (study: string, mask: Blob, index: number, key: string, signal: AbortSignal): Promise<Blob> {
  return await (await sendMask(study, 'png', { index }, mask, key, signal)).blob()
}

async function sendMask (study: string, form: 'json' | 'png', query: Record<string, number>, mask: Blob, key: string, signal: AbortSignal): Promise<Response> {
  const init = { method: 'POST', signal, headers: { 'content-type': 'application/octet-stream', ...keyHeaders(key) }, body: mask }
  return await patientGet(fetchAnswer, `v1/studies/${encodeURIComponent(study)}/mask/scores.${form}`, query, init, () => {})
}
