import type { FastifyPluginAsync } from 'fastify'
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dicom/part10.js'
import { answerPixels } from '../http/answers/answer-pixels.js'
import type { Described } from '../http/answers/described.js'
import { describe } from '../http/answers/pixel-headers.js'
import { HttpFault } from '../http/problems/problem-details.js'
import type { Answer } from '../views/answer.js'
import { mediaRanges, wantsAlone } from './accept.js'
import type { DicomArchive, DicomSeries } from './archive.js'
import { multipart } from './multipart.js'
import type { Multipart } from './multipart.js'
import { answerOf, lengthOf, PixelPlans, streamOf } from './pixels.js'
import type { Part } from './pixels.js'
import { requested } from './requested.js'

interface FramesParams { study: string, series: string, instance: string, frames: string }

const BYTES = 'application/octet-stream'

/** Pixels of single frames (WADO-RS, PS3.18, 10.4.1.1.6), read like any slice by `views/` and `volumes/`. */
export const framesRoutes: FastifyPluginAsync<{ archive: DicomArchive }> = async (app, { archive }) => {
  const { services } = app

  app.get('/studies/:study/series/:series/instances/:instance/frames/:frames', { schema: { hide: true } }, (request, reply) => {
    const params = request.params as FramesParams
    const { image, series, instance } = requested(services, archive, params)
    const { accept } = request.query as { accept?: unknown }
    const frames = framesOf(params.frames, series!)
    const plans = new PixelPlans(services, image, series!)
    const pixels = frames.map((frame) => plans.frame(instance!, frame))
    const isAlone = pixels.length === 1 && wantsAlone(mediaRanges(request.headers.accept, accept), BYTES)
    const around = isAlone ? undefined : multipart(BYTES, `transfer-syntax=${EXPLICIT_VR_LITTLE_ENDIAN}`, series!.uid)
    const parts = around === undefined ? pixels : [...pixels.flatMap((plan, n) => [around.before(n), plan]), around.end]
    const described = describedFrames(pixels.map(({ etag }) => etag), around, parts)
    if (pixels.length > 1) return answerPixels(request, reply, described, ({ signal }) => streamOf(services.slices, parts, signal))
    return answerPixels(request, reply, described, (asked) => {
      const answer = answerOf(services.slices, pixels[0]!, asked)
      return answer instanceof Promise ? answer.then((made) => wrapped(made, around)) : wrapped(answer, around)
    })
  })

  function describedFrames (etags: readonly string[], around: Multipart | undefined, parts: readonly Part[]): Described {
    const etag = `"${etags.map((one) => one.slice(1, -1)).join('+')}.${around === undefined ? 'frame' : 'frames'}"`
    return describe(services, etag, around?.contentType ?? BYTES, { vary: 'Accept' }, { length: lengthOf(parts) })
  }
}

/** Joins a frame and the multipart bytes around it into one write. */
function wrapped (answer: Answer, around: Multipart | undefined): Answer {
  return around === undefined ? answer : { ...answer, chunks: [around.before(0), ...answer.chunks, around.end] }
}

/** Frames of a list such as `1,2,7`, converted to count from 0. @throws HttpFault (404) for a frame that does not exist */
function framesOf (text: string, { frames }: DicomSeries): number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text)) throw new HttpFault('route-not-found', `Frames are numbers from 1 to ${frames}, separated by commas.`)
  return text.split(',').map((one) => {
    if (Number(one) < 1 || Number(one) > frames) throw new HttpFault('route-not-found', `There is no frame ${one}: the instance has frames 1 to ${frames}.`)
    return Number(one) - 1
  })
}
