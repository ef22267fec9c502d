import { statement } from './database.js'
import type { Database } from './database.js'
import { shownStudy } from './shown-study.js'
import type { KeptStudy } from './shown-study.js'
import { FACT } from './study-facts.js'
import type { Status } from './study.js'

export const SORTS = ['id', 'severity', 'slices', 'spacing', 'lesionMl', 'bytes', 'huMin', 'huMax'] as const
export type SortKey = typeof SORTS[number]
export const FACETS = ['category', 'annotated', 'status', 'warned'] as const
export type Facet = typeof FACETS[number]

/** Which studies; a bound on a fact excludes studies without the fact. Volumes in mL, spacing between axial slices in mm. */
export interface StudyFilter {
  /** a part of the id; case is ignored */
  search?: string
  category?: readonly string[]
  annotated?: boolean
  status?: readonly Status[]
  minSlices?: number
  maxSlices?: number
  minSpacing?: number
  maxSpacing?: number
  minLesionMl?: number
  maxLesionMl?: number
  minBytes?: number
  maxBytes?: number
  /** with or without warnings */
  warned?: boolean
  /** with or without a problem: missing, or unreadable */
  problem?: boolean
  /** names of labels, each of which the study has */
  hasLabel?: readonly string[]
  /** `{name}:{mL}`: at least this volume of a label */
  minLabelMl?: string
  /** only these ids, such as a part of a split */
  ids?: readonly string[]
}

/** Where a page begins: after the row of this sort key and id. */
export interface Cursor { key: number | string, id: string }

export interface StudyOrder { by: SortKey, descending: boolean }

export interface StudyPage {
  /** studies as the API shows them, each as JSON text */
  items: string[]
  total: number
  /** the last row of the page; null on the last page */
  next: Cursor | null
}

/**
 * Sort keys as SQL, one per key and direction, each the expression of an index in migrations/007. Each sorts ascending;
 * a study without the fact comes last in both directions.
 */
const KEYS: Record<SortKey, { ascending: string, descending: string }> = {
  id: { ascending: 'id', descending: 'id' },
  severity: keysOf('severity'),
  slices: keysOf(FACT.slices),
  spacing: keysOf(FACT.spacing),
  lesionMl: keysOf(FACT.lesionMl),
  bytes: keysOf(FACT.bytes),
  huMin: keysOf(FACT.huMin),
  huMax: keysOf(FACT.huMax)
}

function keysOf (fact: string): { ascending: string, descending: string } {
  return { ascending: `COALESCE(${fact}, 1e308)`, descending: `COALESCE(-${fact}, 1e308)` }
}

/** A condition with the values it binds. */
export interface Condition { sql: string, values: (string | number)[] }

/** The filter as SQL on the columns of `studies`. */
export function studyConditions (filter: StudyFilter): Condition[] {
  const conditions: Condition[] = []
  const among = (column: string, values: readonly string[] | undefined) => {
    if (values !== undefined) conditions.push({ sql: `${column} IN (${values.map(() => '?').join(', ')})`, values: [...values] })
  }
  const compare = (column: string, operator: string, value: number | undefined) => {
    if (value !== undefined) conditions.push({ sql: `${column} ${operator} ?`, values: [value] })
  }
  const within = (fact: string, min: number | undefined, max: number | undefined) => {
    compare(fact, '>=', min)
    compare(fact, '<=', max)
  }
  if (filter.search !== undefined) conditions.push({ sql: 'instr(lower(id), lower(?)) > 0', values: [filter.search] })
  among('category', filter.category)
  among('status', filter.status)
  compare('annotated', '=', asNumber(filter.annotated))
  within(FACT.slices, filter.minSlices, filter.maxSlices)
  within(FACT.spacing, filter.minSpacing, filter.maxSpacing)
  within(FACT.lesionMl, filter.minLesionMl, filter.maxLesionMl)
  within(FACT.bytes, filter.minBytes, filter.maxBytes)
  compare(FACT.warned, '=', asNumber(filter.warned))
  compare(FACT.problem, '=', asNumber(filter.problem))
  for (const name of filter.hasLabel ?? []) conditions.push(ofLabel(name, '$.voxels', 1))
  if (filter.minLabelMl !== undefined) {
    const colon = filter.minLabelMl.lastIndexOf(':')
    conditions.push(ofLabel(filter.minLabelMl.slice(0, colon), '$.volumeMl', Number(filter.minLabelMl.slice(colon + 1))))
  }
  if (filter.ids !== undefined) conditions.push({ sql: 'id IN (SELECT value FROM json_each(?))', values: [JSON.stringify(filter.ids)] })
  return conditions
}

/** Studies with at least this much of a label of that name, in any set. */
function ofLabel (name: string, fact: '$.voxels' | '$.volumeMl', least: number): Condition {
  return {
    sql: `EXISTS (SELECT 1 FROM json_each(facts, '$.labels') AS label WHERE json_extract(label.value, '$.name') = ? AND json_extract(label.value, '${fact}') >= ?)`,
    values: [name, least]
  }
}

