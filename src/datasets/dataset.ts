import type { Authorship } from './authorship.js'
import type { Finding } from './findings.js'

/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number]

/**
 * One label of a set. A region covers several values: its `value` is null and `values` lists them.
 * An ignored label marks voxels that nobody annotated.
 */
export interface Label { value: number | null, values?: readonly number[], name: string, color?: Rgb, ignored?: true }

/** A kind of annotation, and its possible labels; none where the dataset does not list them. */
export interface LabelSet { name: string, labels: readonly Label[] }

/** A step of a dataset's own grading; `involvement` is in % of what is graded. */
export interface Grade { id: string, title: string, description: string | null, involvement: { min: number, max: number } | null }

/** The categories of a dataset, in order: the index of a category is its severity. `caveat` says what limits a score that is computed from them. */
export interface Scale { grades: readonly Grade[], caveat?: string }

/** The files of one set: one file with every label, or one binary file per label, by the label's name. */
export type LabelFiles = string | ReadonlyMap<string, string>

/**
 * A study as the dataset lists it; whether its files exist and are sound is checked later.
 *
 * `number` is the registry's `study_id` (null when that is not an integer). `imageKey` and `maskKey` are keys of the
 * store: the first channel, and the file whose non-zero voxels are the study's mask. `maskKey` may name a missing file,
 * if a table does. `row` is the row of the table that lists the study, null without a table.
 */
export interface ListedStudy {
  id: string
  number: number | null
  category: string | null
  imageKey: string
  maskKey: string | null
  row: number | null
  /** a split keeps the studies of one patient together */
  patient?: string
  /** the part of the dataset's own split */
  split?: 'train' | 'val' | 'test'
  /** names and files of all channels, where there are several */
  channels?: ReadonlyArray<{ name: string, key: string }>
  /** files by label set */
  labels?: ReadonlyMap<string, LabelFiles>
}

/** What could not be used, and why. `row` is the spreadsheet's: 1 is the header, 2 the first study. */
export interface ListingFault {
  row: number | null
  id: string | null
  detail: string
  /** whether another file, which is served, has the same id */
  clash?: true
}

/** What a dataset says of itself; null where it says nothing. */
export interface DatasetDescription extends Authorship {
  id: string
  title: string
  version: string | null
  license: { name: string, url: string } | null
  citation: string | null
  url: string | null
}

/** A folder as one layout reads it. */
export interface Listing {
  /** the layout, and in words how it was recognised */
  layout: string
  reason: string
  /** what lists the studies: `xlsx` and `csv` of MosMedData's registry, `tree` for folders, else a file's name */
  source: string
  studies: ListedStudy[]
  faults: ListingFault[]
  /** what is left out or missing, one line per kind */
  findings: Finding[]
  /** the union of the first set's labels is the mask */
  labelSets: readonly LabelSet[]
  scale?: Scale
  /** names of an image's channels, where there are several: each has a file, or the fourth axis of one file is the channels */
  channels?: readonly string[]
  description?: Partial<DatasetDescription>
  /** the dataset's own cross-validation, as ids of studies */
  folds?: ReadonlyArray<{ train: readonly string[], val: readonly string[] }>
}

/** What a layout may read: the keys of all visible files, in code unit order, and the text of small files. */
export interface Tree {
  keys: readonly string[]
  /** @returns undefined where there is no file @throws DatasetError when it is too large, or cannot be read */
  text: (key: string) => string | undefined
}
