import { Type } from 'typebox'
import { STATUSES } from '../../catalog/study.js'
import { FACETS, SORTS } from '../../catalog/study-query.js'
import { mapOf, named, nullable, numbers, oneOf, severalOf } from '../../http/contract/schemas.js'

/** One label of a study. */
export const Label = named('Label', Type.Object({
  set: Type.String({ examples: ['labels'] }),
  value: Type.Union([Type.Integer(), Type.Null()], { description: 'in the file; null of a region', examples: [2] }),
  values: Type.Optional(Type.Array(Type.Integer(), { description: 'of a region: all that it is made of', examples: [[1, 2]] })),
  name: Type.String({ examples: ['tumour'] }),
  color: Type.String({ description: '#rrggbb', examples: ['#ff4040'] }),
  voxels: Type.Integer({ examples: [9213] }),
  volumeMl: Type.Number({ examples: [34.2] }),
  slices: Type.Array(Type.Integer(), { description: 'axial slices that have it', examples: [[3, 4, 5]] })
}, { description: 'How much of one label a study has, and where.' }))

/** A study, as shown in lists and by its own route. */
export const Study = Type.Object({
  id: Type.String({ description: 'the file\'s stem', examples: ['study_0255'] }),
  number: nullable(Type.Integer({ description: 'the registry\'s `study_id`', examples: [255] })),
  category: nullable(Type.String({ description: 'category of the dataset, of which `/v1/categories` has the list; null where it has none', examples: ['CT-1'] })),
  severity: nullable(Type.Integer({ minimum: 0, description: 'the place of the category in the list, from 0', examples: [1] })),
  status: named('Status', oneOf(STATUSES, { description: 'what its image is', examples: ['ready'] })),
  problem: nullable(Type.String({ description: 'why, when missing or unreadable', examples: ['the gzip stream ends early'] })),
  warnings: Type.Array(Type.String(), { description: 'what is odd and does not stop it from being served, in words', examples: [["image: The header's sform is all zero; its qform counts."]] }),
  annotated: Type.Boolean({ description: 'whether there is a mask that can be read' }),
  shape: nullable(Type.Array(Type.Integer(), { minItems: 3, maxItems: 3, description: 'voxels along i, j, k', examples: [[512, 512, 41]] })),
  spacing: nullable(numbers(3, 'mm from voxel to voxel along i, j, k: lengths of the affine\'s columns', [0.7, 0.7, 8])),
  axes: nullable(Type.String({ description: 'where i, j, k grow to; null where the header gives no direction', examples: ['LAS'] })),
  affine: nullable(Type.Array(Type.Array(Type.Number(), { minItems: 4, maxItems: 4 }), {
    minItems: 4, maxItems: 4, description: 'takes (i, j, k, 1) to RAS+ mm; null where the header gives no direction', examples: [[[-0.7, 0, 0, 180], [0, 0.7, 0, -180], [0, 0, 8, -160], [0, 0, 0, 1]]]
  })),
  affineSource: nullable(oneOf(['sform', 'qform', 'pixdim'], { description: 'which part of the header the affine was made of; `pixdim` where there is neither form: its direction is assumed', examples: ['sform'] })),
  dtype: nullable(Type.String({ description: 'the stored type', examples: ['int16'] })),
  scaling: nullable(Type.Object({
    slope: Type.Number({ examples: [1] }),
    intercept: Type.Number({ examples: [0] })
  }, { description: 'HU = stored × slope + intercept; 1 and 0 if the header does not scale' })),
  file: nullable(Type.Object({
    bytes: Type.Integer({ description: 'size of the file', examples: [8859486] }),
    sha256: nullable(Type.String({ description: 'of the file, hexadecimal', examples: ['c6c745f22ac9c44406a52eff3f15234aca4834b1a19f9fd4ffd8431f08d0777a'] }))
  })),
  intensity: nullable(Type.Object({
    min: nullable(Type.Number({ examples: [-2048] })),
    max: nullable(Type.Number({ examples: [664] })),
    mean: nullable(Type.Number({ examples: [-811.0093781153361] }))
  }, { description: 'HU, over finite voxels' })),
  mask: nullable(Type.Object({
    file: Type.String({ description: 'its path below the data root', examples: ['masks/study_0255_mask.nii.gz'] }),
    bytes: nullable(Type.Integer({ description: 'size of the file', examples: [12345] })),
    sha256: nullable(Type.String({ description: 'of the file, hexadecimal', examples: ['4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce'] })),
    voxels: Type.Integer({ description: 'lesion voxels', examples: [92131] }),
    volumeMl: Type.Number({ description: 'lesion volume in mL', examples: [342.8] }),
    slices: Type.Array(Type.Integer(), { description: 'axial slices with lesion', examples: [[3, 4, 5]] })
  })),
  labels: Type.Optional(Type.Array(Label, { description: 'where a dataset has more labels than lesion or not: how much there is of each' })),
  revision: Type.String({ description: 'changes whenever something about the study does; for `rev`', examples: ['9f86d081884c7d65'] })
}, { $id: 'Study', description: 'One CT scan of one patient. What is not known is null.' })

