import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { InvalidRequest } from '../../errors.js'
import { splitOf } from '../../training/split-answer.js'
import { DEFAULT_RATIOS, MAX_FOLDS } from '../../training/splits.js'
import { json, oneOf, problems } from '../../http/contract/schemas.js'
import { ratiosString } from '../../http/contract/texts.js'
import { Seed, studyFilterOf } from '../studies/study-filter.js'
import { studyFilters } from '../studies/study-schemas.js'

const ids = (what: string, example: string) => Type.Array(Type.String(), { description: `ids of the studies to ${what} on`, examples: [[example]] })
const train = ids('train', 'study_0255')
const val = ids('validate', 'study_0256')
const test = ids('test', 'study_0257')
const warnings = Type.Optional(Type.Array(Type.String(), { description: 'requested parts without a study; absent if every part has one', examples: [['test is empty: there are too few studies for its ratio; use another seed, other ratios or other filters']] }))
const hash = Type.String({ description: 'hex SHA-256 of `train`, `val` and `test`, or of `folds`, as JSON without spaces', examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] })
const RatioSplit = Type.Object({ train, val, test, hash, warnings }, { $id: 'RatioSplit', description: 'One split by ratios.' })
const FoldSplit = Type.Object({
  folds: Type.Array(Type.Object({ train, val }), { description: 'the requested number of folds, or those of the dataset' }),
  test: Type.Optional(test),
  hash,
  warnings
}, { $id: 'FoldSplit', description: 'Several splits for cross-validation.' })
const Split = Type.Unsafe<object>({ $id: 'Split', description: 'A split by ratios, or folds if `folds` was requested.', oneOf: [Type.Ref('RatioSplit'), Type.Ref('FoldSplit')] })

const SplitsQuerystring = Type.Object({
  ratios: Type.Optional(ratiosString({ maxLength: 64, description: `ratios of train,val,test: decimals with a sum of 1; default: ${DEFAULT_RATIOS}`, examples: ['0.8,0.1,0.1'] })),
  folds: Type.Optional(Type.Integer({ minimum: 2, maximum: MAX_FOLDS, description: 'number of folds, pairs of train and val; instead of `ratios`', examples: [5] })),
  seed: Type.Optional(Type.Integer({ ...Seed, description: 'seed of the split: any whole number from 0; default: 0' })),
  splitSource: Type.Optional(oneOf(['seed', 'dataset'], { description: 'source of the split; `seed`: computed from `seed`; `dataset`: published with the dataset, as `folds` with `test` or as train, val and test; default: `seed`', examples: ['seed'] })),
  ...studyFilters
}, { additionalProperties: false })

/** Reproducible splits. */
export const splitsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { splits, catalog } = app.services
  for (const schema of [RatioSplit, FoldSplit, Split]) app.addSchema(schema)

  app.get('/splits', {
    schema: {
      operationId: 'getSplit',
      tags: ['Training'],
      summary: 'Train, val and test, or folds, stratified by category',
      description: 'Within a category, studies are sorted by the hex SHA-256 of `"{seed}:{studyId}"` and cut at the ratios by largest remainder, with ties to the earlier part. ' +
        'Fold f of n validates on every n-th study from the f-th. Studies of one patient stay together: they are sorted by `"{seed}:{patient}"` and join the part of the first of them. The whole catalog is split first and filtered afterwards, so a filter never moves a study to another part. Ids are sorted.',
      querystring: SplitsQuerystring,
      response: { 200: json('the study ids of each part', 'Split'), ...problems() }
    }
  }, async ({ query }, reply) => {
    const { seed = 0, ratios, folds, splitSource, ...filters } = query
    if (splitSource === 'dataset') {
      const clashing = (['seed', 'ratios', 'folds'] as const).filter((parameter) => query[parameter] !== undefined)
      if (clashing.length > 0) throw new InvalidRequest(clashing.map((parameter) => ({ parameter, detail: 'cannot be combined with splitSource=dataset; drop one of the two' })))
    }
    if (ratios !== undefined && folds !== undefined) {
      throw new InvalidRequest([{ parameter: 'ratios', detail: 'cannot be combined with folds; drop one of the two' }, { parameter: 'folds', detail: 'cannot be combined with ratios; drop one of the two' }])
    }
    const selected = catalog.ask.studyIds(studyFilterOf(filters, splits))
    const split = splitOf(splits, selected, { seed, ...(ratios !== undefined && { ratios }), ...(folds !== undefined && { folds }), ...(splitSource !== undefined && { source: splitSource }) })
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify(split))
  })
}
