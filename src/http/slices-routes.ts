import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { DTYPE_PARAMETERS } from '../render/dtype.js'
import type { Rgb } from '../render/overlay.js'
import { parseSize } from '../render/size.js'
import { parseWindow, windowText } from '../render/window.js'
import { ASPECTS, ORIENTATIONS, PLANES, planArray, planPicture } from '../volumes/slice-plan.js'
import type { PicturePlan } from '../volumes/slice-plan.js'
import { isNotModified } from './conditional.js'
import { setAffineHeader, setArrayHeaders, setPixelHeaders } from './pixel-headers.js'
import { ARRAY_HEADERS, PICTURE_HEADERS } from './pixel-schemas.js'
import { binary, notModified, oneOf, problems, StudyId, Volume } from './schemas.js'
import { sendAnswer } from './send-bytes.js'

const SliceParams = Type.Object({
  studyId: StudyId,
  volume: Volume,
  index: Type.Integer({ description: 'slice number along the plane\'s stored axis, from 0, in stored order', examples: [17] })
})

const sliceQuery = {
  plane: oneOf(PLANES, { default: 'axial', description: 'slices perpendicular to the stored axis closest to superior–inferior (axial), anterior–posterior (coronal) or right–left (sagittal)' }),
  size: Type.Optional(Type.String({ description: '`N`, the longer side in pixels, or `WxH`, up to 4096; applied last; linear for the image, nearest for masks', examples: ['256', '320x240'] }))
}

const window = Type.Optional(Type.String({ description: '`lung` (−600/1500), `mediastinal` (40/400), `bone` (400/1800), or `center,width` in HU', examples: ['lung', '-600,1500'] }))

const ArrayQuerystring = Type.Object({
  ...sliceQuery,
  dtype: oneOf(DTYPE_PARAMETERS, { default: 'auto', description: '`auto`: the stored type; `float32` if the header scales; `uint8` for a mask, or with a window' }),
  window,
  orientation: oneOf(ORIENTATIONS, { default: 'native', description: '`native`: stored order; `radiological`: the patient\'s right on the left, anterior or superior up' }),
  aspect: Type.Optional(oneOf(ASPECTS, { description: '`physical`: the coarser axis is stretched until pixels are square in mm; default `voxel`' }))
}, { additionalProperties: false })

const pictureQuery = {
  ...sliceQuery,
  window: Type.Optional(Type.String({ description: '`lung` (−600/1500), `mediastinal` (40/400), `bone` (400/1800), or `center,width` in HU; default `lung`', examples: ['lung', '-600,1500'] })),
  orientation: oneOf(ORIENTATIONS, { default: 'radiological', description: '`native`: stored order; `radiological`: the patient\'s right on the left, anterior or superior up' }),
  aspect: Type.Optional(oneOf(ASPECTS, { description: '`physical`: the coarser axis is stretched until pixels are square in mm; default `voxel`, and `physical` for coronal and sagittal' })),
  overlay: oneOf(['none', 'mask', 'contour'], { default: 'none', description: 'the study\'s mask laid over its image, filled or as an outline' }),
  overlayColor: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f]{6}$', description: 'RRGGBB; default FF4040', examples: ['FF4040'] })),
  overlayOpacity: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: '0 to 1; default 0.4 for a mask, 1 for a contour', examples: [0.4] })),
  labels: Type.Boolean({ default: false, description: 'letters L R A P S I at the edges: the patient\'s sides' })
}
const PictureQuerystring = Type.Object(pictureQuery, { additionalProperties: false })
const PngQuerystring = Type.Object({
  ...pictureQuery,
  bits: Type.Unsafe<8 | 16>({ type: 'integer', enum: [8, 16], default: 8, description: '8: grey through the window; 16: HU + 32768, without a window' })
}, { additionalProperties: false })

type ArrayRequest = FastifyRequest<{ Params: Static<typeof SliceParams>, Querystring: Static<typeof ArrayQuerystring> }>
type PictureRequest = FastifyRequest<{ Params: Static<typeof SliceParams>, Querystring: Static<typeof PictureQuerystring> & { bits?: 8 | 16 } }>

const NOT_FOUND = ['study-not-found', 'mask-not-found', 'slice-not-found', 'volume-missing', 'volume-unreadable', 'catalog-building'] as const

