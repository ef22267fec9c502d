import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import { Type } from 'typebox'
import { originOf } from '../../http/requests/origin.js'
import { NoQuery, problems } from '../../http/contract/schemas.js'
import { slicesTable } from '../slices/slices-table.js'
import { studiesTable } from '../studies/studies-table.js'
import { croissant } from './croissant.js'
import type { Table } from './croissant.js'

/** Descriptions cached, one per revision and address: hashing the tables of a large catalog takes a second. */
const KEPT = 8

const Croissant = Type.Object({ '@type': Type.String({ examples: ['sc:Dataset'] }), name: Type.String({ examples: ['MosMedData'] }) }, { additionalProperties: true, $id: 'Croissant' })

/** Decorates `app.jsonLd`. Each table it describes is written once per revision, to be hashed. */
export const jsonLd = fp(async (app) => {
  const { catalog, dataset, listing, splits, sliceCatalog } = app.services
  const known = new LRUCache<string, Promise<string>>({ max: KEPT })

  app.decorate('jsonLd', (root) => {
    const revision = catalog.revision()
    const key = `${revision} ${root}`
    const made = known.get(key) ?? describe(root, revision)
    known.set(key, made)
    made.catch(() => known.delete(key))
    return made
  })

  async function describe (root: string, revision: string): Promise<string> {
    const studies = studiesTable(catalog.ask.studiesOf({}, { by: 'id', descending: false }), { root, splits, catalog })
    const slices = slicesTable(sliceCatalog.rows({ filter: { studies: {} }, shuffle: undefined, balance: undefined, shard: 0, shards: 1 }), root)
    return JSON.stringify(croissant({
      dataset,
      root,
      studies: await hashed(`${root}/v1/studies.csv?full=true&rev=${revision}`, studies),
      slices: await hashed(`${root}/v1/slices.csv?full=true&rev=${revision}`, slices),
      categories: (listing.scale?.grades ?? []).map(({ id, title }, severity) => ({ id, title, severity }))
    }))
  }
}, { name: 'json-ld' })

async function hashed (url: string, table: AsyncIterable<Buffer>): Promise<Table> {
  const hash = createHash('sha256')
  for await (const piece of table) hash.update(piece)
  return { url, sha256: hash.digest('hex') }
}

/** The dataset's description for dataset search engines and loaders. */
export const croissantRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addSchema(Croissant)
  app.get('/dataset.croissant.json', {
    schema: {
      operationId: 'getCroissant',
      tags: ['Discovery'],
      summary: 'The dataset as Croissant 1.1 (JSON-LD)',
      description: 'Names the tables `studies.csv` and `slices.csv` of this revision with their SHA-256. `mlcroissant` loads it.',
      querystring: NoQuery,
      response: { 200: { description: 'the dataset as Croissant JSON-LD', content: { 'application/ld+json': { schema: Type.Ref('Croissant') } } }, ...problems() }
    }
  }, async (request, reply) => await reply.type('application/ld+json; profile="http://mlcommons.org/croissant/1.1"').send(await app.jsonLd(originOf(request))))
}
