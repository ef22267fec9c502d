import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { DTYPE_PARAMETERS } from '../../render/dtype.js'
import { InvalidRequest } from '../../errors.js'
import { WIRE_BYTES } from '../../render/wire-dtype.js'
import { parseSize } from '../../render/size.js'
import { parseWindow } from '../../render/window.js'
import { NAME_KEY } from '../../http/contract/shared-parts.js'
import { ARRAYS, batchTag, MAX_ITEMS } from '../../training/batch.js'
import type { ArrayName, Batch, BatchArray, BatchQuery } from '../../training/batch.js'
import { weightOf } from '../../training/bulk-reader.js'
import { factsArrays } from '../../training/item-facts.js'
import { npzBlocks, npzLength } from '../../training/npz.js'
import { safetensorsHeader } from '../../training/safetensors.js'
import { PLANES } from '../../views/slice-plan.js'
import { clientSignal } from '../../http/requests/client-signal.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { describe } from '../../http/answers/pixel-headers.js'
import { binary, named, oneOf, problems } from '../../http/contract/schemas.js'
import { sizeString, windowString } from '../../http/contract/texts.js'

const BoxRange = Type.Optional(Type.Array(Type.Integer({ minimum: -65_536, maximum: 65_536 }), { minItems: 2, maxItems: 2, description: 'first voxel and end (exclusive) of the box along this axis', examples: [[100, 196]] }))

const BatchBody = Type.Object({
  items: Type.Array(Type.Object({
    study: Type.String({ examples: ['study_0010'] }),
    index: Type.Optional(Type.Integer({ description: 'index of the slice along the stored axis of the plane, from 0; instead of `box`', examples: [17] })),
    box: Type.Optional(Type.Object({ i: BoxRange, j: BoxRange, k: BoxRange }, { additionalProperties: false, description: 'box in stored voxels, instead of `index`; an omitted axis is taken whole' }))
  }, { additionalProperties: false, [NAME_KEY]: 'BatchItem' }), { minItems: 1, maxItems: MAX_ITEMS, description: 'slices or boxes, in the order of the answer; an item may repeat' }),
  arrays: Type.Unsafe<ArrayName[]>({
    type: 'array', items: { type: 'string', enum: ARRAYS }, minItems: 1, uniqueItems: true, default: ['image'], description: 'arrays to send, each once: `image`, `mask` (uint8, 0 and 1), `labels` (values as stored); default: `image`'
  }),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'for `labels`: comma-separated label names or values: the array is 1 at their voxels and 0 elsewhere', examples: ['tumour'] })),
  set: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'for `labels`: name of the label set; default: the first', examples: ['labels'] })),
  plane: Type.Optional(named('Plane', oneOf(PLANES, { description: 'plane of the slices; default: `axial`' }))),
  pad: Type.Optional(Type.Number({ minimum: -1e6, maximum: 1e6, description: 'HU of box voxels outside the volume, where masks are 0; without it a box must lie inside', examples: [-1024] })),
  dtype: named('Dtype', oneOf(DTYPE_PARAMETERS, { default: 'auto', description: 'type of the image; `auto`: the stored type, `float32` if the header scales, `uint8` with `window`' })),
  window: Type.Optional(windowString({ description: 'window of the image in HU: `lung`, `mediastinal`, `bone` or `center,width`', examples: ['lung'] })),
  size: Type.Optional(sizeString({ description: 'size in pixels: `N` for the longer side or `WxH`; required if the slices differ in shape', examples: ['256x256'] })),
  missingMask: named('MissingMask', oneOf(['error', 'zeros'], { default: 'error', description: 'answer for a study without mask or labels: the problem `mask-not-found` or zeros' }))
}, { additionalProperties: false, [NAME_KEY]: 'BatchRequest' })

const FAULTS = [
  'study-not-found', 'mask-not-found', 'slice-not-found', 'volume-missing', 'body-too-large', 'unsupported-media-type', 'volume-unreadable', 'catalog-building'
] as const

const FORMATS = [
  { extension: 'safetensors', name: 'Safetensors', mediaType: 'application/octet-stream', what: 'as safetensors', more: 'The tensors are `image`, `mask` and `labels`, and `affine` [N, 3, 4], `spacing` [N, 3] (mm) and `index` of each item. The metadata `study` holds the study ids as JSON.' },
  { extension: 'npz', name: 'Npz', mediaType: 'application/zip', what: 'as a NumPy archive', more: 'The archive holds `image.npy`, `mask.npy` and `labels.npy` uncompressed, and `affine.npy` [N, 3, 4], `spacing.npy` [N, 3] (mm), `index.npy` and `study.npy` of each item.' },
  { extension: 'raw', name: 'Raw', mediaType: 'application/octet-stream', what: 'as raw values', more: 'The arrays follow one another in the requested order. `Array-Dtype` lists their types, `Array-Shape` is the shape of each.' }
] as const

