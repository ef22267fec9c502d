import type { Static } from 'typebox'
import type { CategoryList as CategoryListSchema, Dataset as DatasetSchema, Distribution as DistributionSchema, Statistics as StatisticsSchema } from '../../../src/api/dataset/dataset-schemas.js'
import type { Quality as QualitySchema } from '../../../src/api/dataset/quality-schemas.js'
import type { Study as StudySchema, sliceFacts } from '../../../src/api/studies/study-schemas.js'
import type { TObject } from 'typebox'

// What the API answers, from its own schemas. Only types cross: nothing of src/ is in what the browser loads.

export type Dataset = Static<typeof DatasetSchema>
export type Category = Static<typeof CategoryListSchema>['items'][number]
export type Distribution = Static<typeof DistributionSchema>
export type Study = Static<typeof StudySchema>
export type SliceFacts = Static<TObject<typeof sliceFacts>>

/** References to other schemas by name are lost on the type; they are put back here. */
export type Statistics = Omit<Static<typeof StatisticsSchema>, 'slices' | 'spacing' | 'sliceSpacing' | 'lesionMl' | 'bytes' | 'intensity'> & {
  slices: Distribution
  sliceSpacing: Distribution
  bytes: Distribution
  intensity: Record<'min' | 'max', Distribution>
  spacing: Record<'i' | 'j' | 'k', Distribution>
  lesionMl: Distribution
}

export interface StudyList {
  items: Study[]
  total: number
  facets?: Record<string, Record<string, number>>
  nextCursor: string | null
}

/** A row of the slice catalog, `GET /v1/slices`. */
export type SliceRow = SliceFacts & { study: string, category: string | null }
export interface SliceRowList { items: SliceRow[], total: number, nextCursor: string | null }

/** `GET /v1/splits` by ratios. */
export interface Split { train: string[], val: string[], test: string[], hash: string }

/** `GET /v1/qc.json` */
export type QualityAnswer = Static<typeof QualitySchema>
export type QualityItem = QualityAnswer['items'][number]
