import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { parseSize } from '../../render/size.js'
import { windowText } from '../../render/window.js'
import { planPicture } from '../../views/slice-plan.js'
import type { PicturePlan } from '../../views/slice-plan.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { affineHeader, describe } from '../../http/answers/pixel-headers.js'
import { PICTURE_HEADERS } from '../../http/contract/pixel-schemas.js'
import { PlanCache } from '../../http/answers/plan-cache.js'
import { binary, notModified, problems } from '../../http/contract/schemas.js'
import { aspectWith, channel, lookOf, openAsked, orientationWith, overlayOf, overlayQuery, pictureWindow, SLICE_PROBLEMS, SliceParams, sliceQuery } from './slice-schemas.js'

const pictureQuery = {
  ...sliceQuery,
  channel,
  window: pictureWindow,
  orientation: orientationWith('radiological'),
  aspect: aspectWith('`voxel` for axial, `physical` for coronal and sagittal'),
  ...overlayQuery,
  labels: Type.Boolean({ default: false, description: 'whether to draw the anatomical directions (L R A P S I) at the edges' })
}
const PictureQuerystring = Type.Object(pictureQuery, { additionalProperties: false })
const PngQuerystring = Type.Object({
  ...pictureQuery,
  bits: Type.Unsafe<8 | 16>({ type: 'integer', enum: [8, 16], default: 8, description: 'bits per pixel; 8: grey through the window; 16: HU + 32768, without a window' })
}, { additionalProperties: false })

type PictureRequest = FastifyRequest<{ Params: Static<typeof SliceParams>, Querystring: Static<typeof PictureQuerystring> & { bits?: 8 | 16 } }>

const FORMATS = [
  { format: 'png', mediaType: 'image/png', operationId: 'getSlicePng', name: 'PNG', note: ' Its `tEXt` chunks name the slice, its `pHYs` chunk gives the pixel size.', querystring: PngQuerystring },
  { format: 'webp', mediaType: 'image/webp', operationId: 'getSliceWebp', name: 'WebP', note: ' Lossless.', querystring: PictureQuerystring },
  { format: 'jpeg', mediaType: 'image/jpeg', operationId: 'getSliceJpeg', name: 'JPEG', note: ' Quality 90.', querystring: PictureQuerystring }
] as const

/** One slice as a picture; the representation is the path's extension. */
export const slicePicturesRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const plans = new PlanCache<PicturePlan>()
  const knownPicture = ({ etag }: PicturePlan) => services.slices.knownPicture(etag)

  for (const { format, mediaType, operationId, name, note, querystring } of FORMATS) {
    app.get(`/studies/:studyId/:volume(image|mask)/slices/:index.${format}`, {
      schema: {
        operationId,
        tags: ['Pixels'],
        summary: `One slice as a ${name} picture`,
        description: `Grey through the window, in radiological orientation by default; RGB with an overlay. A mask is black and white.${note}`,
        params: SliceParams,
        querystring,
        response: { 200: binary(mediaType, 'the picture', PICTURE_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
      }
    }, (request: PictureRequest, reply) => {
      const { params: { studyId, volume: kind, index }, query } = request
      const volume = openAsked(services, studyId, kind, query.channel)
      const laid = kind === 'image' ? overlayOf(services, studyId, query) : { volume: null }
      const { plan, described } = plans.get(request.url, volume, laid.volume, () => {
        const plan = planPicture(volume, laid.volume, {
          ...query,
          format,
          index,
          size: query.size === undefined ? undefined : parseSize(query.size),
          aspect: query.aspect,
          ...lookOf(query, laid),
          bits: query.bits ?? 8
        })
        const isWindowed = kind === 'image' && plan.spec.bits === 8
        const window = isWindowed ? { 'slice-window': windowText(plan.spec.window) } : {}
        return { plan, described: describe(services, plan.etag, mediaType, { ...affineHeader(plan.affine), ...window }) }
      })
      return answerPixels(request, reply, described, (asked) => {
        const known = services.volumes.isFresh(volume) ? knownPicture(plan) : undefined
        if (known === undefined) return services.slices.picture(plan, asked)
        app.keepHot(request.url, { route: request.routeOptions.url!, headers: described.headers, bytes: known.chunks[0]!.length, plan, held: knownPicture })
        return known
      })
    })
  }
}
