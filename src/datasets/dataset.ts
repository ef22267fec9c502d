import type { Authorship } from './authorship.js'
import type { Finding } from './findings.js'

/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number]

/**
 * One label of a set. A region stands for several values together: its `value` is null and `values` has them.
 * An ignored label marks voxels that nobody annotated.
 */
export interface Label { value: number | null, values?: readonly number[], name: string, color?: Rgb, ignored?: true }

/** A kind of annotation, and the labels it may hold; none where the dataset does not say. */
export interface LabelSet { name: string, labels: readonly Label[] }

/** A step of a dataset's own grading; `involvement`: % of what is graded. */
export interface Grade { id: string, title: string, description: string | null, involvement: { min: number, max: number } | null }

/** The categories of a dataset, in order: the place of one is its severity. */
export interface Scale { grades: readonly Grade[] }

/** Where the annotation of one set is: one file that holds every label, or one binary file a label, by its name. */
export type LabelFiles = string | ReadonlyMap<string, string>

/**
 * A study as the dataset lists it; whether its files are there and sound is found out later.
 *
 * `number` is the registry's `study_id` (null when that is no integer). `imageKey` and `maskKey` are keys of the store:
 * of the first channel, and of the file whose non-zero voxels are the study's mask; `maskKey` may name a file that is not
 * there, if a table does. `row` is that of the table that lists it, null without one.
 */
export interface ListedStudy {
  id: string
  number: number | null
  category: string | null
  imageKey: string
  maskKey: string | null
  row: number | null
  /** studies of one patient are never torn apart in a split */
  patient?: string
  /** the part of the dataset's own split */
  split?: 'train' | 'val' | 'test'
  /** names and files of the channels, the first included, where there are several */
  channels?: ReadonlyArray<{ name: string, key: string }>
  /** files by label set */
  labels?: ReadonlyMap<string, LabelFiles>
}

/** What could not be used, and why. `row` is the spreadsheet's: 1 is the header, 2 the first study. */
export interface ListingFault { row: number | null, id: string | null, detail: string }

/** What a dataset says of itself; null is what it does not say. */
export interface DatasetDescription extends Authorship {
  id: string
  title: string
  version: string | null
  license: { name: string, url: string } | null
  citation: string | null
  url: string | null
}

/** What a folder means, as one layout reads it. */
export interface Listing {
  /** the layout, and by what it was recognised, in words */
  layout: string
  reason: string
  /** what lists the studies: `xlsx` and `csv` of MosMedData's registry, `tree` for folders, else a file's name */
  source: string
  studies: ListedStudy[]
  faults: ListingFault[]
  /** what is left out or not there, a line per kind */
  findings: Finding[]
  /** the first is the one whose union is the mask */
  labelSets: readonly LabelSet[]
  scale?: Scale
  description?: Partial<DatasetDescription>
  /** the dataset's own cross-validation, as ids of studies */
  folds?: ReadonlyArray<{ train: readonly string[], val: readonly string[] }>
}

/** What a layout may look at: the keys of all visible files, in code unit order, and the text of small ones. */
export interface Tree {
  keys: readonly string[]
  /** @returns undefined where nothing is there @throws DatasetError when it is too large, or cannot be read */
  text: (key: string) => string | undefined
}
