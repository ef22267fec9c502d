import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { MaskNotFound, VolumeMissing, VolumeUnreadable } from '../../errors.js'
import { isPlainMask } from '../../catalog/label-rows.js'
import { chunkIndex, zarrDocuments, zarrDtype } from '../../training/ome-zarr.js'
import type { ZarrLabel } from '../../training/ome-zarr.js'
import type { OpenVolume } from '../../volumes/open-volumes.js'
import { planArray } from '../../views/slice-plan.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { arrayHeaders, describe, licence } from '../../http/answers/pixel-headers.js'
import { ARRAY_HEADERS } from '../../http/contract/pixel-schemas.js'
import { HttpFault } from '../../http/problems/problem-details.js'
import { binary, NoQuery, notModified, problems, StudyId, StudyParams } from '../../http/contract/schemas.js'

const ChunkParams = Type.Object({
  studyId: StudyId,
  k: Type.Integer({ minimum: 0, description: 'index of the chunk along k: one axial slice per chunk', examples: [17] }),
  j: Type.Integer({ minimum: 0, description: 'always 0: a chunk is a whole slice', examples: [0] }),
  i: Type.Integer({ minimum: 0, description: 'always 0: a chunk is a whole slice', examples: [0] })
})
const set = Type.String({ description: 'name of the label set', examples: ['mask'] })
const SetParams = Type.Object({ studyId: StudyId, set })
const SetChunkParams = Type.Object({ ...ChunkParams.properties, set })
const ZarrDocument = Type.Object({ zarr_format: Type.Integer({ examples: [3] }), node_type: Type.String({ examples: ['group'] }) }, { additionalProperties: true, $id: 'ZarrDocument' })

const DOCUMENTS = [
  { path: '', name: 'Group', what: 'The study as an OME-Zarr group' },
  { path: '0', name: 'Image', what: 'The image as a Zarr array' },
  { path: 'labels', name: 'Labels', what: 'The OME-Zarr labels of the image' },
  { path: 'labels/mask', name: 'Mask', what: 'The mask as an OME-Zarr label' },
  { path: 'labels/mask/0', name: 'MaskArray', what: 'The mask as a Zarr array' },
  { path: 'labels/:set', name: 'LabelSet', what: 'A label set as an OME-Zarr label, with colours and names' },
  { path: 'labels/:set/0', name: 'LabelSetArray', what: 'A label set as a Zarr array' }
] as const

const FAULTS = ['study-not-found', 'mask-not-found', 'volume-missing', 'volume-unreadable', 'catalog-building'] as const

