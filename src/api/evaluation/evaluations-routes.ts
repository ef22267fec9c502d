import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { stringify } from 'csv-stringify/sync'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { EvaluationsOff } from '../../errors.js'
import { MASK_DEFINITIONS } from '../../evaluation/masks/definitions.js'
import { MASK_METRICS } from '../../evaluation/runs/case-metrics.js'
import type { CaseMetrics } from '../../evaluation/runs/case-metrics.js'
import { RUN_PLAN } from '../../evaluation/runs/evaluations.js'
import type { Evaluations } from '../../evaluation/runs/evaluations.js'
import { runCaveats } from '../../evaluation/runs/run-caveats.js'
import type { RunOrder, RunSummary } from '../../evaluation/runs/run-store.js'
import { gradedStudies, targetOf } from '../../evaluation/runs/target.js'
import type { SeverityRequest as Grades } from '../../evaluation/scoring/severity-scoring.js'
import { LEVEL } from '../../evaluation/statistics/figure.js'
import { json, lines, NoQuery, problems, StudyId } from '../../http/contract/schemas.js'
import { clientSignal } from '../../http/requests/client-signal.js'
import { linkNext, parseCursor } from '../../http/requests/paging.js'
import { allStudyFilters, studyFilterOf } from '../studies/study-filter.js'
import { NEXT_PAGE, paging } from '../studies/study-schemas.js'
import { PREDICTION_BODY } from './mask-schemas.js'
import { MASK_PROBLEMS, shownScore } from './mask-scores-routes.js'
import { predictionOf, PREDICTION_ROUTE, takePredictions } from './prediction-body.js'
import { runSort } from './run-schemas.js'
import type { EvaluationRequest } from './run-schemas.js'
import { filtersAsText } from './target-filters.js'

const RunId = Type.String({ description: 'id of the evaluation', examples: ['3f1c0d9e8b7a6f54'] })
const RunParams = Type.Object({ id: RunId })
const TargetQuerystring = Type.Object(allStudyFilters, { additionalProperties: false })
const ListQuerystring = Type.Object({ ...runSort, ...paging }, { additionalProperties: false })
const CompareQuerystring = Type.Object({ a: RunId, b: RunId }, { additionalProperties: false })

const ONE = ['evaluations-off', 'evaluation-not-found'] as const
const JSON_TYPE = 'application/json; charset=utf-8'
const CSV_COLUMNS = ['study', 'status', ...MASK_METRICS] as const
const CSV_EXAMPLE = `${CSV_COLUMNS.join(',')}\r\nstudy_0004,scored,0.82,0.69,0.8,0.84,0.91,4.2,0.8,12.5,0.04,1,0.75,0.86\r\n`
const INTERVALS = { level: LEVEL, ...RUN_PLAN }

