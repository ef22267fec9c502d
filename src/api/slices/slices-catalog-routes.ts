import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { SliceRow } from '../../catalog/slice-query.js'
import type { SliceSelection } from '../../training/slice-catalog.js'
import { fullTable } from '../studies/studies-table.js'
import { originOf } from '../../http/requests/origin.js'
import { linkNextOfRevision, parseCursor } from '../../http/requests/paging.js'
import { answerLines } from '../../http/answers/text-answers.js'
import { json, lines, nullable, problems } from '../../http/contract/schemas.js'
import { NAME_KEY } from '../../http/contract/shared-parts.js'
import { orderOf, shardOf, sliceFilterOf, sliceFilters } from './slice-filter.js'
import { FULL_SLICE_COLUMNS, SLICE_COLUMNS, slicesTable } from './slices-table.js'
import { CATALOG_PAGE, paging, sliceFacts } from '../studies/study-schemas.js'

const SlicesQuerystring = Type.Object({ ...sliceFilters, ...paging }, { additionalProperties: false })
const SlicesTableQuerystring = Type.Object({ ...sliceFilters, full: fullTable }, { additionalProperties: false })
const AllSlicesQuerystring = Type.Object(sliceFilters, { additionalProperties: false })

const CatalogSlice = Type.Object({
  study: Type.String({ description: 'id of the study', examples: ['study_0255'] }),
  category: nullable(Type.String({ description: 'category of the study; null if the dataset has no categories', examples: ['CT-1'] })),
  ...sliceFacts
}, { [NAME_KEY]: 'SliceRow', description: 'An axial slice and its study.' })
const SliceCatalogPage = Type.Object({
  items: Type.Array(CatalogSlice),
  total: Type.Integer({ description: 'number of matching slices on all pages', examples: [46411] }),
  nextCursor: nullable(Type.String({ description: 'cursor of the next page; null on the last page', examples: ['WyJzdHVkeSIsMCwic3R1ZHlfMDAwNDozIl0'] }))
}, { $id: 'SliceCatalogPage', description: 'One page of slices.' })

const CSV_EXAMPLE = 'study,index,category,min,max,mean,lungFraction,lesionPixels\r\nstudy_0255,17,CT-1,-2048,638,-743.28,0.0463,102\r\n'
const NDJSON_EXAMPLE = '{"study":"study_0255","index":17,"category":"CT-1","min":-2048,"max":638,"mean":-743.28,"lungFraction":0.0463,"lesionPixels":102}\n'
const ORDER = 'Sorted by study and index; with `shuffle` by the hex SHA-256 of `"{seed}:{study}:{index}"`.'

/** The catalog of every axial slice of all ready studies. */
export const slicesCatalogRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { sliceCatalog, catalog, splits } = app.services
  app.addSchema(SliceCatalogPage)

  app.get('/slices', {
    schema: {
      operationId: 'listSlicesOfAllStudies',
      tags: ['Training'],
      summary: 'Axial slices across studies: filter, shuffle, shard, page',
      description: `${ORDER} Pages are stable while nothing is ingested.`,
      querystring: SlicesQuerystring,
      response: {
        200: json('one page of slices', 'SliceCatalogPage', CATALOG_PAGE),
        ...problems('study-not-found')
      }
    }
  }, async (request, reply) => {
    const { query } = request
    const selection = selectionOf(query)
    const order = selection.shuffle === undefined ? 'study' : `shuffle=${selection.shuffle}${selection.balance ?? ''}`
    const after = query.cursor === undefined ? null : parseCursor(order, query.cursor)
    const { items, total, next } = await sliceCatalog.page(selection, query.limit, after)
    const nextCursor = linkNextOfRevision(request, reply, order, next, after)
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify({ items, total, nextCursor }))
  })

  app.get('/slices.ndjson', {
    schema: {
      operationId: 'streamSlicesNdjson',
      tags: ['Training'],
      summary: 'All matching slices, one JSON object per line',
      description: ORDER,
      querystring: AllSlicesQuerystring,
      response: { 200: lines('application/x-ndjson', 'one slice per line', NDJSON_EXAMPLE), ...problems('study-not-found') }
    }
  }, (request, reply) => {
    const selection = selectionOf(request.query)
    return answerLines(request, reply, 'application/x-ndjson', () => Readable.from(inPieces(sliceCatalog.rows(selection)), { objectMode: false }))
  })

  app.get('/slices.csv', {
    schema: {
      operationId: 'streamSlicesCsv',
      tags: ['Training'],
      summary: 'All matching slices as a table (RFC 4180)',
      description: `Columns: \`${SLICE_COLUMNS.join(', ')}\`; with \`full\` also \`${FULL_SLICE_COLUMNS.join(', ')}\`. Unknown values are empty. ${ORDER}`,
      querystring: SlicesTableQuerystring,
      response: { 200: lines('text/csv', 'a header line, then one line per slice', CSV_EXAMPLE), ...problems('study-not-found') }
    }
  }, (request, reply) => {
    const { query } = request
    const selection = selectionOf(query)
    const root = query.full ? originOf(request) : undefined
    return answerLines(request, reply, 'text/csv', () => slicesTable(sliceCatalog.rows(selection), root), root)
  })

  function selectionOf (query: Static<typeof AllSlicesQuerystring>): SliceSelection {
    return { filter: sliceFilterOf(query, catalog, splits), ...orderOf(query), ...shardOf(query) }
  }
}

/** Joins lines into pieces of about 64 KiB; the first piece is one line, so that it is sent at once. */
async function * inPieces (rows: AsyncIterable<SliceRow>): AsyncGenerator<string> {
  let piece = ''
  let size = 0
  for await (const row of rows) {
    piece += JSON.stringify(row) + '\n'
    if (piece.length <= size) continue
    yield piece
    piece = ''
    size = 65_536
  }
  if (piece !== '') yield piece
}
