import { Type } from 'typebox'
import { FINDINGS } from '../../datasets/findings.js'
import { mapOf, named, nullable, oneOf } from '../../http/contract/schemas.js'

export const Dataset = Type.Object({
  id: Type.String({ examples: ['mosmeddata-covid19-1110'] }),
  title: Type.String({ examples: ['MosMedData: chest CT scans with COVID-19 related findings'] }),
  version: nullable(Type.String({ examples: ['1.0'] })),
  revision: Type.String({ description: 'hash of the catalog\'s content', examples: ['2c26b46b68ffc68f'] }),
  license: nullable(Type.Object({
    name: Type.String({ examples: ['CC BY-NC-ND 3.0'] }),
    url: Type.String({ format: 'uri', examples: ['https://creativecommons.org/licenses/by-nc-nd/3.0/'] })
  })),
  citation: nullable(Type.String({ description: 'how to cite it', examples: ['Morozov S. P. et al., MosMedData: chest CT scans with COVID-19 related findings dataset, 2020'] })),
  url: nullable(Type.String({ format: 'uri', description: 'where it comes from', examples: ['https://mosmed.ai/datasets/covid19_1110'] })),
  counts: Type.Object({
    studies: Type.Integer({ examples: [1110] }),
    ready: Type.Integer({ description: 'whose image can be read', examples: [1110] }),
    annotated: Type.Integer({ description: 'with a mask that can be read', examples: [50] }),
    slices: Type.Integer({ description: 'axial slices of ready studies', examples: [46411] }),
    bytes: Type.Integer({ description: 'of all image and mask files', examples: [30064771072] })
  }),
  catalog: Type.Object({
    state: oneOf(['building', 'ready'], { description: '`building` while studies are read into it', examples: ['ready'] }),
    done: Type.Integer({ description: 'studies looked at', examples: [1110] }),
    total: Type.Integer({ description: 'studies listed', examples: [1110] }),
    name: Type.Optional(Type.String({ description: 'of the published catalog that this replica serves; absent where the catalog is the service\'s own', examples: ['20261126T061500123Z-2c26b46b68ff'] })),
    publishedAt: Type.Optional(Type.String({ format: 'date-time', description: 'when it was published', examples: ['2026-11-26T06:15:00.123Z'] }))
  }),
  channels: Type.Optional(Type.Array(Type.String(), { description: 'names of an image\'s channels, where there are several', examples: [['CT', 'PET']] })),
  labelSets: Type.Optional(Type.Array(named('LabelSet', Type.Object({
    name: Type.String({ examples: ['labels'] }),
    labels: Type.Array(Type.Object({
      value: nullable(Type.Integer({ description: 'null of a region', examples: [2] })),
      values: Type.Optional(Type.Array(Type.Integer(), { description: 'of a region: all that it is made of', examples: [[1, 2]] })),
      name: Type.String({ examples: ['tumour'] }),
      color: Type.String({ description: '#rrggbb', examples: ['#ff4040'] })
    }))
  }, { description: 'A kind of annotation, and its labels.' })), { description: 'where a dataset has more labels than lesion or not; `mask` is the union of the first' })),
  findings: Type.Array(Type.Object({
    kind: oneOf(FINDINGS, { examples: ['masks-missing'] }),
    count: Type.Integer({ description: 'how many files, rows or folders', examples: [25] }),
    detail: Type.String({ description: 'one sentence, which names the first of them', examples: ['25 of 50 masks are there; not there: masks/study_0280_mask.nii.gz and 24 more'] })
  }), { description: 'what the data root lacks, and what in it is not served, as of the start; one entry per kind' })
}, { $id: 'Dataset', description: 'The dataset as a whole.' })

export const CategoryList = Type.Object({
  items: Type.Array(named('Category', Type.Object({
    id: Type.String({ examples: ['CT-1'] }),
    severity: Type.Integer({ minimum: 0, description: 'its place in the list', examples: [1] }),
    title: Type.String({ examples: ['Mild: up to 25 % involved'] }),
    description: nullable(Type.String({ examples: ['Several ground-glass opacifications; involvement of lung parenchyma is less than 25 %.'] })),
    involvement: nullable(Type.Object({ min: Type.Number({ examples: [0] }), max: Type.Number({ examples: [25] }) }, { description: '% of what is graded; of MosMedData, lung parenchyma' })),
    studies: Type.Integer({ description: 'how many are in it', examples: [684] }),
    share: Type.Number({ minimum: 0, maximum: 1, description: 'of all studies', examples: [0.616] }),
    annotated: Type.Integer({ description: 'how many of them have a mask that can be read', examples: [50] })
  }, { description: 'A category, and how many studies are in it.' })))
}, { $id: 'CategoryList', description: 'The categories of the dataset, in order; none where it has none.' })

export const Distribution = Type.Object({
  studies: Type.Integer({ description: 'that have the fact', examples: [1110] }),
  min: nullable(Type.Number({ examples: [33] })),
  median: nullable(Type.Number({ examples: [41] })),
  mean: nullable(Type.Number({ examples: [41.8] })),
  max: nullable(Type.Number({ examples: [53] })),
  bins: Type.Array(named('Bin', Type.Object({
    from: Type.Number({ description: 'inclusive', examples: [40] }),
    to: Type.Number({ description: 'exclusive', examples: [42] }),
    studies: Type.Integer({ examples: [312] })
  }, { description: 'How many studies have a value within a range.' })))
}, { $id: 'Distribution', description: 'How a fact is spread over the studies that have it.' })

export const Statistics = Type.Object({
  categories: Type.Array(Type.Object({
    category: Type.String({ examples: ['CT-1'] }),
    studies: Type.Integer({ examples: [684] }),
    annotated: Type.Integer({ examples: [50] })
  })),
  statuses: mapOf(Type.Integer(), { description: 'studies by status; those of none are left out', examples: [{ ready: 1110 }] }),
  slices: Type.Ref('Distribution'),
  spacing: Type.Object({ i: Type.Ref('Distribution'), j: Type.Ref('Distribution'), k: Type.Ref('Distribution') }, { description: 'mm' }),
  sliceSpacing: Type.Ref('Distribution'),
  lesionMl: Type.Ref('Distribution'),
  bytes: Type.Ref('Distribution'),
  intensity: Type.Object({ min: Type.Ref('Distribution'), max: Type.Ref('Distribution') }, { description: 'the least and the greatest HU of each study' }),
  totals: Type.Object({
    studies: Type.Integer({ examples: [1110] }),
    ready: Type.Integer({ examples: [1110] }),
    annotated: Type.Integer({ examples: [50] }),
    slices: Type.Integer({ examples: [46411] }),
    lesionSlices: Type.Integer({ description: 'axial slices with lesion', examples: [785] }),
    lesionMl: Type.Number({ examples: [9312.4] }),
    bytes: Type.Integer({ examples: [30064771072] })
  })
}, { $id: 'Statistics', description: 'Distributions over the studies that match, and totals.' })
