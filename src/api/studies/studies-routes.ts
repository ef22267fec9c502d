import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { SortKey, StudyOrder } from '../../catalog/study-query.js'
import { VolumeUnreadable } from '../../errors.js'
import { headerFields } from '../../nifti/header.js'
import { originOf } from '../../http/requests/origin.js'
import { linkNextOfRevision, parseCursor } from '../../http/requests/paging.js'
import { answerHeld, answerLines } from '../../http/answers/text-answers.js'
import { json, lines, mapOf, named, NoQuery, nullable, problems, StudyParams, VolumeParams } from '../../http/contract/schemas.js'
import { allStudyFilters, studyFilterOf } from './study-filter.js'
import { FULL_STUDY_COLUMNS, fullTable, STUDY_COLUMNS, studiesTable } from './studies-table.js'
import { facets, CATALOG_PAGE, paging, sliceFacts, studySort } from './study-schemas.js'

const StudiesQuerystring = Type.Object({ ...allStudyFilters, ...studySort, ...facets, ...paging }, { additionalProperties: false })
const StudiesTableQuerystring = Type.Object({ ...allStudyFilters, ...studySort, full: fullTable }, { additionalProperties: false })
const AllStudiesQuerystring = Type.Object({ ...allStudyFilters, ...studySort }, { additionalProperties: false })

const StudyList = Type.Object({
  items: Type.Array(Type.Ref('Study')),
  total: Type.Integer({ description: 'number of matching studies on all pages', examples: [684] }),
  facets: Type.Optional(mapOf(mapOf(Type.Integer()), { description: 'number of studies per value, for each requested facet', examples: [{ category: { 'CT-1': 684 } }] })),
  nextCursor: nullable(Type.String({ description: 'cursor of the next page; null on the last page', examples: ['WyJpZCIsInN0dWR5XzAwMDQiLCJzdHVkeV8wMDA0Il0'] }))
}, { $id: 'StudyList', description: 'One page of studies.' })

const SliceFactsList = Type.Object({ items: Type.Array(named('SliceFacts', Type.Object(sliceFacts, { description: 'The catalog entry of an axial slice.' }))) }, { $id: 'SliceFactsList', description: 'Axial slices of a study, in order of index.' })

const CSV_EXAMPLE = `${STUDY_COLUMNS.join(',')}\r\nstudy_0255,255,CT-1,1,ready,true,512,512,41,0.7,0.7,8,LAS,int16,92131,342.8,8859486,c6c745f22ac9c44406a52eff3f15234aca4834b1a19f9fd4ffd8431f08d0777a\r\n`
const NDJSON_EXAMPLE = '{"id":"study_0255","number":255,"category":"CT-1","severity":1,"status":"missing"}\n'

