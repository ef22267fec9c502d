import { statement } from './database.js'
import type { Database } from './database.js'
import { shownStudy } from './shown-study.js'
import type { KeptStudy } from './shown-study.js'
import { ABSENT, StudyColumns } from './study-columns.js'
import { placesOf, selectStudies } from './study-selection.js'
import type { Selection, StudyFilter } from './study-selection.js'
import { STATUSES } from './study.js'

export const SORTS = ['id', 'severity', 'slices', 'spacing', 'lesionMl', 'bytes', 'huMin', 'huMax'] as const
export type SortKey = typeof SORTS[number]
export const FACETS = ['category', 'annotated', 'status', 'warned'] as const
export type Facet = typeof FACETS[number]

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

/** One page of studies in the given order, by keyset: the cost does not grow with the page's number. */
export function pageOfStudies (database: Database, filter: StudyFilter, order: StudyOrder, limit: number, after: Cursor | null): StudyPage {
  const selection = selectStudies(database, filter)
  const { columns } = selection
  const places: number[] = []
  for (const place of inOrder(selection, order, after)) {
    places.push(place)
    if (places.length > limit) break
  }
  const page = places.slice(0, limit)
  const last = page.at(-1)
  return {
    items: textsOf(database, columns, page.map((place) => columns.ids[place]!)),
    total: selection.count,
    next: places.length > limit && last !== undefined ? { key: keyOf(columns, order, last), id: columns.ids[last]! } : null
  }
}

/** The studies of these ids as they are shown, in the order given. SQLite is asked once, for those that are not kept. */
function textsOf (database: Database, { shown }: StudyColumns, ids: readonly string[]): string[] {
  const texts = new Map(ids.map((id) => [id, shown.get(id)]))
  const absent = ids.filter((id) => texts.get(id) === undefined)
  if (absent.length > 0) {
    const rows = statement(database, 'SELECT id, facts, revision FROM studies WHERE id IN (SELECT value FROM json_each(?))').all(JSON.stringify(absent)) as ({ id: string } & KeptStudy)[]
    for (const row of rows) {
      const text = shownStudy(row)
      shown.set(row.id, text)
      texts.set(row.id, text)
    }
  }
  return [...texts.values()] as string[]
}

/** The places of a selection in the given order, after the row of the cursor. */
function * inOrder ({ columns, isIn }: Selection, order: StudyOrder, after: Cursor | null): Generator<number> {
  const { count } = columns
  const sorted = order.by === 'id' ? undefined : columns.order(order.by, order.descending)
  const placeAt = (n: number) => sorted?.[n] ?? (order.descending ? count - 1 - n : n)
  for (let n = after === null ? 0 : firstBehind(columns, order, placeAt, after); n < count; n++) {
    const place = placeAt(n)
    if (isIn[place] === 1) yield place
  }
}

/** The first index of the order that is behind a cursor. */
function firstBehind (columns: StudyColumns, order: StudyOrder, placeAt: (n: number) => number, after: Cursor): number {
  const isBehind = (place: number) => {
    const [key, id] = [keyOf(columns, order, place), columns.ids[place]!]
    if (order.by === 'id') return order.descending ? id < after.id : id > after.id
    return key > after.key || (key === after.key && id > after.id)
  }
  let low = 0
  let high = columns.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBehind(placeAt(middle))) high = middle
    else low = middle + 1
  }
  return low
}

/** What a study is sorted by, ascending in both directions; ABSENT where it lacks the fact. */
function keyOf ({ ids, numbers }: StudyColumns, { by, descending }: StudyOrder, place: number): number | string {
  if (by === 'id') return ids[place]!
  const value = numbers[by][place]!
  return descending && value !== ABSENT ? -value : value
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
  const selection = selectStudies(database, filter)
  return selection.columns.ids.filter((_, place) => selection.isIn[place] === 1)
}

/**
 * Counts under the filter, by each value that occurs; a study without a category is in none of the counts. The facet's
 * own part of the filter is ignored: a list filtered by CT-1 still counts CT-2, so that several can be chosen.
 */
export function facetCounts (database: Database, filter: StudyFilter, facet: Facet): Record<string, number> {
  const { [facet]: own, ...others } = filter
  return countsBy(selectStudies(database, others), facet)
}

