import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { windowText } from '../../render/window.js'
import { planSheet } from '../../views/sheet-plan.js'
import type { SheetPlan } from '../../views/sheet-plan.js'
import { planThumbnail } from '../../views/thumbnail.js'
import type { PicturePlan } from '../../views/slice-plan.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { affineHeader, describe } from '../../http/answers/pixel-headers.js'
import { PICTURE_HEADERS } from '../../http/contract/pixel-schemas.js'
import { PlanCache } from '../../http/answers/plan-cache.js'
import { binary, notModified, problems, StudyParams } from '../../http/contract/schemas.js'
import { channel, lookOf, overlayOf, overlayQuery, pictureWindow, sliceQuery, SLICE_PROBLEMS } from './slice-schemas.js'

const MontageQuerystring = Type.Object({
  plane: sliceQuery.plane,
  columns: Type.Integer({ minimum: 1, maximum: 64, default: 8, description: 'number of tiles per row' }),
  tile: Type.Integer({ minimum: 16, maximum: 1024, default: 128, description: 'pixels along each side of a tile' }),
  every: Type.Optional(Type.Integer({ minimum: 1, maximum: 32767, description: 'step between the slices shown, starting at slice 0; default: the least step that gives at most 64 tiles', examples: [4] })),
  channel,
  window: pictureWindow,
  ...overlayQuery
}, { additionalProperties: false })

const ThumbnailQuerystring = Type.Object({
  size: Type.Integer({ minimum: 16, maximum: 1024, default: 256, description: 'pixels along the longer side' }),
  channel,
  window: pictureWindow,
  ...overlayQuery
}, { additionalProperties: false })

const SHEET_HEADERS = Object.fromEntries(Object.entries(PICTURE_HEADERS).filter(([name]) => name !== 'Array-Affine'))

/** Pictures of a whole study: a contact sheet, and one representative slice. */
export const sheetsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const sheets = new PlanCache<SheetPlan>()
  const thumbnails = new PlanCache<PicturePlan>()

  app.get('/studies/:studyId/montage.png', {
    schema: {
      operationId: 'getMontagePng',
      tags: ['Pixels'],
      summary: 'A contact sheet of the image of a study',
      description: 'Every n-th slice of a plane in radiological orientation, with pixels square in mm and the index drawn on each slice.',
      params: StudyParams,
      querystring: MontageQuerystring,
      response: { 200: binary('image/png', 'the contact sheet', SHEET_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
    }
  }, (request, reply) => {
    const { params: { studyId }, query } = request
    const volume = services.channels.open(studyId, query.channel)
    const laid = overlayOf(services, studyId, query)
    const { plan, described } = sheets.get(request.url, volume, laid.volume, () => {
      const plan = planSheet(volume, laid.volume, {
        ...query,
        every: query.every,
        ...lookOf(query, laid)
      })
      return { plan, described: describe(services, plan.etag, 'image/png', { 'slice-window': windowText(plan.spec.window) }) }
    })
    return answerPixels(request, reply, described, (asked) => services.slices.sheet(plan, asked))
  })

  app.get('/studies/:studyId/thumbnail.png', {
    schema: {
      operationId: 'getThumbnailPng',
      tags: ['Pixels'],
      summary: 'One representative slice of a study',
      description: 'The axial slice with most lesion, or the middle slice if there is no lesion, in radiological orientation.',
      params: StudyParams,
      querystring: ThumbnailQuerystring,
      response: { 200: binary('image/png', 'the picture', PICTURE_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
    }
  }, (request, reply) => {
    const { params: { studyId }, query } = request
    const volume = services.channels.open(studyId, query.channel)
    const laid = overlayOf(services, studyId, query)
    const { plan, described } = thumbnails.get(request.url, volume, laid.volume, () => {
      const plan = planThumbnail(volume, laid.volume, services.catalog.slices(studyId), { size: query.size, ...lookOf(query, laid) })
      return { plan, described: describe(services, plan.etag, 'image/png', { ...affineHeader(plan.affine), 'slice-window': windowText(plan.spec.window) }) }
    })
    return answerPixels(request, reply, described, (asked) => services.slices.picture(plan, asked))
  })
}
