import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { DTYPE_PARAMETERS } from '../../render/dtype.js'
import { parseSize } from '../../render/size.js'
import { parseWindow } from '../../render/window.js'
import { ARRAYS } from '../../training/batch.js'
import { EVEN } from '../../training/epoch.js'
import { BUFFER } from '../../training/webdataset.js'
import type { WebDatasetQuery } from '../../training/webdataset.js'
import { ASPECTS, ORIENTATIONS } from '../../views/slice-plan.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { describe } from '../../http/answers/pixel-headers.js'
import { binary, named, notModified, oneOf, problems, severalOf } from '../../http/contract/schemas.js'
import { sizeString, windowString } from '../../http/contract/texts.js'
import { orderOf, shardOf, sliceFilterOf, sliceFilters } from '../slices/slice-filter.js'

const WebDatasetQuerystring = Type.Object({
  ...sliceFilters,
  even: Type.Optional(oneOf(EVEN, { description: 'with `shards`: every shard has the same number of samples; `pad`: short ones begin again, `cut`: all end where the shortest does', examples: ['pad'] })),
  start: Type.Integer({ minimum: 0, default: 0, description: 'samples to skip: to go on after a connection that broke' }),
  arrays: severalOf(ARRAYS, { default: ['image'], uniqueItems: true, description: '`image`, `mask`, `labels`, each once; default `image`', examples: [['image', 'mask']] }),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'of `labels`: names or values, comma-separated; then 0 and 1', examples: ['tumour'] })),
  set: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'of `labels`: the label set; default the first', examples: ['labels'] })),
  missingMask: named('MissingMask', oneOf(['error', 'zeros'], { default: 'error', description: 'what a study without a mask or labels gives: `mask-not-found`, or zeros' })),
  dtype: named('Dtype', oneOf(DTYPE_PARAMETERS, { default: 'auto', description: 'of the image; `auto`: the stored type, `float32` if the header scales, `uint8` with a window' })),
  window: Type.Optional(windowString({ description: 'of the image: `lung`, `mediastinal`, `bone`, or `center,width` in HU', examples: ['lung'] })),
  orientation: oneOf(ORIENTATIONS, { default: 'native', description: '`native`: stored order; `radiological`: the patient\'s right on the left, anterior up' }),
  size: Type.Optional(sizeString({ description: '`N`, the longer side in pixels, or `WxH`', examples: ['256x256'] })),
  aspect: Type.Optional(named('Aspect', oneOf(ASPECTS, { description: '`physical`: pixels are made square in mm' })))
}, { additionalProperties: false })

/** Version of the layout: raise it when the same query gives different bytes. */
const LAYOUT = 1

/** In bytes: the assumed size of a slice where the query has no size and no slice is known: 512 x 512 float32. */
const USUAL_SLICE_BYTES = 2 ** 20

/** Samples as a stream for the WebDataset library. */
export const webdatasetRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app

  app.get('/webdataset.tar', {
    schema: {
      operationId: 'streamWebDataset',
      tags: ['Training'],
      summary: 'Axial slices as a WebDataset stream, one pass',
      description: 'Per sample `study_0255_017.image.npy`, `.mask.npy` and `.labels.npy` if asked for, and `.json` (its row of the slice catalog, severity, spacing). ' +
        'With `shuffle`, studies are ordered by the hex SHA-256 of `"{seed}:{studyId}"`, a shard takes every n-th of them, ' +
        `and the slices of each ${BUFFER} studies are ordered by the hex SHA-256 of \`"{seed}:{studyId}:{index}"\`: a volume is decoded once. ` +
        'A dot in a study\'s id is %2E in the names; a slice that comes again (`balance`, `even=pad`) is `study_0255_017_r1`.',
      querystring: WebDatasetQuerystring,
      response: {
        200: binary('application/x-tar', 'the samples'),
        304: notModified,
        ...problems('study-not-found', 'mask-not-found', 'volume-missing', 'orientation-unknown', 'volume-unreadable', 'catalog-building')
      }
    }
  }, (request, reply) => {
    const query = queryOf(request.query)
    const tag = createHash('sha256').update(JSON.stringify([LAYOUT, services.catalog.revision(), query])).digest('hex').slice(0, 32)
    const etag = `"webdataset.${tag}"`
    return answerPixels(request, reply, describe(services, etag, 'application/x-tar'), ({ signal }) =>
      services.bulk.stream(heaviest(query), signal, () => services.bulk.blocks(services.webDatasets.parts(query, signal), signal)))
  })

  function queryOf (query: Static<typeof WebDatasetQuerystring>): WebDatasetQuery {
    const { even, start, arrays, set, label, missingMask, dtype, window, orientation, size, aspect } = query
    return {
      filter: sliceFilterOf(query, services.catalog, services.splits),
      ...orderOf(query),
      ...shardOf(query),
      even,
      start,
      arrays,
      set,
      label,
      missingMask,
      dtype,
      window: window === undefined ? undefined : parseWindow(window),
      orientation,
      size: size === undefined ? undefined : parseSize(size),
      aspect
    }
  }
}

/** Expected bytes of the largest sample. */
function heaviest ({ size }: WebDatasetQuery): number {
  if (size === undefined) return USUAL_SLICE_BYTES
  return 4 * ('longer' in size ? size.longer ** 2 : size.rows * size.columns)
}
