import type { DatasetDescription } from '../../datasets/dataset.js'
import { PARTS } from '../../training/splits.js'

/**
 * The JSON-LD context of Croissant 1.1, verbatim from the reference implementation (mlcroissant 1.1.1, `make_context`).
 * The context in the specification's release candidate says `http://schema.org/`, which mlcroissant refuses.
 */
const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  arrayShape: 'cr:arrayShape',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  containedIn: 'cr:containedIn',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  description: { '@container': '@language' },
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isArray: 'cr:isArray',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  name: { '@container': '@language' },
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  samplingRate: 'cr:samplingRate',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform'
}

/** Croissant's names for the parts of a split. */
const SPLITS = { train: 'cr:TrainingSplit', val: 'cr:ValidationSplit', test: 'cr:TestSplit' } as const

/** A table that describes the dataset, at one revision. */
export interface Table { url: string, sha256: string }

export interface CroissantFacts {
  dataset: DatasetDescription
  /** page of the dataset, if it does not name one */
  root: string
  studies: Table
  slices: Table
  /** of the dataset's own scale, in its order; none where it has none */
  categories: readonly { id: string, title: string, severity: number }[]
}

type FieldType = 'sc:Text' | 'sc:Integer' | 'sc:Float' | 'sc:Boolean' | 'sc:URL'
/** Name, type, meaning, and the field it refers to. */
type Column = readonly [name: string, type: FieldType, description: string, references?: string]

const STUDY_FIELDS: readonly Column[] = [
  ['id', 'sc:Text', 'Id of the study.'],
  ['category', 'sc:Text', 'Severity category.', 'categories/id'],
  ['status', 'sc:Text', 'ready, missing or unreadable.'],
  ['annotated', 'sc:Boolean', 'Whether the study has a readable mask.'],
  ['i', 'sc:Integer', 'Voxels along the first stored axis.'],
  ['j', 'sc:Integer', 'Voxels along the second stored axis.'],
  ['k', 'sc:Integer', 'Voxels along the third stored axis.'],
  ['spacingI', 'sc:Float', 'Voxel size along i in mm.'],
  ['spacingJ', 'sc:Float', 'Voxel size along j in mm.'],
  ['spacingK', 'sc:Float', 'Voxel size along k in mm.'],
  ['axes', 'sc:Text', 'Anatomical direction of each stored axis, such as LAS.'],
  ['dtype', 'sc:Text', 'Data type of the stored values.'],
  ['lesionVoxels', 'sc:Integer', 'Number of mask voxels.'],
  ['lesionMl', 'sc:Float', 'Volume of the mask in mL.'],
  ['bytes', 'sc:Integer', 'Size of the image file.'],
  ['sha256', 'sc:Text', 'SHA-256 of the image file.'],
  ['image_url', 'sc:URL', 'URL of the image as NIfTI.'],
  ['mask_url', 'sc:URL', 'URL of the mask as NIfTI.'],
  ['split', 'sc:Text', 'Part of the default split (seed 0, 70 / 15 / 15 % of each category).', 'splits/name']
]

const SLICE_FIELDS: readonly Column[] = [
  ['study', 'sc:Text', 'Id of the study.'],
  ['index', 'sc:Integer', 'Index of the axial slice, from 0.'],
  ['category', 'sc:Text', 'Severity category of the study.', 'categories/id'],
  ['min', 'sc:Float', 'Least value in HU.'],
  ['max', 'sc:Float', 'Greatest value in HU.'],
  ['mean', 'sc:Float', 'Mean value in HU.'],
  ['lungFraction', 'sc:Float', 'Share of pixels from -950 to -500 HU.'],
  ['lesionPixels', 'sc:Integer', 'Number of mask pixels; empty if the study has no mask.'],
  ['image_url', 'sc:URL', 'URL of the slice as .npy, in HU.'],
  ['mask_url', 'sc:URL', 'URL of the mask of the slice as .npy, values 0 and 1.']
]

