import { Type } from 'typebox'
import { STATUSES } from '../../catalog/study.js'
import { FACETS, SORTS } from '../../catalog/study-query.js'
import { mapOf, named, nullable, numbers, oneOf, severalOf } from '../../http/contract/schemas.js'

/** One label of a study. */
export const Label = named('Label', Type.Object({
  set: Type.String({ examples: ['labels'] }),
  value: Type.Union([Type.Integer(), Type.Null()], { description: 'value of the label in the file; null for a region', examples: [2] }),
  values: Type.Optional(Type.Array(Type.Integer(), { description: 'values that form the region; absent for a single label', examples: [[1, 2]] })),
  name: Type.String({ examples: ['tumour'] }),
  color: Type.String({ description: 'colour as #rrggbb', examples: ['#ff4040'] }),
  voxels: Type.Integer({ examples: [9213] }),
  volumeMl: Type.Number({ examples: [34.2] }),
  slices: Type.Array(Type.Integer(), { description: 'indices of the axial slices that contain the label', examples: [[3, 4, 5]] })
}, { description: 'The volume and the slices of one label in a study.' }))

/** A study, as shown in lists and by its own route. */
export const Study = Type.Object({
  id: Type.String({ description: 'id of the study: the file name without extension', examples: ['study_0255'] }),
  number: nullable(Type.Integer({ description: '`study_id` of the registry', examples: [255] })),
  category: nullable(Type.String({ description: 'category of the study, one of `/v1/categories`; null if the dataset has no categories', examples: ['CT-1'] })),
  severity: nullable(Type.Integer({ minimum: 0, description: 'position of the category in the order of severity, from 0', examples: [1] })),
  status: named('Status', oneOf(STATUSES, { description: 'state of the image', examples: ['ready'] })),
  problem: nullable(Type.String({ description: 'reason why the image is missing or unreadable; else null', examples: ['the gzip stream ends early'] })),
  warnings: Type.Array(Type.String(), { description: 'irregularities of the files; the study is served despite them', examples: [["image: The header's sform is all zero; its qform counts."]] }),
  annotated: Type.Boolean({ description: 'whether the study has a readable mask' }),
  shape: nullable(Type.Array(Type.Integer(), { minItems: 3, maxItems: 3, description: 'number of voxels along i, j, k', examples: [[512, 512, 41]] })),
  spacing: nullable(numbers(3, 'mm between voxels along i, j, k: the lengths of the columns of the affine', [0.7, 0.7, 8])),
  axes: nullable(Type.String({ description: 'anatomical direction in which each of i, j, k grows; null if the header gives no direction', examples: ['LAS'] })),
  affine: nullable(Type.Array(Type.Array(Type.Number(), { minItems: 4, maxItems: 4 }), {
    minItems: 4, maxItems: 4, description: 'matrix that maps (i, j, k, 1) to RAS+ mm; null if the header gives no direction', examples: [[[-0.7, 0, 0, 180], [0, 0.7, 0, -180], [0, 0, 8, -160], [0, 0, 0, 1]]]
  })),
  affineSource: nullable(oneOf(['sform', 'qform', 'pixdim'], { description: 'header field that gives the affine; `pixdim` if there is neither sform nor qform, and then the direction is assumed', examples: ['sform'] })),
  dtype: nullable(Type.String({ description: 'data type of the stored values', examples: ['int16'] })),
  scaling: nullable(Type.Object({
    slope: Type.Number({ examples: [1] }),
    intercept: Type.Number({ examples: [0] })
  }, { description: 'scaling to HU = stored × slope + intercept; 1 and 0 if the header does not scale' })),
  file: nullable(Type.Object({
    bytes: Type.Integer({ description: 'size of the file in bytes', examples: [8859486] }),
    sha256: nullable(Type.String({ description: 'SHA-256 of the file, hexadecimal', examples: ['c6c745f22ac9c44406a52eff3f15234aca4834b1a19f9fd4ffd8431f08d0777a'] }))
  })),
  intensity: nullable(Type.Object({
    min: nullable(Type.Number({ examples: [-2048] })),
    max: nullable(Type.Number({ examples: [664] })),
    mean: nullable(Type.Number({ examples: [-811.0093781153361] }))
  }, { description: 'range and mean in HU over all finite voxels' })),
  mask: nullable(Type.Object({
    file: Type.String({ description: 'path of the file below the data root', examples: ['masks/study_0255_mask.nii.gz'] }),
    bytes: nullable(Type.Integer({ description: 'size of the file in bytes', examples: [12345] })),
    sha256: nullable(Type.String({ description: 'SHA-256 of the file, hexadecimal', examples: ['4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce'] })),
    voxels: Type.Integer({ description: 'number of lesion voxels', examples: [92131] }),
    volumeMl: Type.Number({ description: 'lesion volume in mL', examples: [342.8] }),
    slices: Type.Array(Type.Integer(), { description: 'indices of the axial slices with lesion', examples: [[3, 4, 5]] })
  })),
  labels: Type.Optional(Type.Array(Label, { description: 'labels of the study with their volumes; absent if a lesion mask is all the dataset has' })),
  revision: Type.String({ description: 'hash that changes whenever the study changes; a value for `rev`', examples: ['9f86d081884c7d65'] })
}, { $id: 'Study', description: 'One CT scan of one patient. Unknown values are null.' })

