import { statement } from './database.js'
import type { Database } from './database.js'
import { SLICE_FACTS, sliceOf } from './rows.js'
import type { SliceFactsRow } from './rows.js'
import type { SliceFacts } from './study.js'
import { ABSENT, StudyColumns } from './study-columns.js'
import { placesOf, selectStudies } from './study-selection.js'
import type { Selection, StudyFilter } from './study-selection.js'

/** Which axial slices; a bound on a fact excludes slices without the fact. */
export interface SliceConditions {
  /** with or without lesion; annotated studies only */
  lesion?: boolean
  minLesionPixels?: number
  minLungFraction?: number
  /** `{name}:{n}`: at least so many pixels of a label, in any set */
  minLabelPixels?: string
}

/** Which axial slices, of which studies. */
export interface SliceFilter extends SliceConditions { studies: StudyFilter }

/** One row of the slice catalog. */
export interface SliceRow extends SliceFacts { study: string, category: string | null }

/** Studies that may have matching slices, in order of id, and how many slices each has, matching or not. */
export interface SliceStudies { ids: string[], categories: (string | null)[], counts: Uint32Array }

/** @param from the first id, for a page that begins later */
export function studiesWithSlices (database: Database, filter: SliceFilter, from = ''): SliceStudies {
  const selection = readyStudies(database, filter.studies)
  const { columns } = selection
  // Only slices of annotated studies have lesion pixels.
  const isMasked = filter.lesion !== undefined || filter.minLesionPixels !== undefined
  const places: number[] = []
  for (const place of placesOf(selection, columns.placeOf(from))) if (!isMasked || columns.annotated[place] === 1) places.push(place)
  return {
    ids: places.map((place) => columns.ids[place]!),
    categories: places.map((place) => columns.categories[place]!),
    counts: Uint32Array.from(places, (place) => columns.numbers.slices[place] === ABSENT ? 0 : columns.numbers.slices[place]!)
  }
}

/** Whether any condition looks at single slices. */
export function hasConditions (conditions: SliceConditions): boolean {
  return sliceConditions(conditions).length > 0
}

/** Matching slices: how many each study has; the indexes of all of them, study by study; and of each whether it shows lesion. */
export interface PickedSlices { counts: Uint32Array, indexes: Uint16Array, lesion: Uint8Array }

/**
 * The slices of studies that match.
 *
 * @param annotatedOnly leave out slices of which nobody knows whether they show lesion
 */
export function pickSlices (database: Database, ids: readonly string[], conditions: SliceConditions, annotatedOnly: boolean): PickedSlices {
  const known: Condition[] = annotatedOnly ? [{ sql: 'lesion_pixels IS NOT NULL', values: [] }] : []
  const { sql, values } = whereOf([{ sql: 'study_id = ?', values: [] }, ...sliceConditions(conditions), ...known])
  const ofStudy = statement(database, `SELECT slice, lesion_pixels > 0 FROM slices ${sql} ORDER BY slice`).raw()
  const counts = new Uint32Array(ids.length)
  const indexes: number[] = []
  const lesion: number[] = []
  for (const [n, id] of ids.entries()) {
    const rows = ofStudy.all(id, ...values) as [slice: number, hasLesion: number | null][]
    counts[n] = rows.length
    for (const [slice, hasLesion] of rows) {
      indexes.push(slice)
      lesion.push(hasLesion ?? 0)
    }
  }
  return { counts, indexes: Uint16Array.from(indexes), lesion: Uint8Array.from(lesion) }
}

/** Facts of one study's matching slices with an index above `after`, in order. */
export function slicesOfStudy (database: Database, studyId: string, filter: SliceFilter, after = -1): SliceFacts[] {
  const { sql, values } = whereOf([{ sql: 'study_id = ?', values: [studyId] }, { sql: 'slice > ?', values: [after] }, ...sliceConditions(filter)])
  return (statement(database, `SELECT ${SLICE_FACTS} FROM slices ${sql} ORDER BY slice`).all(...values) as SliceFactsRow[]).map(sliceOf)
}

/** The first study that has matching slices and lacks what is looked for; undefined where every study has it. */
export function studyWithout (database: Database, filter: SliceFilter, has: (id: string) => boolean): string | undefined {
  const { ids, counts } = studiesWithSlices(database, filter)
  const { sql, values } = whereOf([{ sql: 'study_id = ?', values: [] }, ...sliceConditions(filter)])
  const hasSlices = statement(database, `SELECT 1 FROM slices ${sql} LIMIT 1`)
  const isAny = (id: string, n: number) => hasConditions(filter) ? hasSlices.get(id, ...values) !== undefined : counts[n]! > 0
  return ids.find((id, n) => !has(id) && isAny(id, n))
}

/** A study that has matching slices and no mask; undefined where every study has a mask. */
export function studyWithoutMask (database: Database, filter: SliceFilter): string | undefined {
  const columns = StudyColumns.of(database)
  return studyWithout(database, filter, (id) => columns.hasMaskFile[columns.placeOf(id)] === 1)
}

function readyStudies (database: Database, filter: StudyFilter): Selection {
  return selectStudies(database, filter.status?.includes('ready') === false ? { ids: [] } : { ...filter, status: ['ready'] })
}

/** A condition with the values it binds. */
interface Condition { sql: string, values: (string | number)[] }

/** Conditions joined into a WHERE clause, with all their bound values. */
function whereOf (conditions: readonly Condition[]): Condition {
  return { sql: `WHERE ${conditions.map(({ sql }) => `(${sql})`).join(' AND ')}`, values: conditions.flatMap(({ values }) => values) }
}

function sliceConditions ({ lesion, minLesionPixels, minLungFraction, minLabelPixels }: SliceConditions): Condition[] {
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