/** Runs of algorithms: create, fill, read, compare, remove. Scores change while a run is filled, so answers are not cached. */
export const evaluationsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { catalog, splits, severityScoring } = app.services
  const evaluations = whereKept(app)
  app.removeContentTypeParser('text/plain')

  app.post('/evaluations.json', {
    schema: {
      operationId: 'createEvaluation',
      tags: ['Evaluation'],
      summary: 'Begin an evaluation of an algorithm',
      description: 'The query selects the target, which is stored as it is now. Masks are scored on its annotated studies, severities on all its studies.',
      querystring: TargetQuerystring,
      body: Type.Ref('EvaluationRequest'),
      response: { 201: json('the evaluation', 'Evaluation', { Location: { type: 'string', description: 'address of the new evaluation', example: '/v1/evaluations/3f1c0d9e8b7a6f54.json' } }), ...problems('evaluations-off', 'body-too-large', 'unsupported-media-type') }
    }
  }, async (request, reply) => {
    const query = request.query as Static<typeof TargetQuerystring>
    const { name, algorithm = null, version = null, note = null, tolerance, minLesionMl } = request.body as Static<typeof EvaluationRequest>
    const { store } = evaluations()
    const id = store.create({ name, algorithm, version, note, toleranceMm: tolerance, minLesionMl }, targetOf(catalog, studyFilterOf(query, splits), filtersAsText(query)), Date.now())
    return await reply.code(201).header('location', `/v1/evaluations/${id}.json`).type(JSON_TYPE).send(JSON.stringify(shown(store.run(id))))
  })

  app.get('/evaluations.json', {
    schema: {
      operationId: 'listEvaluations',
      tags: ['Evaluation'],
      summary: 'Evaluations, the newest first',
      description: 'Two evaluations can be compared if their `target.hash`, `tolerance` and `minLesionMl` are equal.',
      querystring: ListQuerystring,
      response: { 200: json('one page of evaluations', 'EvaluationList', NEXT_PAGE), ...problems('evaluations-off') }
    }
  }, async (request, reply) => {
    const { sort, limit, cursor } = request.query
    const order: RunOrder = { by: sort.replace('-', '') as RunOrder['by'], descending: sort.startsWith('-') }
    const { items, total, next } = evaluations().store.page(order, limit, cursor === undefined ? null : parseCursor(sort, cursor))
    const nextCursor = linkNext(request, reply, sort, next)
    return await reply.type(JSON_TYPE).send(JSON.stringify({ items: items.map(shown), total, nextCursor }))
  })

  app.get('/evaluations/compare.json', {
    schema: {
      operationId: 'compareEvaluations',
      tags: ['Evaluation'],
      summary: 'Compare two evaluations of one target, study by study',
      description: 'Gives for each mask metric the mean of a − b with its bootstrap interval and Wilcoxon\'s signed-rank test; for the areas under the ROC curve DeLong\'s paired test; for each threshold McNemar\'s exact test.',
      querystring: CompareQuerystring,
      response: { 200: json('the comparison', 'EvaluationComparison'), ...problems(...ONE, 'targets-differ') }
    }
  }, async ({ method, query }, reply) => {
    if (method === 'HEAD') return await known(reply, query.a, query.b)
    const { a, b, ...compared } = await evaluations().compare(query.a, query.b, clientSignal(reply))
    return await reply.type(JSON_TYPE).send(JSON.stringify({ a: shown(a), b: shown(b), ...compared, intervals: INTERVALS }))
  })

  app.get('/evaluations/:id.json', {
    schema: {
      operationId: 'getEvaluation',
      tags: ['Evaluation'],
      summary: 'An evaluation: aggregates over the target, and every case',
      description: 'A missing mask counts as an empty mask, so a failed study never improves a figure. `n`, `scored`, `missing` and `undefined` stand beside every aggregate.',
      params: RunParams,
      querystring: NoQuery,
      response: { 200: json('the evaluation', 'EvaluationReport'), ...problems(...ONE) }
    }
  }, async ({ method, params: { id } }, reply) => {
    if (method === 'HEAD') return await known(reply, id)
    const { run, aggregates, cases, severity } = await evaluations().report(id, clientSignal(reply))
    return await reply.type(JSON_TYPE).send(JSON.stringify({
      ...shown(run), aggregates, cases: cases.map(caseShown), ...(severity !== null && { severity }), definitions: MASK_DEFINITIONS, intervals: INTERVALS, caveats: runCaveats(run, severityScoring.gradeNames)
    }))
  })

  app.get('/evaluations/:id.csv', {
    schema: {
      operationId: 'getEvaluationCsv',
      tags: ['Evaluation'],
      summary: 'The cases of an evaluation as a table (RFC 4180)',
      description: `Columns: \`${CSV_COLUMNS.join(', ')}\`. An undefined value is empty.`,
      params: RunParams,
      querystring: NoQuery,
      response: { 200: lines('text/csv', 'a header line, then one line per study', CSV_EXAMPLE), ...problems(...ONE) }
    }
  }, async ({ method, params: { id } }, reply) => {
    if (method === 'HEAD') return await known(reply.type('text/csv; charset=utf-8'), id)
    const { store } = evaluations()
    const cases = await evaluations().casesOf(store.run(id), clientSignal(reply))
    return await reply.type('text/csv; charset=utf-8').send(stringify(cases.map(caseShown), { header: true, columns: [...CSV_COLUMNS], record_delimiter: 'windows' }))
  })

  app.put('/evaluations/:id/severity', {
    schema: {
      operationId: 'putEvaluationSeverity',
      tags: ['Evaluation'],
      summary: 'Score severities and store the score in an evaluation',
      description: 'The target is every study that matches the filters of the evaluation, annotated or not. A second upload replaces the first.',
      params: RunParams,
      querystring: NoQuery,
      body: Type.Ref('SeverityRequest'),
      response: { 200: json('the score', 'SeverityScore'), ...problems(...ONE, 'body-too-large', 'unsupported-media-type') }
    }
  }, async ({ params: { id }, body }, reply) => {
    return await reply.type(JSON_TYPE).send(JSON.stringify(await evaluations().putGrades(id, body as Grades, clientSignal(reply))))
  })

  app.delete('/evaluations/:id', {
    schema: {
      operationId: 'deleteEvaluation',
      tags: ['Evaluation'],
      summary: 'Remove an evaluation',
      description: 'Removes its scores too. The dataset is not changed.',
      params: RunParams,
      querystring: NoQuery,
      response: { 204: { description: 'The evaluation is removed.', type: 'null' }, ...problems(...ONE) }
    }
  }, async ({ params: { id } }, reply) => {
    evaluations().store.remove(id)
    return await reply.code(204).send(null)
  })

  /** The answer to HEAD: whether the runs exist, without computing their figures. */
  async function known (reply: { send: () => unknown }, ...ids: string[]) {
    for (const id of ids) evaluations().store.run(id)
    return reply.send()
  }
}

