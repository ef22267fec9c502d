import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { targetOf } from '../../evaluation/runs/target.js'
import type { SeverityRequest as Grades } from '../../evaluation/scoring/severity-scoring.js'
import { json, problems } from '../../http/contract/schemas.js'
import { clientSignal } from '../../http/requests/client-signal.js'
import { allStudyFilters, studyFilterOf } from '../studies/study-filter.js'
import { filtersAsText } from './target-filters.js'

const TargetQuerystring = Type.Object(allStudyFilters, { additionalProperties: false })

/** Scores grades against the dataset's. Nothing is kept. */
export const severityScoresRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { catalog, splits, severityScoring } = app.services
  app.removeContentTypeParser('text/plain')

  app.post('/scores/severity.json', {
    schema: {
      operationId: 'scoreSeverity',
      tags: ['Evaluation'],
      summary: 'Score predicted severities',
      description: 'Gives agreement, triage at every threshold, ROC, calibration, worklist and missed studies, each figure with its 95 % interval. The query selects the target; without a query it is every study of the catalog. ' +
        'Nothing is stored. `docs/evaluation.md` says what each figure means and how to recompute it.',
      querystring: TargetQuerystring,
      body: Type.Ref('SeverityRequest'),
      response: { 200: json('the score', 'SeverityScore'), ...problems('body-too-large', 'unsupported-media-type') }
    }
  }, async (request, reply) => {
    const query = request.query as Static<typeof TargetQuerystring>
    const target = targetOf(catalog, studyFilterOf(query, splits), filtersAsText(query))
    const answer = await severityScoring.score(target, request.body as Grades, clientSignal(reply))
    return await reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(JSON.stringify(answer))
  })
}