/** Each study as a read-only Zarr v3 group. */
export const zarrRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const { labelSets } = services.listing
  app.addSchema(ZarrDocument)

  for (const { path, name, what } of DOCUMENTS) {
    app.get(`/zarr/:studyId/${path === '' ? '' : `${path.replace(':set', ':set(^[\\w-]+)')}/`}zarr.json`, {
      schema: {
        operationId: `getZarr${name}`,
        tags: ['Training'],
        summary: what,
        description: 'Zarr v3, OME-Zarr 0.5. The axes z, y, x are in mm along the stored k, j, i; each states its anatomical direction and its origin. Each axial slice is one uncompressed chunk. zarr-python, tensorstore, zarrita and dask open `/zarr/{studyId}` or `/zarr/{studyId}.zarr`.',
        params: path.includes(':set') ? SetParams : StudyParams,
        querystring: NoQuery,
        response: { 200: { description: 'the Zarr metadata', content: { 'application/json': { schema: Type.Ref('ZarrDocument') } } }, 304: notModified, ...problems(...FAULTS) }
      }
    }, (request, reply) => {
      const studyId = idOf(request.params.studyId)
      const image = services.volumes.open(studyId, 'image')
      const wanted = path.startsWith('labels/') ? (request.params as { set?: string }).set ?? 'mask' : undefined
      const labels = wanted === undefined ? labelsOf(studyId) : [labelOf(studyId, wanted)]
      if (path === 'labels' && labels.length === 0) services.volumes.open(studyId, 'mask')
      reply.headers(licence(services.dataset)).header('dataset-revision', services.catalog.revision())
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(zarrDocuments(image, labels)[wanted === undefined ? path : path.replace(/labels\/[^/]+/, `labels/${wanted}`)]))
    })
  }

  for (const [path, kind, name] of [['0', 'image', 'Image'], ['labels/mask/0', 'mask', 'Mask'], ['labels/:set(^[\\w-]+)/0', 'labels', 'LabelSet']] as const) {
    app.get(`/zarr/:studyId/${path}/c/:k(^\\d{1,9})/:j(^\\d{1,9})/:i(^\\d{1,9})`, {
      schema: {
        operationId: `getZarr${name}Chunk`,
        tags: ['Training'],
        summary: `One axial slice of ${{ image: 'the image', mask: 'the mask', labels: 'a label set' }[kind]} as a Zarr chunk`,
        description: 'Uncompressed, little-endian, C order. Values are HU in dtype `auto`, 0 and 1 for a mask, or label values.',
        params: kind === 'labels' ? SetChunkParams : ChunkParams,
        querystring: NoQuery,
        response: { 200: binary('application/octet-stream', 'the chunk', ARRAY_HEADERS), 304: notModified, ...problems(...FAULTS, 'slice-not-found', 'route-not-found') }
      }
    }, (request, reply) => {
      const { studyId, k, j, i } = request.params
      const study = idOf(studyId)
      const volume = kind === 'image' ? services.volumes.open(study, kind) : labelOf(study, (request.params as { set?: string }).set ?? 'mask').volume
      return sendChunk(request, reply, volume, [k, j, i])
    })
  }

  /** `study_0255.zarr` names the same study, for readers that need the extension. A study whose id ends in `.zarr` keeps it. */
  function idOf (name: string): string {
    return name.endsWith('.zarr') && services.catalog.study(name) === undefined ? name.slice(0, -'.zarr'.length) : name
  }

  /** The labels of a study that can be read: its mask, and its label sets where they say more. */
  function labelsOf (studyId: string): ZarrLabel[] {
    const names = isPlainMask(labelSets) ? ['mask'] : [...new Set(['mask', ...labelSets.map(({ name }) => name)])]
    return names.flatMap((name) => {
      try {
        return [labelOf(studyId, name)]
      } catch (error) {
        if (error instanceof MaskNotFound || error instanceof VolumeMissing || error instanceof VolumeUnreadable) return []
        throw error
      }
    })
  }

  /** `mask` is the union, unless a set that says more has that name. */
  function labelOf (studyId: string, name: string): ZarrLabel {
    const isSet = !isPlainMask(labelSets) && (name !== 'mask' || labelSets.some((set) => set.name === name))
    if (isSet) return { name, volume: services.labels.open(studyId, name, undefined), looks: services.labels.looks(studyId, name) }
    if (name !== 'mask') throw new MaskNotFound(studyId, `The study ${studyId} has no label ${JSON.stringify(name)}; its only label is mask.`)
    return { name, volume: services.volumes.open(studyId, 'mask'), looks: null }
  }
}

function sendChunk (request: FastifyRequest, reply: FastifyReply, volume: OpenVolume, place: readonly number[]): FastifyReply | Promise<FastifyReply> {
  const { services } = request.server
  const index = chunkIndex(volume, place)
  if (index === undefined) throw new HttpFault('route-not-found', `There is no chunk c/${place.join('/')}: chunks divide the array along k only.`)
  const plan = planArray(volume, { format: 'raw', plane: 'axial', index, orientation: undefined, aspect: undefined, size: undefined, dtype: zarrDtype(volume), window: undefined })
  const described = describe(services, plan.etag, 'application/octet-stream', arrayHeaders(plan.dtype, [plan.rows, plan.columns], plan.affine), { length: plan.length })
  return answerPixels(request, reply, described, (asked) => services.slices.heldArray(plan) ?? services.slices.array(plan, asked))
}
