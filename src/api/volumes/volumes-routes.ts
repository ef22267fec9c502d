import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { VolumeMissing } from '../../errors.js'
import { isGzipped } from '../../gzip/file-name.js'
import { DTYPE_PARAMETERS } from '../../render/dtype.js'
import { parseWindow } from '../../render/window.js'
import { channel, openAsked } from '../slices/slice-schemas.js'
import { boxOf, boxQuery } from './box-query.js'
import { fileHeaders, sendOriginal } from './send-original.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { arrayHeaders, describe } from '../../http/answers/pixel-headers.js'
import { ARRAY_HEADERS, FILE_HEADERS, RANGE_HEADERS, RANGE_REQUEST_HEADERS } from '../../http/contract/pixel-schemas.js'
import { binary, named, NoQuery, notModified, oneOf, problems, VolumeParams } from '../../http/contract/schemas.js'
import { windowString } from '../../http/contract/texts.js'

const VolumeQuerystring = Type.Object({
  dtype: named('Dtype', oneOf(DTYPE_PARAMETERS, { default: 'auto', description: 'type of the values; `auto`: the stored type, `float32` if the header scales, `uint8` for a mask or with `window`' })),
  window: Type.Optional(windowString({ description: 'window in HU: `lung` (−600/1500), `mediastinal` (40/400), `bone` (400/1800) or `center,width`', examples: ['lung'] })),
  channel,
  ...boxQuery
}, { additionalProperties: false })

const NOT_FOUND = ['study-not-found', 'mask-not-found', 'volume-missing', 'range-not-satisfiable', 'volume-unreadable', 'catalog-building'] as const

/** Whole volumes, decoded or as stored; all routes honour a single Range. */
export const volumesRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const path = '/studies/:studyId/:volume(image|mask)'

  for (const format of ['raw', 'npy'] as const) {
    app.get(`${path}.${format}`, {
      schema: {
        operationId: format === 'raw' ? 'getVolumeRaw' : 'getVolumeNpy',
        tags: ['Pixels'],
        summary: format === 'raw' ? 'A whole volume, or a box of it, as raw values' : 'A whole volume, or a box of it, as a NumPy file',
        description: 'Streamed as [k, j, i] in C order, little-endian. Values are HU; a mask is 0 and 1.',
        params: VolumeParams,
        querystring: VolumeQuerystring,
        headers: RANGE_REQUEST_HEADERS,
        response: {
          200: binary('application/octet-stream', 'the volume, [k, j, i]', ARRAY_HEADERS),
          206: binary('application/octet-stream', 'the requested range of bytes', { ...ARRAY_HEADERS, ...RANGE_HEADERS }),
          304: notModified,
          ...problems(...NOT_FOUND)
        }
      }
    }, (request, reply) => {
      const { params, query } = request
      const plan = services.streams.planArray(openAsked(services, params.studyId, params.volume, query.channel), {
        format,
        dtype: query.dtype,
        window: query.window === undefined ? undefined : parseWindow(query.window),
        box: boxOf(query)
      })
      const described = describe(services, plan.etag, 'application/octet-stream', arrayHeaders(plan.dtype, plan.shape, plan.affine), { length: plan.length, ranged: true })
      return answerPixels(request, reply, described, ({ range, signal }) => services.streams.stream(plan, range, signal))
    })
  }

  app.get(`${path}.nii`, {
    schema: {
      operationId: 'getVolumeNii',
      tags: ['Pixels'],
      summary: 'The decoded NIfTI file',
      description: 'Header, extensions and voxels are those of the original file, in its byte order. If the original is a `.nii`, it is sent as it is.',
      params: VolumeParams,
      querystring: NoQuery,
      headers: RANGE_REQUEST_HEADERS,
      response: {
        200: binary('application/octet-stream', 'the file, uncompressed', FILE_HEADERS),
        206: binary('application/octet-stream', 'the requested range of bytes', { ...FILE_HEADERS, ...RANGE_HEADERS }),
        304: notModified,
        ...problems(...NOT_FOUND)
      }
    }
  }, (request, reply) => {
    const { studyId, volume } = request.params
    if (!isGzipped(services.volumes.find(studyId, volume).record.key)) return sendOriginal(request, reply, services.volumes.original(studyId, volume), 'nii')
    const plan = services.streams.planFile(services.volumes.open(studyId, volume))
    const { record, state } = plan.form.volume
    const described = describe(services, plan.etag, 'application/octet-stream', fileHeaders(record, state.modifiedMs, 'nii'), { length: plan.length, ranged: true })
    return answerPixels(request, reply, described, ({ range, signal }) => services.streams.stream(plan, range, signal))
  })

  app.get(`${path}.nii.gz`, {
    schema: {
      operationId: 'getVolumeNiiGz',
      tags: ['Pixels'],
      summary: 'The original file, byte for byte',
      description: 'Served even if the image cannot be read. If the original is a `.nii`, this route answers `volume-missing`.',
      params: VolumeParams,
      querystring: NoQuery,
      headers: RANGE_REQUEST_HEADERS,
      response: {
        200: binary('application/gzip', 'the original .nii.gz', FILE_HEADERS),
        206: binary('application/gzip', 'the requested range of bytes', { ...FILE_HEADERS, ...RANGE_HEADERS }),
        304: notModified,
        ...problems(...NOT_FOUND)
      }
    }
  }, (request, reply) => {
    const { studyId, volume } = request.params
    const original = services.volumes.original(studyId, volume)
    if (isGzipped(original.record.key)) return sendOriginal(request, reply, original, 'nii.gz')
    throw new VolumeMissing(`The ${volume} of ${studyId} is an uncompressed file; it is served as ${volume}.nii.`)
  })
}
