import type { FastifyPluginAsync } from 'fastify'
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dicom/part10.js'
import { pixelHeaders, setPixelHeaders } from '../http/answers/pixel-headers.js'
import { sendAnswer } from '../http/answers/send-bytes.js'
import { isNotModified } from '../http/requests/conditional.js'
import { HttpFault } from '../http/problems/problem-details.js'
import type { Answer } from '../views/slice-answers.js'
import type { ArrayPlan } from '../views/slice-plan.js'
import { mediaRanges, wantsAlone } from './accept.js'
import type { DicomArchive, DicomSeries } from './archive.js'
import { multipart } from './multipart.js'
import type { Multipart } from './multipart.js'
import { PixelPlans } from './pixels.js'
import { requested } from './requested.js'
import { sendParts } from './retrieve-routes.js'

interface FramesParams { study: string, series: string, instance: string, frames: string }

const BYTES = 'application/octet-stream'

/** Pixels of single frames (WADO-RS, PS3.18, 10.4.1.1.6): by the road of a slice, `views/` and `volumes/`. */
export const framesRoutes: FastifyPluginAsync<{ archive: DicomArchive }> = async (app, { archive }) => {
  const { services } = app

  app.get('/studies/:study/series/:series/instances/:instance/frames/:frames', { schema: { hide: true } }, async (request, reply) => {
    const params = request.params as FramesParams
    const found = requested(services, archive, params)
    const series = found.series!
    const frames = framesOf(params.frames, series)
    const { accept } = request.query as { accept?: unknown }
    const isAlone = frames.length === 1 && wantsAlone(mediaRanges(request.headers.accept, accept), BYTES)
    const plans = new PixelPlans(services, found.image, series)
    const parts = frames.map((frame) => plans.frame(found.instance!, frame))
    const etag = `${parts.map((plan) => plan.etag.slice(1, -1)).join('+')}`
    const quoted = `"${etag}.${isAlone ? 'frame' : 'frames'}"`
    setPixelHeaders(reply, services, { ...pixelHeaders(services, quoted), vary: 'Accept' })
    if (isNotModified(request.headers, quoted)) return await reply.code(304).send()
    const around = isAlone ? undefined : multipart(BYTES, `transfer-syntax=${EXPLICIT_VR_LITTLE_ENDIAN}`, series.uid)
    if (parts.length > 1) return await sendParts(request, reply, around!.contentType, [...parts.flatMap((part, n) => [around!.before(n), part]), around!.end])
    return await sendFrame(parts[0]!, around)

    async function sendFrame (plan: ArrayPlan, around: Multipart | undefined) {
      reply.header('content-type', around?.contentType ?? BYTES)
      const [before, after] = around === undefined ? [[], []] : [[around.before(0)], [around.end]]
      const length = [...before, ...after].reduce((sum, bytes) => sum + bytes.length, plan.length)
      if (request.method === 'HEAD') return await reply.header('content-length', length).send()
      const answer: Answer = services.slices.heldArray(plan) ?? await services.slices.array(plan, request.signal)
      return sendAnswer(reply, { ...answer, chunks: [...before, ...answer.chunks, ...after] })
    }
  })
}

/** Frames of a list such as `1,2,7`, from 0. @throws HttpFault (404) for one that is not there */
function framesOf (text: string, { frames }: DicomSeries): number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text)) throw new HttpFault('route-not-found', `Frames are numbers from 1 to ${frames}, separated by commas.`)
  return text.split(',').map((one) => {
    if (Number(one) < 1 || Number(one) > frames) throw new HttpFault('route-not-found', `There is no frame ${one}: the instance has frames 1 to ${frames}.`)
    return Number(one) - 1
  })
}
