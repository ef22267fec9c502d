import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { facetCounts } from '../catalog/study-query.js'
import { catalogStatistics } from '../catalog/statistics.js'
import { CATEGORIES } from '../ingest/mosmed.js'
import { nullable, oneOf, problems } from './schemas.js'

const Dataset = Type.Object({
  id: Type.String({ examples: ['mosmeddata-covid19-1110'] }),
  title: Type.String(),
  version: nullable(Type.String({ examples: ['1.0'] })),
  revision: Type.String({ description: 'hash of the catalog\'s content', examples: ['2c26b46b68ffc68f'] }),
  license: nullable(Type.Object({ name: Type.String(), url: Type.String({ format: 'uri' }) })),
  citation: nullable(Type.String()),
  url: nullable(Type.String({ format: 'uri' })),
  counts: Type.Object({
    studies: Type.Integer(),
    ready: Type.Integer(),
    annotated: Type.Integer(),
    slices: Type.Integer({ description: 'axial slices of ready studies' }),
    bytes: Type.Integer({ description: 'of all image and mask files' })
  }),
  catalog: Type.Object({ state: oneOf(['building', 'ready']), done: Type.Integer(), total: Type.Integer() })
}, { $id: 'Dataset' })

const CategoryList = Type.Object({
  items: Type.Array(Type.Object({
    id: oneOf(CATEGORIES.map(({ id }) => id)),
    severity: Type.Integer({ minimum: 0, maximum: 4 }),
    title: Type.String(),
    description: Type.String(),
    involvement: Type.Object({ min: Type.Number(), max: Type.Number() }, { description: '% of lung parenchyma' }),
    studies: Type.Integer(),
    share: Type.Number({ minimum: 0, maximum: 1, description: 'of all studies' }),
    annotated: Type.Integer()
  }))
}, { $id: 'CategoryList' })

const Distribution = Type.Object({
  studies: Type.Integer({ description: 'that have the fact' }),
  min: nullable(Type.Number()),
  median: nullable(Type.Number()),
  mean: nullable(Type.Number()),
  max: nullable(Type.Number()),
  bins: Type.Array(Type.Object({ from: Type.Number(), to: Type.Number({ description: 'exclusive' }), studies: Type.Integer() }))
}, { $id: 'Distribution' })

const Statistics = Type.Object({
  categories: Type.Array(Type.Object({ category: Type.String(), studies: Type.Integer(), annotated: Type.Integer() })),
  statuses: Type.Record(Type.String(), Type.Integer()),
  slices: Type.Ref('Distribution'),
  spacing: Type.Object({ i: Type.Ref('Distribution'), j: Type.Ref('Distribution'), k: Type.Ref('Distribution') }, { description: 'mm' }),
  lesionMl: Type.Ref('Distribution'),
  totals: Type.Object({
    studies: Type.Integer(), ready: Type.Integer(), annotated: Type.Integer(), slices: Type.Integer(), lesionSlices: Type.Integer(), lesionMl: Type.Number(), bytes: Type.Integer()
  })
}, { $id: 'Statistics' })

const NoQuery = Type.Object({}, { additionalProperties: false })
const json = (description: string, schema: string) => ({ description, content: { 'application/json': { schema: Type.Ref(schema) } } })

/** What is served, as a whole. */
export const datasetRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { catalog, dataset, ingest } = app.services
  for (const schema of [Dataset, CategoryList, Distribution, Statistics]) app.addSchema(schema)

  app.get('/dataset', {
    schema: {
      operationId: 'getDataset',
      tags: ['Discovery'],
      summary: 'The dataset: what it is, whose, how much, and how far the catalog is',
      querystring: NoQuery,
      response: { 200: json('the dataset', 'Dataset'), ...problems() }
    }
  }, async (_request, reply) => {
    const { id, title, version, license, citation, url } = dataset
    const body = { id, title, version, revision: catalog.revision(), license, citation, url, counts: catalog.counts(), catalog: ingest.progress }
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
  })

  app.get('/categories', {
    schema: {
      operationId: 'listCategories',
      tags: ['Discovery'],
      summary: 'The five severity categories and how many studies are in each',
      querystring: NoQuery,
      response: { 200: json('CT-0 to CT-4', 'CategoryList'), ...problems() }
    }
  }, async (_request, reply) => {
    const studies = facetCounts(catalog.database, {}, 'category')
    const annotated = facetCounts(catalog.database, { annotated: true }, 'category')
    const total = Object.values(studies).reduce((sum, count) => sum + count, 0)
    const items = CATEGORIES.map((category) => ({
      ...category,
      studies: studies[category.id] ?? 0,
      share: total === 0 ? 0 : (studies[category.id] ?? 0) / total,
      annotated: annotated[category.id] ?? 0
    }))
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify({ items }))
  })

  app.get('/stats', {
    schema: {
      operationId: 'getStatistics',
      tags: ['Discovery'],
      summary: 'Distributions for dashboards, and totals',
      querystring: NoQuery,
      response: { 200: json('distributions over the studies that have each fact', 'Statistics'), ...problems() }
    }
  }, async (_request, reply) => await reply.type('application/json; charset=utf-8').send(JSON.stringify(catalogStatistics(catalog.database))))
}