/** Filters of `GET /v1/studies` and of every route that is about a subset of the studies. */
export const studyFilters = {
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'a part of the id, in any case', examples: ['0255'] })),
  category: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'ids of `/v1/categories`; repeat, or comma-separated', examples: [['CT-1', 'CT-2']] })),
  hasLabel: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'names of labels that the study has voxels of; repeat, or comma-separated', examples: [['tumour']] })),
  minLabelMl: Type.Optional(Type.String({ pattern: '^.+:\\d{1,9}(?:\\.\\d{1,9})?$', maxLength: 256, description: '`{name}:{mL}`: at least so much of a label', examples: ['tumour:5'] })),
  annotated: Type.Optional(Type.Boolean({ description: 'with, or without, a mask that can be read' })),
  status: Type.Optional(severalOf(STATUSES, { description: 'repeat, or comma-separated', examples: [['ready']] }, 'Status')),
  minSlices: Type.Optional(Type.Integer({ minimum: 0, description: 'axial slices, at least', examples: [40] })),
  maxSlices: Type.Optional(Type.Integer({ minimum: 0, description: 'axial slices, at most', examples: [45] })),
  minSpacing: Type.Optional(Type.Number({ minimum: 0, description: 'mm between axial slices, at least', examples: [1] })),
  maxSpacing: Type.Optional(Type.Number({ minimum: 0, description: 'mm between axial slices, at most', examples: [8] })),
  minLesionMl: Type.Optional(Type.Number({ minimum: 0, description: 'lesion volume in mL, at least', examples: [10] })),
  maxLesionMl: Type.Optional(Type.Number({ minimum: 0, description: 'lesion volume in mL, at most', examples: [200] })),
  minBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'size of the image\'s file, at least', examples: [1000000] })),
  maxBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'size of the image\'s file, at most', examples: [100000000] })),
  warned: Type.Optional(Type.Boolean({ description: 'with, or without, warnings' })),
  problem: Type.Optional(Type.Boolean({ description: 'with, or without, a problem: its image is missing or unreadable' }))
}

export const studySort = {
  sort: oneOf(SORTS.flatMap((key) => [key, `-${key}`]), { default: 'id', description: '`-` before it for descending; ties by id; what lacks the fact comes last' })
}

export const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'items on a page' }),
  cursor: Type.Optional(Type.String({ maxLength: 1024, description: '`nextCursor` of the page before; opaque', examples: ['WyJpZCIsInN0dWR5XzAwMDQiLCJzdHVkeV8wMDA0Il0'] }))
}

/** Header of every page but the last. */
export const NEXT_PAGE = { Link: { type: 'string', description: 'the next page; none at the end', example: '</v1/studies?cursor=WyJpZCIsInN0dWR5XzAwMDQiLCJzdHVkeV8wMDA0Il0>; rel="next"' } }

/** Headers of a page of what the catalog holds. */
export const CATALOG_PAGE = {
  ...NEXT_PAGE,
  'Dataset-Revision': { type: 'string', description: 'hash of the catalog\'s content', example: '2c26b46b68ffc68f' },
  Warning: { type: 'string', description: 'where the list was begun at another revision', example: '299 niiserve "this page is of revision 2c26b46b68ffc68f, and the list was begun at fcde2b2edba56bf4"' }
}

/** What the catalog knows of an axial slice. */
export const sliceFacts = {
  index: Type.Integer({ description: 'along the stored axis, from 0', examples: [17] }),
  min: nullable(Type.Number({ description: 'HU', examples: [-2048] })),
  max: nullable(Type.Number({ description: 'HU', examples: [638] })),
  mean: nullable(Type.Number({ description: 'HU', examples: [-743.28] })),
  lungFraction: nullable(Type.Number({ description: 'share of pixels within −950…−500 HU', examples: [0.0463] })),
  lesionPixels: nullable(Type.Integer({ description: 'null without a mask', examples: [102] })),
  labelPixels: Type.Optional(mapOf(mapOf(Type.Integer()), { description: 'where a dataset has more labels than lesion or not: voxels by label set and name', examples: [{ labels: { tumour: 102 } }] }))
}

export const facets = {
  facets: Type.Optional(severalOf(FACETS, { description: 'counts under the current filter', examples: [['category', 'annotated']] }))
}
