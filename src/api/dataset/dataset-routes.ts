import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { colorOf, hex, isPlainMask } from '../../catalog/label-rows.js'
import { json, NoQuery, problems } from '../../http/contract/schemas.js'
import { allStudyFilters, studyFilterOf } from '../studies/study-filter.js'
import { CategoryList, Dataset, Distribution, Statistics } from './dataset-schemas.js'

const StatisticsQuerystring = Type.Object({ ...allStudyFilters }, { additionalProperties: false })

/** The dataset as a whole. */
export const datasetRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { catalog, dataset, ingest, publication, splits, listing } = app.services
  const { channels, labelSets } = listing
  const kinds = {
    ...(channels !== undefined && { channels }),
    ...(!isPlainMask(labelSets) && { labelSets: labelSets.map(({ name, labels }) => ({ name, labels: labels.map((label, place) => ({ value: label.value, ...(label.values !== undefined && { values: label.values }), name: label.name, color: hex(colorOf(label, place)) })) })) })
  }
  for (const schema of [Dataset, CategoryList, Distribution, Statistics]) app.addSchema(schema)

  app.get('/dataset', {
    config: { isOfNow: true },
    schema: {
      operationId: 'getDataset',
      tags: ['Discovery'],
      summary: 'The dataset: what it is, whose, how much, and how far the catalog is',
      description: 'The `revision` changes whenever anything in the catalog does.',
      querystring: NoQuery,
      response: { 200: json('the dataset', 'Dataset'), ...problems() }
    }
  }, async (_request, reply) => {
    const { id, title, version, license, citation, url } = dataset
    const published = publication?.()
    const state = { ...ingest.progress, ...(published !== undefined && { name: published.name, publishedAt: published.publishedAt }) }
    const body = { id, title, version, revision: catalog.revision(), license, citation, url, counts: catalog.ask.counts(), catalog: state, ...kinds, findings: listing.findings }
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
  })

  app.get('/categories', {
    schema: {
      operationId: 'listCategories',
      tags: ['Discovery'],
      summary: 'The categories of the dataset, and how many studies are in each',
      description: 'In order. MosMedData has five, CT-0 to CT-4: from no signs of pneumonia to over three quarters of the lungs involved. None where the dataset has none.',
      querystring: NoQuery,
      response: { 200: json('in order', 'CategoryList'), ...problems() }
    }
  }, async (_request, reply) => {
    const grades = listing.scale?.grades ?? []
    const shares = catalog.ask.categoryShares(grades.map(({ id }) => id))
    const items = grades.map(({ id, title, description, involvement }, severity) => ({ id, severity, title, description, involvement, ...shares[severity] }))
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify({ items }))
  })

  app.get('/stats', {
    schema: {
      operationId: 'getStatistics',
      tags: ['Discovery'],
      summary: 'Distributions for dashboards, and totals',
      description: 'Of the studies that match: by category and status; slices, spacing (along each stored axis, and between axial slices), lesion volume, bytes and HU range in bins of equal width. The bins are those of the whole catalog, so that counts under two filters can be laid over each other.',
      querystring: StatisticsQuerystring,
      response: { 200: json('distributions over the studies that have each fact', 'Statistics'), ...problems() }
    }
  }, async ({ query }, reply) =>
    await reply.type('application/json; charset=utf-8').send(JSON.stringify(catalog.ask.statistics(studyFilterOf(query, splits)))))
}
