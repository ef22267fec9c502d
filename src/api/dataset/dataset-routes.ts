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
      summary: 'The dataset: identity, licence, counts and state of the catalog',
      description: 'The `revision` changes whenever the content of the catalog changes.',
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
      summary: 'The categories of the dataset, with the number of studies in each',
      description: 'Sorted by severity. MosMedData has five, CT-0 to CT-4: from no signs of pneumonia to over three quarters of the lungs involved. The list is empty if the dataset has no categories.',
      querystring: NoQuery,
      response: { 200: json('the categories, sorted by severity', 'CategoryList'), ...problems() }
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
      summary: 'Distributions and totals for dashboards',
      description: 'Covers the studies that match the filters. Counts them by category and by status, and bins their slices, spacing (along each stored axis and between axial slices), lesion volume, bytes and HU range. The bins have equal width and cover the whole catalog, so the counts of two filters can be compared bin by bin.',
      querystring: StatisticsQuerystring,
      response: { 200: json('distributions over the matching studies', 'Statistics'), ...problems() }
    }
  }, async ({ query }, reply) =>
    await reply.type('application/json; charset=utf-8').send(JSON.stringify(catalog.ask.statistics(studyFilterOf(query, splits)))))
}
