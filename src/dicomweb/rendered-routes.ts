import type { FastifyPluginAsync } from 'fastify'
import { answerPixels } from '../http/answers/answer-pixels.js'
import { affineHeader, describe } from '../http/answers/pixel-headers.js'
import { HttpFault } from '../http/problems/problem-details.js'
import { sliceGeometry } from '../nifti/slice.js'
import { planPicture } from '../views/slice-plan.js'
import { tellingSlice } from '../views/thumbnail.js'
import { mediaRanges, pictureFormat } from './accept.js'
import { openSegment } from './annotations.js'
import type { AnnotatedSegment } from './annotations.js'
import type { DicomArchive, DicomSeries } from './archive.js'
import { warn } from './dicom-json-answer.js'
import { requested } from './requested.js'
import type { Requested } from './requested.js'
import { lookOf } from './viewport.js'

const STUDY = '/studies/:study'
const SERIES = `${STUDY}/series/:series`
const INSTANCE = `${SERIES}/instances/:instance`
const FRAME = `${INSTANCE}/frames/:frame`

/** What a picture shows: an axial slice of the image, or of a segment. */
interface Shown { index: number, segment?: AnnotatedSegment | undefined }

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
        const { index, segment } = shownOf(found, params.frame)
        const geometry = sliceGeometry(found.image.layout, 'axial', index, 'radiological')
        const look = lookOf(what === 'thumbnail' ? { viewport: THUMBNAIL, ...query } : query, geometry, geometry.pixelMm)
        const format = pictureFormat(mediaRanges(request.headers.accept, query['accept']))
        const volume = segment === undefined ? found.image : openSegment(services, found.study.id, segment.voxels)
        const plan = planPicture(volume, null, {
          plane: 'axial',
          index,
          orientation: 'radiological',
          size: look.size,
          aspect: look.size === undefined ? 'physical' : undefined,
          format,
          window: segment === undefined ? look.window : undefined,
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

  function shownOf ({ study, series, instance, image }: Requested, frame: string | undefined): Shown {
    if (series === undefined || instance === undefined) {
      const index = tellingSlice(services.catalog.slices(study.id), sliceGeometry(image.layout, 'axial', 0, 'native').count)
      return series?.segmentOf === undefined ? { index } : frameOn(series, index)
    }
    const n = frame === undefined ? 0 : Number(frame) - 1
    if (!Number.isInteger(n) || n < 0 || n >= series.frames) throw new HttpFault('route-not-found', `There is no frame ${frame}: the instance has frames 1 to ${series.frames}.`)
    return { index: series.sliceOf(instance, n), segment: series.segmentOf?.(n) }
  }
}

/** The first frame of a segmentation on a slice; its first of all if there is none. */
function frameOn (series: DicomSeries, index: number): Shown {
  const frames = Array.from({ length: series.frames }, (_, frame) => series.sliceOf(0, frame))
  const frame = Math.max(0, frames.indexOf(index))
  return { index: frames[frame]!, segment: series.segmentOf?.(frame) }
}