/** Filters of `GET /v1/studies` and of every route that is about a subset of the studies. */
export const studyFilters = {
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'part of the id, upper or lower case', examples: ['0255'] })),
  category: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'ids of categories; repeated or comma-separated', examples: [['CT-1', 'CT-2']] })),
  hasLabel: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'names of labels with at least one voxel in the study; repeated or comma-separated', examples: [['tumour']] })),
  minLabelMl: Type.Optional(Type.String({ pattern: '^.+:\\d{1,9}(?:\\.\\d{1,9})?$', maxLength: 256, description: 'least volume of a label, as `{name}:{mL}`', examples: ['tumour:5'] })),
  annotated: Type.Optional(Type.Boolean({ description: 'true: studies with a readable mask; false: studies without' })),
  status: Type.Optional(severalOf(STATUSES, { description: 'states of the image; repeated or comma-separated', examples: [['ready']] }, 'Status')),
  minSlices: Type.Optional(Type.Integer({ minimum: 0, description: 'least number of axial slices', examples: [40] })),
  maxSlices: Type.Optional(Type.Integer({ minimum: 0, description: 'greatest number of axial slices', examples: [45] })),
  minSpacing: Type.Optional(Type.Number({ minimum: 0, description: 'least distance between axial slices in mm', examples: [1] })),
  maxSpacing: Type.Optional(Type.Number({ minimum: 0, description: 'greatest distance between axial slices in mm', examples: [8] })),
  minLesionMl: Type.Optional(Type.Number({ minimum: 0, description: 'least lesion volume in mL', examples: [10] })),
  maxLesionMl: Type.Optional(Type.Number({ minimum: 0, description: 'greatest lesion volume in mL', examples: [200] })),
  minBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'least size of the image file in bytes', examples: [1000000] })),
  maxBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'greatest size of the image file in bytes', examples: [100000000] })),
  warned: Type.Optional(Type.Boolean({ description: 'true: studies with warnings; false: studies without' })),
  problem: Type.Optional(Type.Boolean({ description: 'true: studies with a missing or unreadable image; false: all others' }))
}

export const studySort = {
  sort: oneOf(SORTS.flatMap((key) => [key, `-${key}`]), { default: 'id', description: 'sort key; `-` before it means descending. Ties are in order of id; studies without a value come last' })
}

export const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'greatest number of items on a page' }),
  cursor: Type.Optional(Type.String({ maxLength: 1024, description: '`nextCursor` of the previous page; opaque', examples: ['WyJpZCIsInN0dWR5XzAwMDQiLCJzdHVkeV8wMDA0Il0'] }))
}

/** Header of every page but the last. */
export const NEXT_PAGE = { Link: { type: 'string', description: 'link to the next page; absent on the last page', example: '</v1/studies?cursor=WyJpZCIsInN0dWR5XzAwMDQiLCJzdHVkeV8wMDA0Il0>; rel="next"' } }

/** Headers of a page of what the catalog holds. */
export const CATALOG_PAGE = {
  ...NEXT_PAGE,
  'Dataset-Revision': { type: 'string', description: 'hash of the content of the catalog', example: '2c26b46b68ffc68f' },
  Warning: { type: 'string', description: 'says that the list began at another revision; else absent', example: '299 niiserve "this page is of revision 2c26b46b68ffc68f, and the list was begun at fcde2b2edba56bf4"' }
}

/** What the catalog knows of an axial slice. */
export const sliceFacts = {
  index: Type.Integer({ description: 'index of the slice along the stored axis, from 0', examples: [17] }),
  min: nullable(Type.Number({ description: 'least HU', examples: [-2048] })),
  max: nullable(Type.Number({ description: 'greatest HU', examples: [638] })),
  mean: nullable(Type.Number({ description: 'mean HU', examples: [-743.28] })),
  lungFraction: nullable(Type.Number({ description: 'share of pixels within −950…−500 HU', examples: [0.0463] })),
  lesionPixels: nullable(Type.Integer({ description: 'number of lesion pixels; null without a mask', examples: [102] })),
  labelPixels: Type.Optional(mapOf(mapOf(Type.Integer()), { description: 'number of voxels by label set and label name; absent if a lesion mask is all the dataset has', examples: [{ labels: { tumour: 102 } }] }))
}

export const facets = {
  facets: Type.Optional(severalOf(FACETS, { description: 'facets to count; each ignores its own filter; repeated or comma-separated', examples: [['category', 'annotated']] }))
}
