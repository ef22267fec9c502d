import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { labelRows } from '../../catalog/label-rows.js'
import { isGzipped } from '../../gzip/file-name.js'
import { InvalidRequest, VolumeMissing, VolumeUnreadable } from '../../errors.js'
import { DTYPE_PARAMETERS } from '../../render/dtype.js'
import { parseSize } from '../../render/size.js'
import { planArray, planPicture } from '../../views/slice-plan.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { affineHeader, arrayHeaders, describe } from '../../http/answers/pixel-headers.js'
import { ARRAY_HEADERS, FILE_HEADERS, PICTURE_HEADERS, RANGE_HEADERS, RANGE_REQUEST_HEADERS } from '../../http/contract/pixel-schemas.js'
import { binary, json, named, NoQuery, notModified, oneOf, problems, StudyId, StudyParams } from '../../http/contract/schemas.js'
import { headerFields } from '../../nifti/header.js'
import { boxOf, boxQuery } from '../volumes/box-query.js'
import { fileHeaders, sendOriginal } from '../volumes/send-original.js'
import { Label } from '../studies/study-schemas.js'
import { aspectWith, orientationWith, SLICE_PROBLEMS, sliceQuery } from '../slices/slice-schemas.js'

const set = Type.String({ description: 'name of the label set, as `GET /v1/studies/{studyId}/labels` lists it', examples: ['mask'] })
const SetParams = Type.Object({ studyId: StudyId, set })
const SetSliceParams = Type.Object({ studyId: StudyId, set, index: Type.Integer({ description: 'index of the slice along the stored axis of the plane, from 0, in stored order', examples: [17] }) })

const label = Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'comma-separated label names or values: the answer is 1 at their voxels and 0 elsewhere; default: values as stored', examples: ['tumour', '1,3'] }))
const dtype = named('Dtype', oneOf(DTYPE_PARAMETERS, { default: 'auto', description: 'type of the values; `auto`: the stored type, `uint8` with `label`' }))
const SliceQuerystring = Type.Object({ ...sliceQuery, label, dtype, orientation: orientationWith('native'), aspect: aspectWith('`voxel`') }, { additionalProperties: false })
const PictureQuerystring = Type.Object({
  ...sliceQuery,
  label,
  legend: Type.Boolean({ default: false, description: 'whether to draw the names of the labels; not with `label`' }),
  orientation: orientationWith('radiological'),
  aspect: aspectWith('`voxel` for axial, `physical` for coronal and sagittal'),
  labels: Type.Boolean({ default: false, description: 'whether to draw the anatomical directions (L R A P S I) at the edges' })
}, { additionalProperties: false })
const VolumeQuerystring = Type.Object({ label, dtype, ...boxQuery }, { additionalProperties: false })
const FileQuerystring = Type.Object({ label: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'name of the label, if each label has its own file', examples: ['liver'] })) }, { additionalProperties: false })

const LabelTable = Type.Object({
  items: Type.Array(Label)
}, { $id: 'LabelTable', description: 'The labels of a study, including those without voxels. The background has no row.' })

const NOT_FOUND = ['study-not-found', 'mask-not-found', 'volume-missing', 'range-not-satisfiable', 'volume-unreadable', 'catalog-building'] as const
const MEDIA_TYPES = { png: 'image/png', webp: 'image/webp', jpeg: 'image/jpeg' } as const