/**
 * The dataset's description in Croissant 1.1, as JSON-LD. Facts that the dataset does not give (licence, creator, date)
 * are left out, and so are categories where it has no scale.
 *
 * @see https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
 */
export function croissant ({ dataset, root, studies, slices, categories }: CroissantFacts): object {
  const { title, description, license, citation, creator, datePublished, version, url } = dataset
  // A field may refer only to a record set that is there.
  const fields = (columns: readonly Column[]) => categories.length > 0 ? columns : columns.map((column): Column => column[3] === 'categories/id' ? [column[0], column[1], column[2]] : column)
  return {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.1',
    name: title,
    description: description ?? title,
    ...(license !== null && { license: license.url }),
    url: url ?? root,
    ...(creator !== undefined && { creator: creator.map(({ type, ...who }) => ({ '@type': `sc:${type}`, ...who })) }),
    ...(datePublished !== undefined && { datePublished }),
    ...(citation !== null && { citeAs: citation }),
    version: semanticVersion(version),
    distribution: [file('studies.csv', 'One row per study.', studies), file('slices.csv', 'One row per axial slice of every ready study.', slices)],
    recordSet: [
      recordSet('studies', 'Studies: one CT scan of one patient each.', ['id'], fields(STUDY_FIELDS)),
      recordSet('slices', 'Axial slices of all ready studies.', ['study', 'index'], fields(SLICE_FIELDS)),
      ...categorySets(categories),
      {
        '@type': 'cr:RecordSet',
        '@id': 'splits',
        name: 'splits',
        description: 'Parts of the default split.',
        dataType: 'cr:Split',
        key: { '@id': 'splits/name' },
        field: [field('splits', ['name', 'sc:Text', 'Name of the part.']), field('splits', ['url', 'sc:URL', 'Croissant term for the purpose of the part.'])],
        data: PARTS.map((part) => ({ 'splits/name': part, 'splits/url': SPLITS[part] }))
      }
    ]
  }
}

/** None for a dataset without a scale. */
function categorySets (categories: CroissantFacts['categories']): object[] {
  if (categories.length === 0) return []
  return [{
    '@type': 'cr:RecordSet',
    '@id': 'categories',
    name: 'categories',
    description: 'Severity categories, mildest first.',
    dataType: 'sc:Enumeration',
    key: { '@id': 'categories/id' },
    field: [
      field('categories', ['id', 'sc:Text', 'Id of the category.']),
      field('categories', ['title', 'sc:Text', 'Meaning of the category.']),
      field('categories', ['severity', 'sc:Integer', 'Position in the order of severity, from 0.'])
    ],
    data: categories.map(({ id, title, severity }) => ({ 'categories/id': id, 'categories/title': title, 'categories/severity': severity }))
  }]
}

function file (name: string, description: string, { url, sha256 }: Table): object {
  return { '@type': 'cr:FileObject', '@id': name, name, description, contentUrl: url, encodingFormat: 'text/csv', sha256 }
}

function recordSet (name: string, description: string, key: readonly string[], columns: readonly Column[]): object {
  const keys = key.map((column) => ({ '@id': `${name}/${column}` }))
  return {
    '@type': 'cr:RecordSet',
    '@id': name,
    name,
    description,
    key: keys.length === 1 ? keys[0] : keys,
    field: columns.map((column) => ({ ...field(name, column), source: { fileObject: { '@id': `${name}.csv` }, extract: { column: column[0] } } }))
  }
}

function field (set: string, [name, dataType, description, references]: Column): object {
  return { '@type': 'cr:Field', '@id': `${set}/${name}`, name, description, dataType, ...(references !== undefined && { references: { field: { '@id': references } } }) }
}

/** MAJOR.MINOR.PATCH: missing numbers are 0, and so are numbers the dataset writes in another form. */
function semanticVersion (version: string | null): string {
  const [, major, minor = '0', patch = '0'] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(version ?? '') ?? []
  return major === undefined ? '0.0.0' : [major, minor, patch].map(Number).join('.')
}
