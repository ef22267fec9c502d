import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { InvalidRequest, VolumeMissing } from '../../errors.js'
import { isGzipped } from '../../gzip/file-name.js'
import { DTYPE_PARAMETERS } from '../../render/dtype.js'
import { parseWindow } from '../../render/window.js'
import { unchangedBytes } from '../../storage/unchanged-bytes.js'
import type { OriginalFile } from '../../volumes/open-volumes.js'
import type { AxisRange, Piece, StreamPlan } from '../../views/volume-streams.js'
import { isNotModified, requestedRange } from '../../http/requests/conditional.js'
import { arrayHeaders, pixelHeaders, setPixelHeaders, setTiming } from '../../http/answers/pixel-headers.js'
import { ARRAY_HEADERS, FILE_HEADERS, RANGE_HEADERS, RANGE_REQUEST_HEADERS } from '../../http/contract/pixel-schemas.js'
import { binary, notModified, oneOf, problems, VolumeParams } from '../../http/contract/schemas.js'
import { sendPieces } from '../../http/answers/send-bytes.js'

const axisRange = (axis: string) => Type.Optional(Type.String({ pattern: '^\\d{1,9}:\\d{1,9}$', description: `\`start:stop\` in stored voxels along ${axis}, 0 ≤ start < stop ≤ size`, examples: ['10:20'] }))

const VolumeQuerystring = Type.Object({
  dtype: oneOf(DTYPE_PARAMETERS, { default: 'auto', description: '`auto`: the stored type; `float32` if the header scales; `uint8` for a mask, or with a window' }),
  window: Type.Optional(Type.String({ description: '`lung` (−600/1500), `mediastinal` (40/400), `bone` (400/1800), or `center,width` in HU', examples: ['lung'] })),
  i: axisRange('i'),
  j: axisRange('j'),
  k: axisRange('k')
}, { additionalProperties: false })

const NoQuery = Type.Object({}, { additionalProperties: false })

const NOT_FOUND = ['study-not-found', 'mask-not-found', 'volume-missing', 'range-not-satisfiable', 'volume-unreadable', 'catalog-building'] as const

/** Whole volumes, decoded or as they lie there; all of them honour one Range. */
export const volumesRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const path = '/studies/:studyId/:volume(image|mask)'

  for (const format of ['raw', 'npy'] as const) {
    app.get(`${path}.${format}`, {
      schema: {
        operationId: format === 'raw' ? 'getVolumeRaw' : 'getVolumeNpy',
        tags: ['Pixels'],
        summary: format === 'raw' ? 'A whole volume, or a box of it, as raw values' : 'A whole volume, or a box of it, as a NumPy file',
        description: 'Streamed, [k, j, i] in C order, little-endian. Values are HU; a mask is 0 and 1.',
        params: VolumeParams,
        querystring: VolumeQuerystring,
        headers: RANGE_REQUEST_HEADERS,
        response: {
          200: binary('application/octet-stream', 'the volume, [k, j, i]', ARRAY_HEADERS),
          206: binary('application/octet-stream', 'the range of it that was asked for', { ...ARRAY_HEADERS, ...RANGE_HEADERS }),
          304: notModified,
          ...problems(...NOT_FOUND)
        }
      }
    }, async (request, reply) => {
      const { params, query } = request
      const plan = services.streams.planArray(services.volumes.open(params.studyId, params.volume), {
        format,
        dtype: query.dtype,
        window: query.window === undefined ? undefined : parseWindow(query.window),
        box: [rangeOf('i', query.i), rangeOf('j', query.j), rangeOf('k', query.k)]
      })
      setPixelHeaders(reply, services, { ...pixelHeaders(services, plan.etag), ...arrayHeaders(plan.dtype, plan.shape, plan.affine) })
      return await sendStream(request, reply, plan)
    })
  }

  app.get(`${path}.nii`, {
    schema: {
      operationId: 'getVolumeNii',
      tags: ['Pixels'],
      summary: 'The decoded NIfTI file',
      description: 'Header, extensions and voxels as they are in the original, byte order included; of an original `.nii`, that file.',
      params: VolumeParams,
      querystring: NoQuery,
      headers: RANGE_REQUEST_HEADERS,
      response: {
        200: binary('application/octet-stream', 'the file, uncompressed', FILE_HEADERS),
        206: binary('application/octet-stream', 'the range of it that was asked for', { ...FILE_HEADERS, ...RANGE_HEADERS }),
        304: notModified,
        ...problems(...NOT_FOUND)
      }
    }
  }, async (request, reply) => {
    const { studyId, volume } = request.params
    if (!isGzipped(services.volumes.find(studyId, volume).record.file)) return await sendOriginal(request, reply, services.volumes.original(studyId, volume), 'nii')
    const plan = services.streams.planFile(services.volumes.open(studyId, volume))
    setPixelHeaders(reply, services, pixelHeaders(services, plan.etag))
    return await sendStream(request, reply, plan)
  })

  app.get(`${path}.nii.gz`, {
    schema: {
      operationId: 'getVolumeNiiGz',
      tags: ['Pixels'],
      summary: 'The original file, byte for byte',
      description: 'Also of a study that cannot be read. An original `.nii` is not there in this form.',
      params: VolumeParams,
      querystring: NoQuery,
      headers: RANGE_REQUEST_HEADERS,
      response: {
        200: binary('application/gzip', 'the original .nii.gz', FILE_HEADERS),
        206: binary('application/gzip', 'the range of it that was asked for', { ...FILE_HEADERS, ...RANGE_HEADERS }),
        304: notModified,
        ...problems(...NOT_FOUND)
      }
    }
  }, async (request, reply) => {
    const { studyId, volume } = request.params
    const original = services.volumes.original(studyId, volume)
    if (isGzipped(original.record.file)) return await sendOriginal(request, reply, original, 'nii.gz')
    throw new VolumeMissing(`The ${volume} of ${studyId} is an uncompressed file; it is served as ${volume}.nii.`)
  })
}