/** Masks of evaluations: each is scored when it arrives. */
export const evaluationMasksRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const evaluations = whereKept(app)
  takePredictions(app)

  app.put('/evaluations/:id/masks/:studyId', {
    ...PREDICTION_ROUTE,
    schema: {
      operationId: 'putEvaluationMask',
      tags: ['Evaluation'],
      summary: 'Score a predicted mask and store the score in an evaluation',
      description: 'The mask itself is not stored. A second upload for the study replaces the first. For a study outside the target the problem is `mask-not-found`.',
      params: Type.Object({ id: RunId, studyId: StudyId }),
      querystring: NoQuery,
      body: PREDICTION_BODY,
      response: { 200: json('the score', 'MaskScore'), ...problems(...ONE, 'targets-differ', ...MASK_PROBLEMS) }
    }
  }, async ({ params: { id, studyId }, body }, reply) => {
    const score = await evaluations().putMask(id, studyId, predictionOf(body), clientSignal(reply))
    return await reply.type(JSON_TYPE).send(JSON.stringify(shownScore(studyId, score)))
  })
}

/** Refuses a plugin's requests, before the body is read, where no runs are kept; marks its answers as not to be stored. */
function whereKept (app: FastifyInstance): () => Evaluations {
  const { evaluations } = app.services
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done(evaluations === undefined ? new EvaluationsOff() : undefined)
  })
  return () => evaluations!
}

/** A run as the API shows it. */
function shown ({ id, createdMs, name, algorithm, version, note, toleranceMm, minLesionMl, target, targetHash, filters, scored, dice, hasGrades }: RunSummary) {
  const annotated = target.filter(({ mask }) => mask !== null).length
  return {
    id,
    created: new Date(createdMs).toISOString(),
    name,
    algorithm,
    version,
    note,
    tolerance: toleranceMm,
    minLesionMl,
    target: { studies: gradedStudies(target).length, annotated, hash: targetHash, filters },
    scored,
    missing: annotated - scored,
    dice,
    graded: hasGrades
  }
}

function caseShown ({ failed, ...row }: CaseMetrics): Omit<CaseMetrics, 'failed'> {
  return row
}
