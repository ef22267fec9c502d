import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { sliceGeometry } from '../../nifti/slice.js'
import { parseColor } from '../../render/overlay.js'
import { parseWindow, windowText } from '../../render/window.js'
import { planSheet } from '../../views/sheet-plan.js'
import type { SheetPlan } from '../../views/sheet-plan.js'
import { planPicture } from '../../views/slice-plan.js'
import type { PicturePlan } from '../../views/slice-plan.js'
import { tellingSlice } from '../../views/telling-slice.js'
import { isNotModified } from '../../http/requests/conditional.js'
import { affineHeader, pixelHeaders, setPixelHeaders } from '../../http/answers/pixel-headers.js'
import { PICTURE_HEADERS } from '../../http/contract/pixel-schemas.js'
import { PlanCache } from '../../http/answers/plan-cache.js'
import { binary, notModified, problems, StudyParams } from '../../http/contract/schemas.js'
import { sendAnswer } from '../../http/answers/send-bytes.js'
import { overlayQuery, pictureWindow, sliceQuery, SLICE_PROBLEMS } from './slice-schemas.js'

const MontageQuerystring = Type.Object({
  plane: sliceQuery.plane,
  columns: Type.Integer({ minimum: 1, maximum: 64, default: 8, description: 'tiles in a row' }),
  tile: Type.Integer({ minimum: 16, maximum: 1024, default: 128, description: 'side of a tile in pixels' }),
  every: Type.Optional(Type.Integer({ minimum: 1, maximum: 32767, description: 'every n-th slice, from 0; default: so many that there are 64 tiles at the most', examples: [4] })),
  window: pictureWindow,
  ...overlayQuery
}, { additionalProperties: false })

const ThumbnailQuerystring = Type.Object({
  size: Type.Integer({ minimum: 16, maximum: 1024, default: 256, description: 'the longer side in pixels' })
}, { additionalProperties: false })

const SHEET_HEADERS = Object.fromEntries(Object.entries(PICTURE_HEADERS).filter(([name]) => name !== 'Array-Affine'))

/** Pictures of a study as a whole: a contact sheet, and one telling slice. */
export const sheetsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const sheets = new PlanCache<SheetPlan>()
  const thumbnails = new PlanCache<PicturePlan>()

  app.get('/studies/:studyId/montage.png', {
    schema: {
      operationId: 'getMontagePng',
      tags: ['Pixels'],
      summary: 'A contact sheet of a study\'s image',
      description: 'Every n-th slice of a plane as a radiologist sees it, square pixels in mm, its number drawn on.',
      params: StudyParams,
      querystring: MontageQuerystring,
      response: { 200: binary('image/png', 'the sheet', SHEET_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
    }
  }, (request, reply) => {
    const { params: { studyId }, query } = request
    const volume = services.volumes.open(studyId, 'image')
    const mask = query.overlay === 'none' ? null : services.volumes.open(studyId, 'mask')
    const { plan, headers } = sheets.get(request.url, volume, mask, () => {
      const plan = planSheet(volume, mask, {
        ...query,
        every: query.every,
        window: query.window === undefined ? undefined : parseWindow(query.window),
        overlayColor: query.overlayColor === undefined ? undefined : parseColor(query.overlayColor),
        overlayOpacity: query.overlayOpacity
      })
      return { plan, headers: { ...pixelHeaders(services, plan.etag), 'slice-window': windowText(plan.spec.window), 'content-type': 'image/png' } }
    })
    setPixelHeaders(reply, services, headers)
    if (isNotModified(request.headers, plan.etag)) return reply.code(304).send()
    if (request.method === 'HEAD') return reply.send()
    return services.slices.sheet(plan, request.signal).then((answer) => sendAnswer(reply, answer))
  })

  app.get('/studies/:studyId/thumbnail.png', {
    schema: {
      operationId: 'getThumbnailPng',
      tags: ['Pixels'],
      summary: 'One telling slice of a study',
      description: 'The axial slice with most lesion; without a lesion, the middle one. Lung window, as a radiologist sees it.',
      params: StudyParams,
      querystring: ThumbnailQuerystring,
      response: { 200: binary('image/png', 'the picture', PICTURE_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
    }
  }, (request, reply) => {
    const { params: { studyId }, query } = request
    const volume = services.volumes.open(studyId, 'image')
    const { plan, headers } = thumbnails.get(request.url, volume, null, () => {
      const plan = planPicture(volume, null, {
        plane: 'axial',
        index: tellingSlice(services.catalog, studyId, sliceGeometry(volume.layout, 'axial', 0, 'native').count),
        orientation: undefined,
        size: { longer: query.size },
        aspect: 'physical',
        format: 'png',
        window: undefined,
        bits: 8,
        overlay: 'none',
        overlayColor: undefined,
        overlayOpacity: undefined,
        labels: false
      })
      return { plan, headers: { ...pixelHeaders(services, plan.etag), ...affineHeader(plan.affine), 'slice-window': windowText(plan.spec.window), 'content-type': 'image/png' } }
    })
    setPixelHeaders(reply, services, headers)
    if (isNotModified(request.headers, plan.etag)) return reply.code(304).send()
    if (request.method === 'HEAD') return reply.send()
    return services.slices.picture(plan, request.signal).then((answer) => sendAnswer(reply, answer))
  })
}
