import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { InvalidRequest } from '../../errors.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { describe } from '../../http/answers/pixel-headers.js'
import { VOXEL_HEADERS } from '../../http/contract/pixel-schemas.js'
import { json, notModified, problems, StudyParams } from '../../http/contract/schemas.js'

/** The most bars of a histogram: one for each HU in 16 bits. */
const MAX_BARS = 65_536

const hu = { minimum: -65_536, maximum: 65_536 }

const HistogramQuerystring = Type.Object({
  from: Type.Integer({ ...hu, default: -1024, description: 'HU at which the first bar begins' }),
  to: Type.Integer({ ...hu, default: 3072, description: 'HU at which the last bar ends, exclusive' }),
  width: Type.Integer({ minimum: 1, maximum: 4096, default: 16, description: 'HU per bar; `to` − `from` must be a multiple of it' })
}, { additionalProperties: false })

export const Histogram = Type.Object({
  from: Type.Integer({ description: 'HU at which the first bar begins', examples: [-1024] }),
  to: Type.Integer({ description: 'HU at which the last bar ends, exclusive', examples: [3072] }),
  width: Type.Integer({ description: 'HU per bar', examples: [16] }),
  counts: Type.Array(Type.Integer(), { description: 'number of voxels in each bar', examples: [[101_314, 88_200]] }),
  below: Type.Integer({ description: 'number of voxels below the first bar', examples: [2_310_544] }),
  above: Type.Integer({ description: 'number of voxels at or above `to`', examples: [12] }),
  notFinite: Type.Integer({ description: 'number of voxels that are NaN or infinite', examples: [0] })
}, { $id: 'Histogram', description: 'The distribution of HU in an image. Every voxel is counted once.' })

/** How the HU of an image are spread. */
export const histogramRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  app.addSchema(Histogram)

  app.get('/studies/:studyId/histogram', {
    schema: {
      operationId: 'getHistogram',
      tags: ['Discovery'],
      summary: 'The histogram of HU of the image of a study',
      description: 'Counts all voxels of the image in bars of equal width.',
      params: StudyParams,
      querystring: HistogramQuerystring,
      response: { 200: json('the histogram', 'Histogram', VOXEL_HEADERS), 304: notModified, ...problems('study-not-found', 'volume-missing', 'volume-unreadable', 'catalog-building') }
    }
  }, async (request, reply) => {
    const { params: { studyId }, query: { from, to, width } } = request
    checkBars(from, to, width)
    const volume = services.volumes.open(studyId, 'image')
    const described = describe(services, services.histograms.etagOf(volume, { from, to, width }), 'application/json; charset=utf-8')
    return await answerPixels(request, reply, described, async ({ signal }) =>
      Buffer.from(JSON.stringify(await services.histograms.of(volume, { from, to, width }, signal))))
  })
}

/** @throws InvalidRequest naming the parameter that does not give whole bars */
function checkBars (from: number, to: number, width: number): void {
  if (from >= to) throw new InvalidRequest([{ parameter: 'from', detail: `${from} is not below to, ${to}` }, { parameter: 'to', detail: `${to} is not above from, ${from}` }])
  if ((to - from) % width !== 0) throw new InvalidRequest([{ parameter: 'width', detail: `${width} does not divide ${to - from}, which is to - from` }])
  if ((to - from) / width > MAX_BARS) throw new InvalidRequest([{ parameter: 'width', detail: `${width} makes ${(to - from) / width} bars; up to ${MAX_BARS} are counted` }])
}
