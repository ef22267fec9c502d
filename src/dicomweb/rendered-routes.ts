import type { FastifyPluginAsync } from 'fastify'
import { answerPixels } from '../http/answers/answer-pixels.js'
import { affineHeader, describe } from '../http/answers/pixel-headers.js'
import { HttpFault } from '../http/problems/problem-details.js'
import { sliceGeometry } from '../nifti/slice.js'
import { planPicture } from '../views/slice-plan.js'
import { tellingSlice } from '../views/thumbnail.js'
import { mediaRanges, pictureFormat } from './accept.js'
import type { DicomArchive } from './archive.js'
import { warn } from './dicom-json-answer.js'
import { requested } from './requested.js'
import type { Requested } from './requested.js'
import { lookOf } from './viewport.js'

const STUDY = '/studies/:study'
const SERIES = `${STUDY}/series/:series`
const INSTANCE = `${SERIES}/instances/:instance`
const FRAME = `${INSTANCE}/frames/:frame`

/** In pixels: the viewport of a thumbnail without one, so its longer side is 128. */
const THUMBNAIL = '128,128'

/** Pictures (WADO-RS, PS3.18, 10.4.1.1.3 and .4) of an instance or frame; of a series or study, its representative slice. */
export const renderedRoutes: FastifyPluginAsync<{ archive: DicomArchive }> = async (app, { archive }) => {
  const { services } = app

  for (const [what, paths] of [['rendered', [SERIES, INSTANCE, FRAME]], ['thumbnail', [STUDY, SERIES, INSTANCE, FRAME]]] as const) {
    for (const path of paths) {
      app.get(`${path}/${what}`, { schema: { hide: true } }, (request, reply) => {
        const params = request.params as { study: string, series?: string, instance?: string, frame?: string }
        const query = request.query as Record<string, unknown>
        const found = requested(services, archive, params)
        const index = sliceOf(found, params.frame)
        const geometry = sliceGeometry(found.image.layout, 'axial', index, 'radiological')
        const look = lookOf(what === 'thumbnail' ? { viewport: THUMBNAIL, ...query } : query, geometry, geometry.pixelMm)
        const format = pictureFormat(mediaRanges(request.headers.accept, query['accept']))
        const isMask = found.series?.modality === 'SEG'
        const volume = isMask ? services.volumes.open(found.study.id, 'mask') : found.image
        const plan = planPicture(volume, null, {
          plane: 'axial',
          index,
          orientation: 'radiological',
          size: look.size,
          aspect: look.size === undefined ? 'physical' : undefined,
          format,
          window: isMask ? undefined : look.window,
          bits: 8,
          overlay: 'none',
          overlayColor: undefined,
          overlayOpacity: undefined,
          labels: false
        })
        warn(reply, look.warnings)
        const described = describe(services, plan.etag, `image/${format}`, { ...affineHeader(plan.affine), vary: 'Accept' })
        return answerPixels(request, reply, described, (asked) => services.slices.picture(plan, asked))
      })
    }
  }

  function sliceOf ({ study, series, instance, image }: Requested, frame: string | undefined): number {
    if (series === undefined || instance === undefined) return tellingSlice(services.catalog.slices(study.id), sliceGeometry(image.layout, 'axial', 0, 'native').count)
    const n = frame === undefined ? 0 : Number(frame) - 1
    if (!Number.isInteger(n) || n < 0 || n >= series.frames) throw new HttpFault('route-not-found', `There is no frame ${frame}: the instance has frames 1 to ${series.frames}.`)
    return series.sliceOf(instance, n)
  }
}
