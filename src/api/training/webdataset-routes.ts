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
  even: Type.Optional(oneOf(EVEN, { description: 'with `shards`: how to give every shard the same number of samples; `pad`: short shards repeat from their start; `cut`: all end where the shortest ends', examples: ['pad'] })),
  start: Type.Integer({ minimum: 0, default: 0, description: 'number of samples to skip, to resume after a broken connection' }),
  arrays: severalOf(ARRAYS, { default: ['image'], uniqueItems: true, description: 'arrays to send, each once: `image`, `mask`, `labels`; default: `image`', examples: [['image', 'mask']] }),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'for `labels`: comma-separated label names or values: the array is 1 at their voxels and 0 elsewhere', examples: ['tumour'] })),
  set: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'for `labels`: name of the label set; default: the first', examples: ['labels'] })),
  missingMask: named('MissingMask', oneOf(['error', 'zeros'], { default: 'error', description: 'answer for a study without mask or labels: the problem `mask-not-found` or zeros' })),
  dtype: named('Dtype', oneOf(DTYPE_PARAMETERS, { default: 'auto', description: 'type of the image; `auto`: the stored type, `float32` if the header scales, `uint8` with `window`' })),
  window: Type.Optional(windowString({ description: 'window of the image in HU: `lung`, `mediastinal`, `bone` or `center,width`', examples: ['lung'] })),
  orientation: oneOf(ORIENTATIONS, { default: 'native', description: 'order of rows and columns; `native`: as stored; `radiological`: the patient\'s right is on the left, anterior is up' }),
  size: Type.Optional(sizeString({ description: 'size in pixels: `N` for the longer side or `WxH`', examples: ['256x256'] })),
  aspect: Type.Optional(named('Aspect', oneOf(ASPECTS, { description: 'shape of the pixels; `voxel`: as stored; `physical`: square in mm' })))
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
      description: 'A sample consists of the requested arrays (`study_0255_017.image.npy`, `.mask.npy`, `.labels.npy`) and `.json` (its row of the slice catalog, severity, spacing). ' +
        'With `shuffle`, studies are sorted by the hex SHA-256 of `"{seed}:{studyId}"`, and a shard takes every n-th of them. ' +
        `The slices of each ${BUFFER} studies are sorted by the hex SHA-256 of \`"{seed}:{studyId}:{index}"\`, so each volume is decoded once. ` +
        'In the names, a dot of a study id is %2E. A repeated slice (`balance`, `even=pad`) is named `study_0255_017_r1`.',
      querystring: WebDatasetQuerystring,
      response: {
        200: binary('application/x-tar', 'the samples as a tar stream'),
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