function asNumber (value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

/** Conditions joined into a WHERE clause, with all their bound values. */
export function whereOf (conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { sql: '', values: [] }
  return { sql: `WHERE ${conditions.map(({ sql }) => `(${sql})`).join(' AND ')}`, values: conditions.flatMap(({ values }) => values) }
}

/** One page of studies in the given order, by keyset: the cost does not grow with the page's number. */
export function pageOfStudies (database: Database, filter: StudyFilter, order: StudyOrder, limit: number, after: Cursor | null): StudyPage {
  const conditions = studyConditions(filter)
  const matching = whereOf(conditions)
  const total = statement(database, `SELECT COUNT(*) FROM studies ${matching.sql}`).pluck().get(...matching.values) as number
  const key = sortKey(order)
  const rest = whereOf(after === null ? conditions : [...conditions, afterCursor(order, after)])
  const rows = statement(database, `SELECT ${key} AS key, id, facts, revision FROM studies ${rest.sql} ORDER BY ${orderBy(order)} LIMIT ?`)
    .all(...rest.values, limit + 1) as ({ key: number | string, id: string } & KeptStudy)[]
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(shownStudy),
    total,
    next: rows.length > limit && last !== undefined ? { key: last.key, id: last.id } : null
  }
}

/** Studies read at a time while all are streamed; others can write between two pages. */
const STREAM_PAGE = 500

/** All matching studies in the given order, each as JSON text; reads one page at a time, on demand. */
export function * studiesOf (database: Database, filter: StudyFilter, order: StudyOrder): Generator<string> {
  let after: Cursor | null = null
  do {
    const page: StudyPage = pageOfStudies(database, filter, order, STREAM_PAGE, after)
    yield * page.items
    after = page.next
  } while (after !== null)
}

/** Ids of all matching studies, in order. */
export function studyIds (database: Database, filter: StudyFilter): string[] {
  const { sql, values } = whereOf(studyConditions(filter))
  return statement(database, `SELECT id FROM studies ${sql} ORDER BY id`).pluck().all(...values) as string[]
}

/**
 * Counts under the filter, by each value that occurs; a study without a category is in none of the counts. The facet's
 * own part of the filter is ignored: a list filtered by CT-1 still counts CT-2, so that several can be chosen.
 */
export function facetCounts (database: Database, filter: StudyFilter, facet: Facet): Record<string, number> {
  const { [facet]: own, ...others } = filter
  const { sql, values } = whereOf(studyConditions(others))
  const fact = facet === 'warned' ? FACT.warned : facet
  const rows = statement(database, `SELECT ${fact} AS value, COUNT(*) AS count FROM studies ${sql} GROUP BY value ORDER BY value`)
    .all(...values) as { value: string | number | null, count: number }[]
  return Object.fromEntries(rows.filter(({ value }) => value !== null).map(({ value, count }) => [typeof value === 'number' ? String(value === 1) : value!, count]))
}

function sortKey ({ by, descending }: StudyOrder): string {
  return KEYS[by][descending ? 'descending' : 'ascending']
}

function orderBy (order: StudyOrder): string {
  if (order.by === 'id') return order.descending ? 'id DESC' : 'id'
  return `${sortKey(order)}, id`
}

function afterCursor (order: StudyOrder, { key, id }: Cursor): Condition {
  if (order.by === 'id') return { sql: order.descending ? 'id < ?' : 'id > ?', values: [id] }
  // The first comparison is redundant: SQLite can seek an index by an expression, but not by a row value of expressions.
  return { sql: `${sortKey(order)} >= ? AND (${sortKey(order)}, id) > (?, ?)`, values: [key, key, id] }
}

/** What an algorithm is scored against in one study: the grade if it has one, and the mask if it can be read. */
export interface ReferenceStudy { id: string, severity: number | null, mask: { sha256: string, voxels: number, volumeMl: number } | null }

/** The references of all matching studies, in order of id. */
export function referenceStudies (database: Database, filter: StudyFilter): ReferenceStudy[] {
  const { sql, values } = whereOf(studyConditions(filter))
  const rows = statement(database, `SELECT matching.id, severity, sha256, lesion FROM (SELECT id, severity FROM studies ${sql}) AS matching
    LEFT JOIN volumes ON study_id = matching.id AND kind = 'mask' AND status = 'ready' ORDER BY matching.id`)
    .all(...values) as { id: string, severity: number | null, sha256: string | null, lesion: string | null }[]
  return rows.map(({ id, severity, sha256, lesion }) => {
    const { voxels, volumeMl } = JSON.parse(lesion ?? 'null') as { voxels: number, volumeMl: number } ?? {}
    return { id, severity, mask: sha256 === null || voxels === undefined ? null : { sha256, voxels, volumeMl } }
  })
}

/** How many studies a category has, `share` of all that have one (0 where none has), and how many of its studies have a mask. */
export interface CategoryShare { studies: number, share: number, annotated: number }

/** The share of each of these categories in the whole catalog, in their order. */
export function categoryShares (database: Database, categories: readonly string[]): CategoryShare[] {
  const studies = facetCounts(database, {}, 'category')
  const annotated = facetCounts(database, { annotated: true }, 'category')
  const total = Object.values(studies).reduce((sum, count) => sum + count, 0)
  return categories.map((id) => ({ studies: studies[id] ?? 0, share: total === 0 ? 0 : (studies[id] ?? 0) / total, annotated: annotated[id] ?? 0 }))
}

/** Every study, whatever its status, with what a split goes by; in order of id. */
export function stratifiedStudies (database: Database): { id: string, category: string | null, patient: string | null }[] {
  return statement(database, 'SELECT id, category, patient FROM studies ORDER BY id').all() as { id: string, category: string | null, patient: string | null }[]
}

/** The part in which the dataset's own split has each study; only studies that it puts in one, in order of id. */
export function partsOfDataset (database: Database): Map<string, 'train' | 'val' | 'test'> {
  return new Map(statement(database, 'SELECT id, split FROM studies WHERE split IS NOT NULL ORDER BY id').raw().all() as [string, 'train' | 'val' | 'test'][])
}
