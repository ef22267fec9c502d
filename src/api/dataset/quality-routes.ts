import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { stringify } from 'csv-stringify'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { AFFINE_TOLERANCE_MM, QUALITY_KINDS, SEVERITIES } from '../../catalog/quality.js'
import type { StudyQualityItem } from '../../catalog/study-quality.js'
import { answerLines } from '../../http/answers/text-answers.js'
import { json, lines, problems, severalOf } from '../../http/contract/schemas.js'
import { Quality } from './quality-schemas.js'

const QualityQuerystring = Type.Object({
  kind: Type.Optional(severalOf(QUALITY_KINDS, { description: 'kinds of findings; repeated or comma-separated', examples: [['affine-mismatch']] }, 'QualityKind')),
  severity: Type.Optional(severalOf(SEVERITIES, { description: 'severities of findings; repeated or comma-separated', examples: [['error', 'warning']] }))
}, { additionalProperties: false })

/** A finding as it is sent. */
type SentItem = Omit<StudyQualityItem, 'shows'> & { picture: string | null }

const COLUMNS = ['study', 'kind', 'severity', 'detail', 'picture']
const DESCRIPTION = 'Sorted by study. Findings come from the catalog, so studies that are still pending have none.'

/** What is odd about the files of the dataset. */
export const qualityRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { catalog, listing } = app.services
  app.addSchema(Quality)

  app.get('/qc.json', {
    schema: {
      operationId: 'getQuality',
      tags: ['Discovery'],
      summary: 'Findings about the files: geometry, values, labels, texts, duplicates',
      description: DESCRIPTION,
      querystring: QualityQuerystring,
      response: { 200: json('the findings, sorted by study', 'Quality'), ...problems() }
    }
  }, (request, reply) => answerLines(request, reply, 'application/json', () => Readable.from(asJson(items(request.query, request.publicPrefix)), { objectMode: false }), request.publicPrefix))

  app.get('/qc.csv', {
    schema: {
      operationId: 'getQualityCsv',
      tags: ['Discovery'],
      summary: 'Findings about the files as a table (RFC 4180)',
      description: `Columns: \`${COLUMNS.join(', ')}\`. ${DESCRIPTION}`,
      querystring: QualityQuerystring,
      response: { 200: lines('text/csv', 'a header line, then one line per finding', `${COLUMNS.join(',')}\r\nstudy_0255,mask-empty,warning,masks/study_0255_mask.nii.gz has no voxel of any label.,/v1/studies/study_0255/thumbnail.png\r\n`), ...problems() }
    }
  }, (request, reply) => answerLines(request, reply, 'text/csv', () => Readable.from(items(request.query, request.publicPrefix)).pipe(stringify({ header: true, columns: COLUMNS, record_delimiter: 'windows' })), request.publicPrefix))

  function * items ({ kind, severity }: Static<typeof QualityQuerystring>, prefix: string): Generator<SentItem> {
    for (const { shows, ...item } of found()) {
      if (kind?.includes(item.kind) === false || severity?.includes(item.severity) === false) continue
      yield { ...item, picture: shows === null ? null : `${prefix}/v1/studies/${item.study}/thumbnail.png${overlayOf(shows)}` }
    }
  }

  /** Findings of the catalog, and ids that more than one file has. */
  function * found (): Generator<StudyQualityItem> {
    const clashes = listing.faults.filter(({ clash }) => clash === true).map(({ id, detail }): StudyQualityItem => ({ study: id!, kind: 'id-clash', severity: 'error', detail: `${detail}.`, shows: null })).sort((a, b) => a.study < b.study ? -1 : 1)
    for (const item of catalog.ask.qualityItems()) {
      while (clashes.length > 0 && clashes[0]!.study < item.study) yield clashes.shift()!
      yield item
    }
    yield * clashes
  }
}

function overlayOf (shows: NonNullable<StudyQualityItem['shows']>): string {
  if (shows === 'image') return ''
  return shows.set === null ? '?overlay=contour' : `?overlay=labels&set=${encodeURIComponent(shows.set)}`
}

function * asJson (items: Iterable<SentItem>): Generator<string> {
  yield `{"tolerance":${AFFINE_TOLERANCE_MM},"items":[`
  let between = ''
  for (const item of items) {
    yield between + JSON.stringify(item)
    between = ','
  }
  yield ']}'
}