/** A file of the dataset as it lies there, whether its content can be read or not. */
async function sendOriginal (request: FastifyRequest, reply: FastifyReply, { record, version, state }: OriginalFile, form: 'nii' | 'nii.gz'): Promise<FastifyReply> {
  const { services } = request.server
  const etag = `"${version}.${form}"`
  setPixelHeaders(reply, services, pixelHeaders(services, etag))
  if (isNotModified(request.headers, etag)) return await reply.code(304).send()
  reply.type(form === 'nii' ? 'application/octet-stream' : 'application/gzip').header('accept-ranges', 'bytes')
  const range = setRange(request, reply, etag, state.bytes)
  if (request.method === 'HEAD') return await reply.send()
  const opened = services.store.open(record.file, state)
  if (opened === undefined) throw new VolumeMissing(`The file of the ${record.kind} of ${record.studyId} has just gone.`)
  setTiming(reply, { cache: 'miss', decodeMs: 0 })
  return await sendPieces(reply, piecesOf(unchangedBytes(opened, record.file, range)))
}

/** Bytes that nobody has to be told about when they are sent. */
async function * piecesOf (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  for await (const bytes of chunks) yield { bytes, release: () => {} }
}

async function sendStream (request: FastifyRequest, reply: FastifyReply, plan: StreamPlan): Promise<FastifyReply> {
  const { services } = request.server
  if (isNotModified(request.headers, plan.etag)) return await reply.code(304).send()
  reply.type('application/octet-stream').header('accept-ranges', 'bytes')
  const range = setRange(request, reply, plan.etag, plan.length)
  if (request.method === 'HEAD') return await reply.send()
  const stream = await services.streams.open(plan, range, request.signal)
  setTiming(reply, stream)
  return await sendPieces(reply, stream.pieces)
}

/** Work out which bytes to send, and say so. @throws RangeNotSatisfiable */
function setRange (request: FastifyRequest, reply: FastifyReply, etag: string, size: number): [number, number] {
  // A range is of a GET only (RFC 9110, 14.2).
  const range = request.method === 'HEAD' ? undefined : requestedRange(request.headers, etag, size)
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${range[0]}-${range[1] - 1}/${size}`)
  const [start, stop] = range ?? [0, size]
  reply.header('content-length', stop - start)
  return [start, stop]
}

function rangeOf (parameter: string, text: string | undefined): AxisRange | undefined {
  if (text === undefined) return undefined
  const [start, stop] = text.split(':').map(Number)
  if (start === undefined || stop === undefined || start >= stop) {
    throw new InvalidRequest([{ parameter, detail: `${text} is not start:stop with start < stop` }])
  }
  return [start, stop]
}
