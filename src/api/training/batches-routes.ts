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

const BoxRange = Type.Optional(Type.Array(Type.Integer({ minimum: -65_536, maximum: 65_536 }), { minItems: 2, maxItems: 2, description: 'start and stop, end exclusive', examples: [[100, 196]] }))

const BatchBody = Type.Object({
  items: Type.Array(Type.Object({
    study: Type.String({ examples: ['study_0010'] }),
    index: Type.Optional(Type.Integer({ description: 'of a slice: its number along the plane\'s stored axis, from 0', examples: [17] })),
    box: Type.Optional(Type.Object({ i: BoxRange, j: BoxRange, k: BoxRange }, { additionalProperties: false, description: 'instead of `index`: a box in stored voxels; an axis that is left out is whole' }))
  }, { additionalProperties: false, [NAME_KEY]: 'BatchItem' }), { minItems: 1, maxItems: MAX_ITEMS, description: 'slices or boxes, in the order of the answer; the same one may stand twice' }),
  arrays: Type.Unsafe<ArrayName[]>({
    type: 'array', items: { type: 'string', enum: ARRAYS }, minItems: 1, uniqueItems: true, default: ['image'], description: '`image`, `mask` (uint8, 0 and 1), `labels` (values as stored), each once; default `image`'
  }),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'of `labels`: names or values, comma-separated; then 0 and 1', examples: ['tumour'] })),
  set: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'of `labels`: the label set; default the first', examples: ['labels'] })),
  plane: Type.Optional(named('Plane', oneOf(PLANES, { description: 'of slices; default `axial`' }))),
  pad: Type.Optional(Type.Number({ minimum: -1e6, maximum: 1e6, description: 'of boxes: HU of voxels outside the volume, so that a box may reach out of it; masks have 0 there', examples: [-1024] })),
  dtype: named('Dtype', oneOf(DTYPE_PARAMETERS, { default: 'auto', description: 'of the image; `auto`: the stored type, `float32` if the header scales, `uint8` with a window' })),
  window: Type.Optional(windowString({ description: 'of the image: `lung`, `mediastinal`, `bone`, or `center,width` in HU', examples: ['lung'] })),
  size: Type.Optional(sizeString({ description: '`N`, the longer side in pixels, or `WxH`; needed where slices differ in shape', examples: ['256x256'] })),
  missingMask: named('MissingMask', oneOf(['error', 'zeros'], { default: 'error', description: 'what a study without a mask or labels gives: `mask-not-found`, or zeros' }))
}, { additionalProperties: false, [NAME_KEY]: 'BatchRequest' })

const FAULTS = [
  'study-not-found', 'mask-not-found', 'slice-not-found', 'volume-missing', 'body-too-large', 'unsupported-media-type', 'volume-unreadable', 'catalog-building'
] as const

const FORMATS = [
  { extension: 'safetensors', name: 'Safetensors', mediaType: 'application/octet-stream', what: 'as safetensors', more: 'Tensors `image`, `mask` and `labels`; `affine` [N, 3, 4], `spacing` [N, 3] (mm) and `index` of each item; the ids of the studies as JSON in the metadata `study`.' },
  { extension: 'npz', name: 'Npz', mediaType: 'application/zip', what: 'as a NumPy archive', more: '`image.npy`, `mask.npy` and `labels.npy`, stored, not deflated; `affine.npy` [N, 3, 4], `spacing.npy` [N, 3] (mm), `index.npy` and `study.npy` of each item.' },
  { extension: 'raw', name: 'Raw', mediaType: 'application/octet-stream', what: 'as raw values', more: 'The arrays one after the other in the order asked for; `Array-Dtype` lists their types, `Array-Shape` is the shape of each.' }
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
        description: `\`image\`, \`mask\` and \`labels\` are [N, rows, columns] of slices, [N, k, j, i] of boxes, in the order asked for. ${more} An item that cannot be served fails the whole, with a problem that names it (\`items.3\`).`,
        body: BatchBody,
        response: { 200: binary(mediaType, 'the arrays, streamed; `Content-Length` is known', extension === 'raw' ? RAW_HEADERS : {}), ...problems(...FAULTS) }
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
  'Array-Dtype': { type: 'string', description: 'of `.raw`: the type of each array, comma-separated', example: 'int16,uint8' },
  'Array-Shape': { type: 'string', description: 'of `.raw`: the shape of each array', example: '32,512,512' }
}

function rawHeaders (arrays: readonly BatchArray[]): Record<string, string> {
  return { 'array-dtype': arrays.map(({ dtype }) => dtype).join(','), 'array-shape': arrays[0]!.shape.join(','), 'array-order': 'C', 'array-endian': 'little' }
}

function queryOf (body: Static<typeof BatchBody>): BatchQuery {
  const faults = body.items.flatMap(({ index, box }, n) => {
    if (index !== undefined && box !== undefined) return [{ parameter: `items.${n}`, detail: 'has an index and a box; drop one of the two' }]
    return index === undefined && box === undefined ? [{ parameter: `items.${n}.index`, detail: 'is missing: a slice has an index, a box has a box' }] : []
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