/** One slice as an array or a picture; the representation is the path's extension. */
export const slicesRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const path = '/studies/:studyId/:volume(image|mask)/slices/:index'

  for (const format of ['raw', 'npy'] as const) {
    app.get(`${path}.${format}`, {
      schema: {
        operationId: format === 'raw' ? 'getSliceRaw' : 'getSliceNpy',
        tags: ['Pixels'],
        summary: format === 'raw' ? 'One slice as raw values' : 'One slice as a NumPy file',
        description: `${format === 'raw' ? 'Little-endian values in C order and nothing else; type, shape and place are in the headers.' : 'NumPy format 1.0, `fortran_order: False`.'} Values are HU; a mask is 0 and 1.`,
        params: SliceParams,
        querystring: ArrayQuerystring,
        response: { 200: binary('application/octet-stream', 'the slice, [rows, columns]', ARRAY_HEADERS), 304: notModified, ...problems(...NOT_FOUND) }
      }
    }, async (request: ArrayRequest, reply) => {
      const { params, query } = request
      const plan = planArray(services.volumes.open(params.studyId, params.volume), {
        format,
        plane: query.plane,
        index: params.index,
        orientation: query.orientation,
        size: query.size === undefined ? undefined : parseSize(query.size),
        aspect: query.aspect,
        dtype: query.dtype,
        window: query.window === undefined ? undefined : parseWindow(query.window)
      })
      setPixelHeaders(reply, services, plan.etag)
      setArrayHeaders(reply, plan.dtype, [plan.rows, plan.columns], plan.affine)
      if (isNotModified(request.headers, plan.etag)) return reply.code(304).send()
      reply.type('application/octet-stream')
      if (request.method === 'HEAD') return reply.header('content-length', plan.length).send()
      return sendAnswer(reply, await services.slices.array(plan, request.signal))
    })
  }

  for (const [format, mediaType, name, querystring] of [
    ['png', 'image/png', 'Png', PngQuerystring], ['webp', 'image/webp', 'Webp', PictureQuerystring], ['jpeg', 'image/jpeg', 'Jpeg', PictureQuerystring]
  ] as const) {
    app.get(`${path}.${format}`, {
      schema: {
        operationId: `getSlice${name}`,
        tags: ['Pixels'],
        summary: `One slice as a ${format === 'webp' ? 'WebP' : format.toUpperCase()} picture`,
        description: 'Grey through the window, as a radiologist sees it; RGB with an overlay; a mask is black and white.' +
          (format === 'png' ? ' Says in `tEXt` and `pHYs` what it shows and how large its pixels are.' : format === 'webp' ? ' Lossless.' : ' Quality 90.'),
        params: SliceParams,
        querystring,
        response: { 200: binary(mediaType, 'the picture', PICTURE_HEADERS), 304: notModified, ...problems(...NOT_FOUND) }
      }
    }, async (request: PictureRequest, reply) => {
      const plan = planOf(request)
      setPixelHeaders(reply, services, plan.etag)
      setAffineHeader(reply, plan.affine)
      if (plan.volume.record.kind === 'image' && plan.spec.bits === 8) reply.header('slice-window', windowText(plan.spec.window))
      if (isNotModified(request.headers, plan.etag)) return reply.code(304).send()
      reply.type(mediaType)
      if (request.method === 'HEAD') return reply.send()
      return sendAnswer(reply, await services.slices.picture(plan, request.signal))
    })

    function planOf (request: PictureRequest): PicturePlan {
      const { params, query } = request
      const { studyId, volume } = params
      const { overlay } = query
      const opened = services.volumes.open(studyId, volume)
      const mask = volume === 'image' && overlay !== 'none' ? services.volumes.open(studyId, 'mask') : null
      return planPicture(opened, mask, {
        format,
        plane: query.plane,
        index: params.index,
        orientation: query.orientation,
        size: query.size === undefined ? undefined : parseSize(query.size),
        aspect: query.aspect,
        window: query.window === undefined ? undefined : parseWindow(query.window),
        bits: query.bits ?? 8,
        overlay,
        overlayColor: query.overlayColor === undefined ? undefined : colorOf(query.overlayColor),
        overlayOpacity: query.overlayOpacity,
        labels: query.labels
      })
    }
  }
}

/** Three pairs of hex digits. */
function colorOf (text: string): Rgb {
  const channel = (at: number) => Number.parseInt(text.slice(at, at + 2), 16)
  return [channel(0), channel(2), channel(4)]
}
