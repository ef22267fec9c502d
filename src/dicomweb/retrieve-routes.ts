import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dicom/part10.js'
import { pixelHeaders, setPixelHeaders } from '../http/answers/pixel-headers.js'
import { sendPieces } from '../http/answers/send-bytes.js'
import { clientSignal } from '../http/requests/client-signal.js'
import { isNotModified } from '../http/requests/conditional.js'
import type { Piece } from '../views/volume-streams.js'
import { mediaRanges, wantsAlone } from './accept.js'
import type { DicomArchive } from './archive.js'
import { multipart } from './multipart.js'
import { lengthOf, piecesOf, PixelPlans } from './pixels.js'
import type { Part } from './pixels.js'
import { requested } from './requested.js'
import type { ObjectParams, Requested } from './requested.js'
import { sendDicomJson } from './search-routes.js'

const STUDY = '/studies/:study'
const SERIES = `${STUDY}/series/:series`
const INSTANCE = `${SERIES}/instances/:instance`

/** Raised when the same files begin to be described otherwise. */
const DESCRIPTION = 1

/** Metadata and whole instances of a study, a series, or one (WADO-RS, PS3.18, 10.4). */
export const retrieveRoutes: FastifyPluginAsync<{ archive: DicomArchive }> = async (app, { archive }) => {
  const { services } = app

  for (const path of [STUDY, SERIES, INSTANCE]) {
    app.get(`${path}/metadata`, { schema: { hide: true } }, async (request, reply) => {
      const found = requested(services, archive, request.params as ObjectParams)
      const etag = etagOf(found, 'metadata')
      setPixelHeaders(reply, services, pixelHeaders(services, etag))
      if (isNotModified(request.headers, etag)) return await reply.code(304).send()
      return await sendDicomJson(reply, instancesOf(found).map(({ series, instance }) => series.attributes(instance)))
    })

    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      const found = requested(services, archive, request.params as ObjectParams)
      const { accept } = request.query as { accept?: unknown }
      const isAlone = found.instance !== undefined && wantsAlone(mediaRanges(request.headers.accept, accept), 'application/dicom')
      const etag = etagOf(found, isAlone ? 'file' : 'files')
      setPixelHeaders(reply, services, { ...pixelHeaders(services, etag), vary: 'Accept' })
      if (isNotModified(request.headers, etag)) return await reply.code(304).send()
      const files = filesOf(found)
      if (isAlone) return await sendParts(request, reply, 'application/dicom', files.flat())
      const around = multipart('application/dicom', `transfer-syntax=${EXPLICIT_VR_LITTLE_ENDIAN}`, found.series?.uid ?? found.study.uid)
      const parts = files.flatMap((file, n) => [around.before(n), ...file])
      return await sendParts(request, reply, around.contentType, [...parts, around.end])
    })
  }

  function filesOf (found: Requested): Part[][] {
    const plans = new Map(found.study.series.filter((series) => found.series === undefined || series === found.series).map((series) => [series, new PixelPlans(services, found.image, series)]))
    return instancesOf(found).map(({ series, instance }) => plans.get(series)!.instance(instance))
  }
}

/** Send parts whose lengths are known. The first is read before the head is sent, so that what is wrong with it can be said. */
export async function sendParts (request: FastifyRequest, reply: FastifyReply, contentType: string, parts: readonly Part[]): Promise<FastifyReply> {
  reply.header('content-type', contentType).header('content-length', lengthOf(parts))
  if (request.method === 'HEAD') return await reply.send()
  const pieces = piecesOf(request.server.services.slices, parts, clientSignal(reply))
  return await sendPieces(reply, await begun(pieces, parts.findIndex((part) => !(part instanceof Uint8Array)) + 1))
}

/** The same pieces, the first `count` of which are there already. */
async function begun (pieces: AsyncGenerator<Piece>, count: number): Promise<AsyncIterable<Piece>> {
  const first: Piece[] = []
  for (let n = 0; n < count; n++) {
    const { value, done } = await pieces.next() as IteratorResult<Piece, undefined>
    if (done !== true) first.push(value)
  }
  return (async function * () {
    yield * first
    yield * pieces
  })()
}

function instancesOf (found: Requested): { series: Requested['study']['series'][number], instance: number }[] {
  const { study, series, instance } = found
  if (series !== undefined && instance !== undefined) return [{ series, instance }]
  return (series === undefined ? study.series : [series]).flatMap((one) => one.instances.map((_, n) => ({ series: one, instance: n })))
}

/** UIDs are of the files' content, so they tell when it changes; a study's UID is not, but those of its series are. */
function etagOf ({ study, series, instance }: Requested, what: string): string {
  const uids = (series === undefined ? study.series : [series]).map(({ uid }) => uid.slice('2.25.'.length))
  return `"${uids.join('-')}.${instance ?? ''}.${what}${DESCRIPTION}"`
}
