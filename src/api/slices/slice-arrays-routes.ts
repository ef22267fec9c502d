import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { DTYPE_PARAMETERS } from '../../render/dtype.js'
import { parseSize } from '../../render/size.js'
import { parseWindow } from '../../render/window.js'
import { planArray } from '../../views/slice-plan.js'
import type { ArrayPlan } from '../../views/slice-plan.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { arrayHeaders, describe } from '../../http/answers/pixel-headers.js'
import { ARRAY_HEADERS } from '../../http/contract/pixel-schemas.js'
import { PlanCache } from '../../http/answers/plan-cache.js'
import { binary, named, notModified, oneOf, problems } from '../../http/contract/schemas.js'
import { arrayWindow, aspectWith, channel, openAsked, orientationWith, SLICE_PROBLEMS, SliceParams, sliceQuery } from './slice-schemas.js'

const ArrayQuerystring = Type.Object({
  ...sliceQuery,
  dtype: named('Dtype', oneOf(DTYPE_PARAMETERS, { default: 'auto', description: 'type of the values; `auto`: the stored type, `float32` if the header scales, `uint8` for a mask or with `window`' })),
  channel,
  window: arrayWindow,
  orientation: orientationWith('native'),
  aspect: aspectWith('`voxel`')
}, { additionalProperties: false })

/** One slice as an array; the representation is the path's extension. */
export const sliceArraysRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const plans = new PlanCache<ArrayPlan>()
  const heldArray = (plan: ArrayPlan) => services.slices.heldArray(plan)

  for (const format of ['raw', 'npy'] as const) {
    app.get(`/studies/:studyId/:volume(image|mask)/slices/:index.${format}`, {
      schema: {
        operationId: format === 'raw' ? 'getSliceRaw' : 'getSliceNpy',
        tags: ['Pixels'],
        summary: format === 'raw' ? 'One slice as raw values' : 'One slice as a NumPy file',
        description: `${format === 'raw' ? 'The body is little-endian values in C order and nothing else. Headers state type, shape and affine.' : 'NumPy format 1.0, `fortran_order: False`.'} Values are HU; a mask is 0 and 1.`,
        params: SliceParams,
        querystring: ArrayQuerystring,
        response: { 200: binary('application/octet-stream', 'the slice, [rows, columns]', ARRAY_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
      }
    }, (request, reply) => {
      const { params, query } = request
      const volume = openAsked(services, params.studyId, params.volume, query.channel)
      const { plan, described } = plans.get(request.url, volume, null, () => {
        const plan = planArray(volume, {
          ...query,
          format,
          index: params.index,
          size: query.size === undefined ? undefined : parseSize(query.size),
          aspect: query.aspect,
          window: query.window === undefined ? undefined : parseWindow(query.window)
        })
        return { plan, described: describe(services, plan.etag, 'application/octet-stream', arrayHeaders(plan.dtype, [plan.rows, plan.columns], plan.affine), { length: plan.length }) }
      })
      return answerPixels(request, reply, described, (asked) => {
        const held = heldArray(plan)
        if (held === undefined) return services.slices.array(plan, asked)
        app.keepHot(request.url, { route: request.routeOptions.url!, headers: described.headers, bytes: plan.length, plan, held: heldArray })
        return held
      })
    })
  }
}
