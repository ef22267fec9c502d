import type { FastifyPluginAsync } from 'fastify'
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dicom/part10.js'
import { answerPixels } from '../http/answers/answer-pixels.js'
import { describe } from '../http/answers/pixel-headers.js'
import { mediaRanges, wantsAlone } from './accept.js'
import type { DicomArchive, DicomSeries } from './archive.js'
import { dicomJsonText, DICOM_JSON } from './dicom-json-answer.js'
import { multipart } from './multipart.js'
import { lengthOf, PixelPlans, streamOf } from './pixels.js'
import type { Part } from './pixels.js'
import { requested } from './requested.js'
import type { ObjectParams, Requested } from './requested.js'

const STUDY = '/studies/:study'
const SERIES = `${STUDY}/series/:series`
const INSTANCE = `${SERIES}/instances/:instance`

/** Version of the description: raise it when the same files give other attributes. */
const DESCRIPTION = 1

/** Metadata and whole instances of a study, a series, or one (WADO-RS, PS3.18, 10.4). */
export const retrieveRoutes: FastifyPluginAsync<{ archive: DicomArchive }> = async (app, { archive }) => {
  const { services } = app

  for (const path of [STUDY, SERIES, INSTANCE]) {
    app.get(`${path}/metadata`, { schema: { hide: true } }, (request, reply) => {
      const found = requested(services, archive, request.params as ObjectParams)
      return answerPixels(request, reply, describe(services, etagOf(found, 'metadata'), DICOM_JSON), () =>
        Buffer.from(dicomJsonText(instancesOf(found).map(({ series, instance }) => series.attributes(instance)))))
    })

    app.get(path, { schema: { hide: true } }, (request, reply) => {
      const found = requested(services, archive, request.params as ObjectParams)
      const { accept } = request.query as { accept?: unknown }
      const isAlone = found.instance !== undefined && wantsAlone(mediaRanges(request.headers.accept, accept), 'application/dicom')
      const files = filesOf(found)
      const around = isAlone ? undefined : multipart('application/dicom', `transfer-syntax=${EXPLICIT_VR_LITTLE_ENDIAN}`, found.series?.uid ?? found.study.uid)
      const parts = around === undefined ? files.flat() : [...files.flatMap((file, n) => [around.before(n), ...file]), around.end]
      const described = describe(services, etagOf(found, isAlone ? 'file' : 'files'), around?.contentType ?? 'application/dicom', { vary: 'Accept' }, { length: lengthOf(parts) })
      return answerPixels(request, reply, described, ({ signal }) => streamOf(services.slices, parts, signal))
    })
  }

  function filesOf (found: Requested): Part[][] {
    const plans = new Map<DicomSeries, PixelPlans>()
    return instancesOf(found).map(({ series, instance }) => {
      const known = plans.get(series) ?? new PixelPlans(services, found.image, series)
      plans.set(series, known)
      return known.instance(instance)
    })
  }
}

function instancesOf ({ study, series, instance }: Requested): { series: DicomSeries, instance: number }[] {
  if (series !== undefined && instance !== undefined) return [{ series, instance }]
  return (series === undefined ? study.series : [series]).flatMap((one) => one.instances.map((_, n) => ({ series: one, instance: n })))
}

/** UIDs of series and instances change with the files' content; a study's UID does not, so its series' UIDs are used. */
function etagOf ({ study, series, instance }: Requested, what: string): string {
  const uids = (series === undefined ? study.series : [series]).map(({ uid }) => uid.slice('2.25.'.length))
  return `"${uids.join('-')}.${instance ?? ''}.${what}${DESCRIPTION}"`
}