/** Many slices in one answer, in the order asked for. */
export const batchesRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  // A text/plain body is a wrong media type (415), not a malformed batch.
  app.removeContentTypeParser('text/plain')

  for (const { extension, name, mediaType, what, more } of FORMATS) {
    app.post(`/batches.${extension}`, {
      schema: {
        operationId: `getBatch${name}`,
        tags: ['Training'],
        summary: `Up to ${MAX_ITEMS} slices or boxes ${what}`,
        description: `\`image\`, \`mask\` and \`labels\` have the shape [N, rows, columns] for slices and [N, k, j, i] for boxes, with the items in the requested order. ${more} If one item cannot be served, the whole request fails with a problem that names it (\`items.3\`).`,
        body: BatchBody,
        response: { 200: binary(mediaType, 'the arrays, streamed with a `Content-Length`', extension === 'raw' ? RAW_HEADERS : {}), ...problems(...FAULTS) }
      }
    }, async (request, reply) => {
      const signal = clientSignal(reply)
      const batch = orderOnTheWire(extension, await services.batches.plan(queryOf(request.body), signal))
      const { arrays } = batch
      const header = extension === 'safetensors' ? headOf(batch) : new Uint8Array(0)
      const length = extension === 'npz' ? npzLength(batch) : arrays.reduce((sum, { length }) => sum + length, header.length)
      const headers = extension === 'raw' ? rawHeaders(arrays) : {}
      const parts = arrays.flatMap((array) => array.parts)
      return answerPixels(request, reply, describe(services, batchTag(extension, arrays), mediaType, headers, { length }), () =>
        services.bulk.stream(Math.max(...parts.map(weightOf)), signal, () => extension === 'npz'
          ? npzBlocks(batch, (array) => services.bulk.blocks(array.parts, signal))
          : services.bulk.blocks([{ before: header }, ...parts], signal)))
    })
  }
}

const RAW_HEADERS = {
  'Array-Dtype': { type: 'string', description: 'comma-separated type of each array (`.raw` only)', example: 'int16,uint8' },
  'Array-Shape': { type: 'string', description: 'shape that all the arrays have (`.raw` only)', example: '32,512,512' }
}

function rawHeaders (arrays: readonly BatchArray[]): Record<string, string> {
  return { 'array-dtype': arrays.map(({ dtype }) => dtype).join(','), 'array-shape': arrays[0]!.shape.join(','), 'array-order': 'C', 'array-endian': 'little' }
}

function queryOf (body: Static<typeof BatchBody>): BatchQuery {
  const faults = body.items.flatMap(({ index, box }, n) => {
    if (index !== undefined && box !== undefined) return [{ parameter: `items.${n}`, detail: 'has an index and a box; drop one of the two' }]
    return index === undefined && box === undefined ? [{ parameter: `items.${n}.index`, detail: 'is missing: an item needs an index (slice) or a box' }] : []
  })
  if (faults.length > 0) throw new InvalidRequest(faults)
  return {
    ...body,
    items: body.items as BatchQuery['items'],
    plane: body.plane,
    set: body.set,
    label: body.label,
    pad: body.pad,
    dtype: body.dtype,
    window: body.window === undefined ? undefined : parseWindow(body.window),
    size: body.size === undefined ? undefined : parseSize(body.size)
  }
}

/** In a safetensors file wider numbers come first, so that every tensor begins at a multiple of its number's width. */
function orderOnTheWire (extension: string, batch: Batch): Batch {
  if (extension !== 'safetensors') return batch
  return { ...batch, arrays: [...batch.arrays].sort((a, b) => WIRE_BYTES[b.dtype] - WIRE_BYTES[a.dtype] || (a.name < b.name ? -1 : 1)) }
}

/** What comes before the arrays in a safetensors file: the header, and the items' facts as 8-byte numbers. */
function headOf ({ arrays, facts }: Batch): Uint8Array {
  const numbers = factsArrays(facts)
  const header = safetensorsHeader([...numbers, ...arrays], { study: JSON.stringify(facts.map(({ study }) => study)) })
  return Buffer.concat([header, ...numbers.map(({ bytes }) => bytes)])
}