/** Find studies, and describe one. */
export const studiesRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const { catalog } = services
  for (const schema of [StudyList, SliceFactsList]) app.addSchema(schema)

  app.get('/studies', {
    schema: {
      operationId: 'listStudies',
      tags: ['Discovery'],
      summary: 'Studies: filter, sort, count, page',
      description: 'Pages are stable while nothing is ingested: each match appears exactly once.',
      querystring: StudiesQuerystring,
      response: {
        200: json('one page of studies', 'StudyList', CATALOG_PAGE),
        ...problems()
      }
    }
  }, async (request, reply) => {
    const { query } = request
    const filter = studyFilterOf(query, services.splits)
    const order = orderOf(query.sort)
    if (answerHeld(request, reply, request.publicPrefix)) return await reply
    const after = query.cursor === undefined ? null : parseCursor(query.sort, query.cursor)
    const { items, total, next } = catalog.ask.pageOfStudies(filter, order, query.limit, after)
    const nextCursor = linkNextOfRevision(request, reply, query.sort, next, after)
    const counts = query.facets?.filter((facet) => facet !== 'category' || services.splits.categories.length > 0).map((facet) => [facet, catalog.ask.facetCounts(filter, facet)] as const)
    // The catalog already holds each study as JSON text; serializing it again would only cost time.
    const rest = JSON.stringify({ total, ...(counts !== undefined && { facets: Object.fromEntries(counts) }), nextCursor })
    return await reply.type('application/json; charset=utf-8').send(`{"items":[${items.join(',')}],${rest.slice(1)}`)
  })

  app.get('/studies.ndjson', {
    schema: {
      operationId: 'streamStudiesNdjson',
      tags: ['Discovery'],
      summary: 'All matching studies, one JSON object per line',
      description: 'Each line is a study as `GET /v1/studies/{studyId}` returns it.',
      querystring: AllStudiesQuerystring,
      response: { 200: lines('application/x-ndjson', 'one study per line', NDJSON_EXAMPLE), ...problems() }
    }
  }, (request, reply) => {
    const { query } = request
    const filter = studyFilterOf(query, services.splits)
    return answerLines(request, reply, 'application/x-ndjson', () =>
      Readable.from(inPieces(catalog.ask.studiesOf(filter, orderOf(query.sort))), { objectMode: false }))
  })

  app.get('/studies.csv', {
    schema: {
      operationId: 'streamStudiesCsv',
      tags: ['Discovery'],
      summary: 'All matching studies as a table (RFC 4180)',
      description: `Columns: \`${STUDY_COLUMNS.join(', ')}\`; with \`full\` also \`${FULL_STUDY_COLUMNS.join(', ')}\`. Unknown values are empty.`,
      querystring: StudiesTableQuerystring,
      response: { 200: lines('text/csv', 'a header line, then one line per study', CSV_EXAMPLE), ...problems() }
    }
  }, (request, reply) => {
    const { query } = request
    const filter = studyFilterOf(query, services.splits)
    const root = query.full ? originOf(request) : undefined
    return answerLines(request, reply, 'text/csv', () =>
      studiesTable(catalog.ask.studiesOf(filter, orderOf(query.sort)), root === undefined ? undefined : { root, splits: services.splits, catalog }), root)
  })

  app.get('/studies/:studyId', {
    schema: {
      operationId: 'getStudy',
      tags: ['Discovery'],
      summary: 'One study: status, geometry, intensity, lesion',
      description: 'The full catalog entry of the study. Unknown values are null.',
      params: StudyParams,
      querystring: NoQuery,
      response: { 200: json('the study', 'Study'), ...problems('study-not-found') }
    }
  }, async ({ params: { studyId } }, reply) => {
    services.volumes.notice(services.volumes.study(studyId))
    return await reply.type('application/json; charset=utf-8').send(catalog.factsJson(studyId))
  })

  app.get('/studies/:studyId/:volume(image|mask)/header', {
    schema: {
      operationId: 'getHeader',
      tags: ['Discovery'],
      summary: 'Every field of the NIfTI header',
      description: 'Names are those of nifti1.h or nifti2.h, values are as stored. NaN and infinity are null. A text ends at its first NUL and is read as UTF-8 if valid, else as Latin-1.',
      params: VolumeParams,
      querystring: NoQuery,
      response: {
        200: json('the header fields', 'NiftiHeader'),
        ...problems('study-not-found', 'mask-not-found', 'volume-missing', 'volume-unreadable', 'catalog-building')
      }
    }
  }, async ({ params: { studyId, volume } }, reply) => {
    const { record } = services.volumes.original(studyId, volume)
    if (record.header === null) throw new VolumeUnreadable(`${record.key} has no readable header: ${record.problem}`)
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify(headerFields(record.header)))
  })

  app.get('/studies/:studyId/slices', {
    schema: {
      operationId: 'listSlices',
      tags: ['Discovery'],
      summary: 'HU range, lung share and lesion of every axial slice of a study',
      description: 'Sorted by index. If the image cannot be read, the answer is the same problem as for its pixels.',
      params: StudyParams,
      querystring: NoQuery,
      response: {
        200: json('the slices, in order of index', 'SliceFactsList'),
        ...problems('study-not-found', 'volume-missing', 'volume-unreadable', 'catalog-building')
      }
    }
  }, async ({ params: { studyId } }, reply) => {
    services.volumes.open(studyId, 'image')
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify({ items: catalog.slices(studyId) }))
  })
}

function orderOf (sort: string): StudyOrder {
  const descending = sort.startsWith('-')
  return { by: sort.slice(descending ? 1 : 0) as SortKey, descending }
}

/** Joins lines into pieces of about 64 KiB, so that a thousand studies are not a thousand writes. */
function * inPieces (lines: Iterable<string>): Generator<string> {
  let piece = ''
  for (const line of lines) {
    piece += line + '\n'
    if (piece.length > 65_536) {
      yield piece
      piece = ''
    }
  }
  if (piece !== '') yield piece
}
