import { statement } from './database.js'
import type { Database } from './database.js'
import { SLICE_FACTS, sliceOf } from './rows.js'
import type { SliceFactsRow } from './rows.js'
import type { SliceFacts } from './study.js'
import { placesOf, selectStudies } from './study-selection.js'
import type { Selection, StudyFilter } from './study-selection.js'

/** Which axial slices, of which studies; a bound on a fact excludes slices without the fact. */
export interface SliceFilter {
  studies: StudyFilter
  /** with or without lesion; annotated studies only */
  lesion?: boolean
  minLesionPixels?: number
  minLungFraction?: number
  /** `{name}:{n}`: at least so many pixels of a label, in any set */
  minLabelPixels?: string
}

/** One row of the slice catalog. */
export interface SliceRow extends SliceFacts { study: string, category: string | null }

/** Ids and categories of the studies that have slices, in order of id. */
export function studiesWithSlices (database: Database, filter: StudyFilter): { id: string, category: string | null }[] {
  const selection = readyStudies(database, filter)
  const { ids, categories } = selection.columns
  return Array.from(placesOf(selection), (place) => ({ id: ids[place]!, category: categories[place]! }))
}

/** How many slices match. */
export function countSlices (database: Database, filter: SliceFilter): number {
  const { sql, values } = ofMatchingStudies(database, filter)
  return statement(database, `SELECT COUNT(*) FROM slices ${sql}`).pluck().get(...values) as number
}

/** Every matching slice, in no guaranteed order. */
export function matchingSlices (database: Database, filter: SliceFilter): { study: string, index: number }[] {
  const { sql, values } = ofMatchingStudies(database, filter)
  return statement(database, `SELECT study_id AS study, slice AS "index" FROM slices ${sql}`).all(...values) as { study: string, index: number }[]
}

/** The SQL by which a balanced draw groups slices. */
const GROUPS = {
  category: 'category',
  lesion: "CASE WHEN lesion_pixels > 0 THEN 'true' ELSE 'false' END"
} as const
export type SliceGroup = keyof typeof GROUPS

/** Every matching slice with its group; grouping by lesion keeps only slices of annotated studies. */
export function groupedSlices (database: Database, filter: SliceFilter, by: SliceGroup): { study: string, index: number, group: string }[] {
  const { sql, values } = ofMatchingStudies(database, filter)
  const known = by === 'lesion' ? 'AND lesion_pixels IS NOT NULL' : ''
  return statement(database, `SELECT study_id AS study, slice AS "index", COALESCE(${GROUPS[by]}, '') AS "group" FROM slices JOIN studies ON studies.id = study_id ${sql} ${known}`)
    .all(...values) as { study: string, index: number, group: string }[]
}

/** The number of matching slices of each study; studies without any are left out. */
export function sliceCounts (database: Database, filter: SliceFilter): Map<string, number> {
  const { sql, values } = ofMatchingStudies(database, filter)
  const rows = statement(database, `SELECT study_id AS study, COUNT(*) AS count FROM slices ${sql} GROUP BY study_id`).all(...values) as { study: string, count: number }[]
  return new Map(rows.map(({ study, count }) => [study, count]))
}

/** Facts of one study's matching slices with an index above `after`, in order. */
export function slicesOfStudy (database: Database, studyId: string, filter: SliceFilter, after = -1): SliceFacts[] {
  const { sql, values } = whereOf([{ sql: 'study_id = ?', values: [studyId] }, { sql: 'slice > ?', values: [after] }, ...sliceConditions(filter)])
  return (statement(database, `SELECT ${SLICE_FACTS} FROM slices ${sql} ORDER BY slice`).all(...values) as SliceFactsRow[]).map(sliceOf)
}

/** A study that has matching slices and no mask; undefined where every study has a mask. */
export function studyWithoutMask (database: Database, filter: SliceFilter): string | undefined {
  const selection = readyStudies(database, filter.studies)
  const { ids, hasMaskFile } = selection.columns
  const { sql, values } = whereOf([{ sql: 'study_id = ?', values: [] }, ...sliceConditions(filter)])
  const hasSlices = statement(database, `SELECT 1 FROM slices ${sql} LIMIT 1`)
  for (const place of placesOf(selection)) if (hasMaskFile[place] === 0 && hasSlices.get(ids[place], ...values) !== undefined) return ids[place]
  return undefined
}

/** The first study that has matching slices and lacks what is looked for; undefined where every study has it. */
export function studyWithout (database: Database, filter: SliceFilter, has: (id: string) => boolean): string | undefined {
  return [...sliceCounts(database, filter).keys()].sort().find((id) => !has(id))
}

function readyStudies (database: Database, filter: StudyFilter): Selection {
  return selectStudies(database, filter.status?.includes('ready') === false ? { ids: [] } : { ...filter, status: ['ready'] })
}

function ofMatchingStudies (database: Database, filter: SliceFilter): Condition {
  const selection = readyStudies(database, filter.studies)
  const ids = Array.from(placesOf(selection), (place) => selection.columns.ids[place]!)
  return whereOf([{ sql: 'study_id IN (SELECT value FROM json_each(?))', values: [JSON.stringify(ids)] }, ...sliceConditions(filter)])
}

/** A condition with the values it binds. */
interface Condition { sql: string, values: (string | number)[] }

/** Conditions joined into a WHERE clause, with all their bound values. */
function whereOf (conditions: readonly Condition[]): Condition {
  return { sql: `WHERE ${conditions.map(({ sql }) => `(${sql})`).join(' AND ')}`, values: conditions.flatMap(({ values }) => values) }
}

function sliceConditions ({ lesion, minLesionPixels, minLungFraction, minLabelPixels }: SliceFilter): Condition[] {
  const conditions: Condition[] = []
  // Without a mask lesion_pixels is null, and no comparison with null is true.
  if (lesion !== undefined) conditions.push({ sql: lesion ? 'lesion_pixels > 0' : 'lesion_pixels = 0', values: [] })
  if (minLesionPixels !== undefined) conditions.push({ sql: 'lesion_pixels >= ?', values: [minLesionPixels] })
  if (minLungFraction !== undefined) conditions.push({ sql: 'lung_fraction >= ?', values: [minLungFraction] })
  if (minLabelPixels !== undefined) {
    const colon = minLabelPixels.lastIndexOf(':')
    conditions.push({
      sql: 'EXISTS (SELECT 1 FROM json_each(label_pixels) AS sets, json_each(sets.value) AS label WHERE label.key = ? AND label.value >= ?)',
      values: [minLabelPixels.slice(0, colon), Number(minLabelPixels.slice(colon + 1))]
    })
  }
  return conditions
}
