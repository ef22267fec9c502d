import { Type } from 'typebox'
import { FINDINGS } from '../../datasets/findings.js'
import { mapOf, named, nullable, oneOf } from '../../http/contract/schemas.js'

export const Dataset = Type.Object({
  id: Type.String({ examples: ['mosmeddata-covid19-1110'] }),
  title: Type.String({ examples: ['MosMedData: chest CT scans with COVID-19 related findings'] }),
  version: nullable(Type.String({ examples: ['1.0'] })),
  revision: Type.String({ description: 'hash of the content of the catalog', examples: ['2c26b46b68ffc68f'] }),
  license: nullable(Type.Object({
    name: Type.String({ examples: ['CC BY-NC-ND 3.0'] }),
    url: Type.String({ format: 'uri', examples: ['https://creativecommons.org/licenses/by-nc-nd/3.0/'] })
  })),
  citation: nullable(Type.String({ description: 'text to cite the dataset with', examples: ['Morozov S. P. et al., MosMedData: chest CT scans with COVID-19 related findings dataset, 2020'] })),
  url: nullable(Type.String({ format: 'uri', description: 'web page of the dataset', examples: ['https://mosmed.ai/datasets/covid19_1110'] })),
  counts: Type.Object({
    studies: Type.Integer({ examples: [1110] }),
    ready: Type.Integer({ description: 'studies with a readable image', examples: [1110] }),
    annotated: Type.Integer({ description: 'studies with a readable mask', examples: [50] }),
    slices: Type.Integer({ description: 'axial slices of ready studies', examples: [46411] }),
    bytes: Type.Integer({ description: 'bytes of all image and mask files', examples: [30064771072] })
  }),
  catalog: Type.Object({
    state: oneOf(['building', 'ready'], { description: '`building` while studies are being read into the catalog, then `ready`', examples: ['ready'] }),
    done: Type.Integer({ description: 'number of studies read so far', examples: [1110] }),
    total: Type.Integer({ description: 'number of studies to read', examples: [1110] }),
    name: Type.Optional(Type.String({ description: 'name of the published catalog that this replica serves; absent if the service has its own catalog', examples: ['20261126T061500123Z-2c26b46b68ff'] })),
    publishedAt: Type.Optional(Type.String({ format: 'date-time', description: 'time of publication of that catalog', examples: ['2026-11-26T06:15:00.123Z'] }))
  }),
  channels: Type.Optional(Type.Array(Type.String(), { description: 'names of the channels of an image; absent if there is one channel', examples: [['CT', 'PET']] })),
  labelSets: Type.Optional(Type.Array(named('LabelSet', Type.Object({
    name: Type.String({ examples: ['labels'] }),
    labels: Type.Array(Type.Object({
      value: nullable(Type.Integer({ description: 'value of the label in the file; null for a region', examples: [2] })),
      values: Type.Optional(Type.Array(Type.Integer(), { description: 'of a region: all that it is made of', examples: [[1, 2]] })),
      name: Type.String({ examples: ['tumour'] }),
      color: Type.String({ description: '#rrggbb', examples: ['#ff4040'] })
    }))
  }, { description: 'A kind of annotation and its labels.' })), { description: 'label sets of the dataset; `mask` is the union of the first. Absent if a lesion mask is all the dataset has' })),
  findings: Type.Array(Type.Object({
    kind: oneOf(FINDINGS, { examples: ['masks-missing'] }),
    count: Type.Integer({ description: 'number of files, rows or folders with this finding', examples: [25] }),
    detail: Type.String({ description: 'sentence that describes the finding and names the first example', examples: ['25 of 50 masks exist; missing: masks/study_0280_mask.nii.gz and 24 more'] })
  }), { description: 'what was missing from the data root at the start, and what in it is not served; one entry per kind' })
}, { $id: 'Dataset', description: 'The dataset as a whole.' })

export const CategoryList = Type.Object({
  items: Type.Array(named('Category', Type.Object({
    id: Type.String({ examples: ['CT-1'] }),
    severity: Type.Integer({ minimum: 0, description: 'position of the category in the order of severity, from 0', examples: [1] }),
    title: Type.String({ examples: ['Mild: up to 25 % involved'] }),
    description: nullable(Type.String({ examples: ['Several ground-glass opacifications; involvement of lung parenchyma is less than 25 %.'] })),
    involvement: nullable(Type.Object({ min: Type.Number({ examples: [0] }), max: Type.Number({ examples: [25] }) }, { description: 'percentage of the graded tissue that is involved; in MosMedData, of the lung parenchyma' })),
    studies: Type.Integer({ description: 'number of studies in the category', examples: [684] }),
    share: Type.Number({ minimum: 0, maximum: 1, description: 'studies in the category / all studies', examples: [0.616] }),
    annotated: Type.Integer({ description: 'number of studies in the category with a readable mask', examples: [50] })
  }, { description: 'A category and the number of studies in it.' })))
}, { $id: 'CategoryList', description: 'The categories of the dataset, sorted by severity. Empty if the dataset has none.' })

export const Distribution = Type.Object({
  studies: Type.Integer({ description: 'number of studies with a value', examples: [1110] }),
  min: nullable(Type.Number({ examples: [33] })),
  median: nullable(Type.Number({ examples: [41] })),
  mean: nullable(Type.Number({ examples: [41.8] })),
  max: nullable(Type.Number({ examples: [53] })),
  bins: Type.Array(named('Bin', Type.Object({
    from: Type.Number({ description: 'least value of the bin (inclusive)', examples: [40] }),
    to: Type.Number({ description: 'upper end of the bin (exclusive)', examples: [42] }),
    studies: Type.Integer({ examples: [312] })
  }, { description: 'The number of studies with a value in a range.' })))
}, { $id: 'Distribution', description: 'The distribution of a value over the studies that have it.' })

export const Statistics = Type.Object({
  categories: Type.Array(Type.Object({
    category: Type.String({ examples: ['CT-1'] }),
    studies: Type.Integer({ examples: [684] }),
    annotated: Type.Integer({ examples: [50] })
  })),
  statuses: mapOf(Type.Integer(), { description: 'number of studies per status; a status without studies is omitted', examples: [{ ready: 1110 }] }),
  slices: Type.Ref('Distribution'),
  spacing: Type.Object({ i: Type.Ref('Distribution'), j: Type.Ref('Distribution'), k: Type.Ref('Distribution') }, { description: 'spacing in mm along each stored axis' }),
  sliceSpacing: Type.Ref('Distribution'),
  lesionMl: Type.Ref('Distribution'),
  bytes: Type.Ref('Distribution'),
  intensity: Type.Object({ min: Type.Ref('Distribution'), max: Type.Ref('Distribution') }, { description: 'least and greatest HU of each study' }),
  totals: Type.Object({
    studies: Type.Integer({ examples: [1110] }),
    ready: Type.Integer({ examples: [1110] }),
    annotated: Type.Integer({ examples: [50] }),
    slices: Type.Integer({ examples: [46411] }),
    lesionSlices: Type.Integer({ description: 'number of axial slices with lesion', examples: [785] }),
    lesionMl: Type.Number({ examples: [9312.4] }),
    bytes: Type.Integer({ examples: [30064771072] })
  })
}, { $id: 'Statistics', description: 'Distributions and totals over the studies that match the filters.' })