/** Label sets: the table of labels, and their voxels as slices, pictures and volumes. */
export const labelsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  const { labelSets } = services.listing
  const path = '/studies/:studyId/labels/:set(^[\\w-]+)'
  app.addSchema(LabelTable)

  app.get('/studies/:studyId/labels', {
    schema: {
      operationId: 'listLabels',
      tags: ['Discovery'],
      summary: 'The labels of a study, with the volume and the slices of each',
      description: 'One row for each label that the dataset names, and for each further value in the files.',
      params: StudyParams,
      querystring: NoQuery,
      response: { 200: json('the labels, in the order of the dataset', 'LabelTable'), ...problems('study-not-found') }
    }
  }, async ({ params: { studyId } }, reply) => {
    const study = services.volumes.study(studyId)
    services.volumes.notice(study)
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify({ items: labelRows(study, labelSets) }))
  })

  for (const format of ['raw', 'npy'] as const) {
    const name = format === 'raw' ? 'Raw' : 'Npy'
    app.get(`${path}/slices/:index.${format}`, {
      schema: {
        operationId: `getLabelSlice${name}`,
        tags: ['Pixels'],
        summary: `One slice of a label set as ${format === 'raw' ? 'raw values' : 'a NumPy file'}`,
        description: 'Values as stored, or 0 and 1 with `label`. Resizing takes the nearest neighbour.',
        params: SetSliceParams,
        querystring: SliceQuerystring,
        response: { 200: binary('application/octet-stream', 'the slice, [rows, columns]', ARRAY_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
      }
    }, (request, reply) => {
      const { params: { studyId, set, index }, query } = request
      const plan = planArray(services.labels.open(studyId, set, query.label), { ...query, format, index, size: query.size === undefined ? undefined : parseSize(query.size), aspect: query.aspect, window: undefined })
      const described = describe(services, plan.etag, 'application/octet-stream', arrayHeaders(plan.dtype, [plan.rows, plan.columns], plan.affine), { length: plan.length })
      return answerPixels(request, reply, described, (asked) => services.slices.array(plan, asked))
    })

    app.get(`${path}.${format}`, {
      schema: {
        operationId: `getLabelVolume${name}`,
        tags: ['Pixels'],
        summary: `A whole label set as ${format === 'raw' ? 'raw values' : 'a NumPy file'}`,
        description: 'Streamed as [k, j, i] in C order, little-endian. Values as stored, or 0 and 1 with `label`.',
        params: SetParams,
        querystring: VolumeQuerystring,
        headers: RANGE_REQUEST_HEADERS,
        response: {
          200: binary('application/octet-stream', 'the volume, [k, j, i]', ARRAY_HEADERS),
          206: binary('application/octet-stream', 'the requested range of bytes', { ...ARRAY_HEADERS, ...RANGE_HEADERS }),
          304: notModified,
          ...problems(...NOT_FOUND)
        }
      }
    }, (request, reply) => {
      const { params: { studyId, set }, query } = request
      const plan = services.streams.planArray(services.labels.open(studyId, set, query.label), { format, dtype: query.dtype, window: undefined, box: boxOf(query) })
      const described = describe(services, plan.etag, 'application/octet-stream', arrayHeaders(plan.dtype, plan.shape, plan.affine), { length: plan.length, ranged: true })
      return answerPixels(request, reply, described, ({ range, signal }) => services.streams.stream(plan, range, signal))
    })
  }

  app.get(`${path}/header`, {
    schema: {
      operationId: 'getLabelHeader',
      tags: ['Discovery'],
      summary: 'Every field of the NIfTI header of a label set',
      description: 'The same fields as for image and mask.',
      params: SetParams,
      querystring: FileQuerystring,
      response: { 200: json('the header fields', 'NiftiHeader'), ...problems('study-not-found', 'mask-not-found', 'volume-missing', 'volume-unreadable', 'catalog-building') }
    }
  }, async ({ params: { studyId, set }, query }, reply) => {
    const { record } = services.labels.original(studyId, set, query.label)
    if (record.header === null) throw new VolumeUnreadable(`${record.key} has no readable header: ${record.problem}`)
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify(headerFields(record.header)))
  })

  for (const format of ['png', 'webp', 'jpeg'] as const) {
    app.get(`${path}/slices/:index.${format}`, {
      schema: {
        operationId: `getLabelSlice${format[0]!.toUpperCase()}${format.slice(1)}`,
        tags: ['Pixels'],
        summary: `One slice of a label set as a ${format.toUpperCase()} picture`,
        description: 'Each label in its colour on a black background. With `label` the picture is black and white.',
        params: SetSliceParams,
        querystring: PictureQuerystring,
        response: { 200: binary(MEDIA_TYPES[format], 'the picture', PICTURE_HEADERS), 304: notModified, ...problems(...SLICE_PROBLEMS) }
      }
    }, (request, reply) => {
      const { params: { studyId, set, index }, query } = request
      if (query.legend && query.label !== undefined) throw new InvalidRequest([{ parameter: 'legend', detail: 'cannot be combined with label, which draws black and white; drop one of the two' }])
      const plan = planPicture(services.labels.open(studyId, set, query.label), null, {
        ...query,
        format,
        index,
        size: query.size === undefined ? undefined : parseSize(query.size),
        aspect: query.aspect,
        window: undefined,
        bits: 8,
        overlay: 'none',
        overlayColor: undefined,
        overlayOpacity: undefined,
        labels: query.labels,
        legend: query.legend,
        ...(query.label === undefined && { looks: services.labels.looks(studyId, set) })
      })
      const described = describe(services, plan.etag, MEDIA_TYPES[format], affineHeader(plan.affine))
      return answerPixels(request, reply, described, (asked) => services.slices.picture(plan, asked))
    })
  }

  for (const form of ['nii', 'nii.gz'] as const) {
    app.get(`${path}.${form}`, {
      schema: {
        operationId: form === 'nii' ? 'getLabelVolumeNii' : 'getLabelVolumeNiiGz',
        tags: ['Pixels'],
        summary: form === 'nii' ? 'The decoded NIfTI file of a label set' : 'The gzipped file of a label set, byte for byte',
        description: form === 'nii' ? 'Header, extensions and voxels are those of the original file.' : 'The original file. If the original is a `.nii`, this route answers `volume-missing`.',
        params: SetParams,
        querystring: FileQuerystring,
        headers: RANGE_REQUEST_HEADERS,
        response: {
          200: binary(form === 'nii' ? 'application/octet-stream' : 'application/gzip', 'the file', FILE_HEADERS),
          206: binary(form === 'nii' ? 'application/octet-stream' : 'application/gzip', 'the requested range of bytes', { ...FILE_HEADERS, ...RANGE_HEADERS }),
          304: notModified,
          ...problems(...NOT_FOUND)
        }
      }
    }, (request, reply) => {
      const { params: { studyId, set }, query } = request
      const original = services.labels.original(studyId, set, query.label)
      if (isGzipped(original.record.key) === (form === 'nii.gz')) return sendOriginal(request, reply, original, form)
      if (form === 'nii.gz') throw new VolumeMissing(`The label set ${set} of ${studyId} is an uncompressed file; it is served as .nii.`)
      const plan = services.streams.planFile(services.labels.file(studyId, set, query.label))
      const described = describe(services, plan.etag, 'application/octet-stream', fileHeaders(original.record, original.state.modifiedMs, 'nii'), { length: plan.length, ranged: true })
      return answerPixels(request, reply, described, ({ range, signal }) => services.streams.stream(plan, range, signal))
    })
  }
}