/** The studies of a selection by a fact, in order of its values. */
export function countsBy ({ columns, isIn }: Selection, facet: Facet): Record<string, number> {
  const counts = facet === 'category' ? countsOfTexts(columns.categories, isIn) : countsOfNumbers(...NUMBERED[facet](columns), isIn)
  return Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1))
}

/** Facets that are numbers in the columns, and what each number is called. */
const NUMBERED: Record<Exclude<Facet, 'category'>, (columns: StudyColumns) => [values: Uint8Array, names: readonly string[]]> = {
  status: ({ status }) => [status, STATUSES],
  annotated: ({ annotated }) => [annotated, ['false', 'true']],
  warned: ({ warned }) => [warned, ['false', 'true']]
}

function countsOfNumbers (values: Uint8Array, names: readonly string[], isIn: Uint8Array): Map<string, number> {
  const counts = new Uint32Array(names.length)
  for (let place = 0; place < isIn.length; place++) if (isIn[place] === 1) counts[values[place]!]!++
  return new Map(names.flatMap((name, n) => counts[n] === 0 ? [] : [[name, counts[n]!]]))
}

function countsOfTexts (texts: readonly (string | null)[], isIn: Uint8Array): Map<string, number> {
  const counts = new Map<string, number>()
  for (let place = 0; place < isIn.length; place++) {
    const text = texts[place]!
    if (isIn[place] === 1 && text !== null) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

/** What an algorithm is scored against in one study: the grade if it has one, and the mask if it can be read. */
export interface ReferenceStudy { id: string, severity: number | null, mask: { sha256: string, voxels: number, volumeMl: number } | null }

/** The references of all matching studies, in order of id. */
export function referenceStudies (database: Database, filter: StudyFilter): ReferenceStudy[] {
  const selection = selectStudies(database, filter)
  const { columns } = selection
  const maskOf = statement(database, "SELECT sha256, lesion FROM volumes WHERE study_id = ? AND kind = 'mask' AND status = 'ready'")
  return Array.from(placesOf(selection), (place) => {
    const id = columns.ids[place]!
    const severity = columns.numbers.severity[place]!
    const row = columns.annotated[place] === 1 ? maskOf.get(id) as { sha256: string | null, lesion: string | null } | undefined : undefined
    const { voxels, volumeMl } = JSON.parse(row?.lesion ?? 'null') as { voxels: number, volumeMl: number } ?? {}
    return { id, severity: severity === ABSENT ? null : severity, mask: row == null || row.sha256 === null || voxels === undefined ? null : { sha256: row.sha256, voxels, volumeMl } }
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

/** The category of a study; null where it has none. */
export function categoryOf (database: Database, id: string): string | null {
  const columns = StudyColumns.of(database)
  const place = columns.placeOf(id)
  return columns.ids[place] === id ? columns.categories[place]! : null
}

/** Every study, whatever its status, with what a split goes by; in order of id. */
export function stratifiedStudies (database: Database): { id: string, category: string | null, patient: string | null }[] {
  const { ids, categories, patients } = StudyColumns.of(database)
  return ids.map((id, place) => ({ id, category: categories[place]!, patient: patients[place]! }))
}

/** The part in which the dataset's own split has each study; only studies that it puts in one, in order of id. */
export function partsOfDataset (database: Database): Map<string, 'train' | 'val' | 'test'> {
  const { ids, splits } = StudyColumns.of(database)
  return new Map(ids.flatMap((id, place) => splits[place] == null ? [] : [[id, splits[place]] as const]))
}

/** Totals over the catalog, as `GET /v1/dataset` shows them. */
export interface CatalogCounts { studies: number, ready: number, annotated: number, slices: number, bytes: number }

export function catalogCounts (database: Database): CatalogCounts {
  const { count, status, annotated, numbers } = StudyColumns.of(database)
  const ready = STATUSES.indexOf('ready')
  const counts = { studies: count, ready: 0, annotated: 0, slices: 0, bytes: 0 }
  for (let place = 0; place < count; place++) {
    if (status[place] === ready) counts.ready++
    counts.annotated += annotated[place]!
    if (numbers.slices[place] !== ABSENT) counts.slices += numbers.slices[place]!
    counts.bytes += numbers.allBytes[place]!
  }
  return counts
}
