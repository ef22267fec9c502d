import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { MASK_DEFINITIONS } from '../../evaluation/masks/definitions.js'
import type { ScoredMask } from '../../evaluation/scoring/score-tasks.js'
import { windowText, parseWindow, WINDOW_PRESETS } from '../../render/window.js'
import { binary, json, problems, StudyParams } from '../../http/contract/schemas.js'
import { clientSignal } from '../../http/requests/client-signal.js'
import { pictureWindow } from '../slices/slice-schemas.js'
import { maskSettings, PREDICTION_BODY } from './mask-schemas.js'
import { predictionOf, PREDICTION_ROUTE, takePredictions } from './prediction-body.js'

const ScoreQuerystring = Type.Object(maskSettings, { additionalProperties: false })
const PictureQuerystring = Type.Object({
  index: Type.Optional(Type.Integer({ description: 'index of the axial slice; default: the slice with most lesion in the reference', examples: [17] })),
  window: pictureWindow
}, { additionalProperties: false })

export const MASK_PROBLEMS = [
  'study-not-found', 'mask-not-found', 'volume-missing', 'body-too-large', 'unsupported-media-type',
  'geometry-mismatch', 'prediction-unreadable', 'volume-unreadable', 'catalog-building'
] as const

/** A score as the API shows it. */
export function shownScore (study: string, score: ScoredMask): object {
  return { study, ...score, definitions: MASK_DEFINITIONS }
}

/** Scores predicted masks against the dataset's. Nothing is kept. */
export const maskScoresRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { maskScoring } = app.services
  takePredictions(app)

  app.post('/studies/:studyId/mask/scores.json', {
    ...PREDICTION_ROUTE,
    schema: {
      operationId: 'scoreMask',
      tags: ['Evaluation'],
      summary: 'Score a predicted mask',
      description: 'Gives overlap, surface distances, volumes and lesions, in the spacing of the reference. The prediction must be on the grid of the reference: another orientation of that grid is reoriented, any other grid is refused. Nothing is stored.',
      params: StudyParams,
      querystring: ScoreQuerystring,
      body: PREDICTION_BODY,
      response: { 200: json('the score', 'MaskScore'), ...problems(...MASK_PROBLEMS) }
    }
  }, async ({ params: { studyId }, query: { tolerance, minLesionMl }, body }, reply) => {
    const score = await maskScoring.score(studyId, predictionOf(body), { toleranceMm: tolerance, minLesionMl }, clientSignal(reply))
    return await reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(JSON.stringify(shownScore(studyId, score)))
  })

  app.post('/studies/:studyId/mask/scores.png', {
    ...PREDICTION_ROUTE,
    schema: {
      operationId: 'drawMaskScore',
      tags: ['Evaluation'],
      summary: 'Draw a predicted mask over the scan: hits, false positives and misses',
      description: 'One axial slice in radiological orientation. True positives are sky blue, false positives vermilion, misses yellow; the three differ in every kind of colour blindness. The legend below the slice counts the pixels of each.',
      params: StudyParams,
      querystring: PictureQuerystring,
      body: PREDICTION_BODY,
      response: { 200: binary('image/png', 'the picture'), ...problems('slice-not-found', ...MASK_PROBLEMS) }
    }
  }, async ({ params: { studyId }, query: { index, window }, body }, reply) => {
    const parsed = window === undefined ? undefined : parseWindow(window)
    const picture = await maskScoring.picture(studyId, predictionOf(body), { index, window: parsed }, clientSignal(reply))
    return await reply.headers({ 'cache-control': 'no-store', 'slice-window': windowText(parsed ?? WINDOW_PRESETS.lung) }).type('image/png').send(Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength))
  })
}
