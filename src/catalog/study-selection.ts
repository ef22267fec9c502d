import { statement } from './database.js'
import type { Database } from './database.js'
import { ABSENT, StudyColumns } from './study-columns.js'
import type { NumberFact } from './study-facts.js'
import { STATUSES } from './study.js'
import type { Status } from './study.js'

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

/** The studies of the columns that match a filter: 1 at their places, and how many they are. */
export interface Selection { columns: StudyColumns, isIn: Uint8Array, count: number }

/** The studies that match. */
export function selectStudies (database: Database, filter: StudyFilter): Selection {
  const columns = StudyColumns.of(database)
  const isIn = new Uint8Array(columns.count).fill(1)
  const keep = (matches: (place: number) => boolean) => {
    for (let place = 0; place < isIn.length; place++) if (isIn[place] === 1 && !matches(place)) isIn[place] = 0
  }
  const within = (fact: NumberFact, min = -Infinity, max = Infinity) => {
    if (min === -Infinity && max === Infinity) return
    const values = columns.numbers[fact]
    keep((place) => values[place]! >= min && values[place]! <= max && values[place] !== ABSENT)
  }
  const flag = (values: Uint8Array, wanted: boolean | undefined) => {
    if (wanted !== undefined) keep((place) => values[place] === Number(wanted))
  }
  if (filter.ids !== undefined) keepIds(columns, isIn, filter.ids)
  if (filter.category !== undefined) {
    const wanted = new Set<string | null>(filter.category)
    keep((place) => wanted.has(columns.categories[place]!))
  }
  if (filter.status !== undefined) {
    const wanted = STATUSES.map((status) => filter.status!.includes(status))
    keep((place) => wanted[columns.status[place]!]!)
  }
  flag(columns.annotated, filter.annotated)
  flag(columns.warned, filter.warned)
  within('slices', filter.minSlices, filter.maxSlices)
  within('spacing', filter.minSpacing, filter.maxSpacing)
  within('lesionMl', filter.minLesionMl, filter.maxLesionMl)
  within('bytes', filter.minBytes, filter.maxBytes)
  if (filter.problem !== undefined) {
    const isProblem = STATUSES.map((status) => status === 'missing' || status === 'unreadable')
    keep((place) => isProblem[columns.status[place]!] === filter.problem)
  }
  if (filter.search !== undefined) {
    const part = lowerCase(filter.search)
    keep((place) => lowerCase(columns.ids[place]!).includes(part))
  }
  for (const name of filter.hasLabel ?? []) keepIds(columns, isIn, studiesWithLabel(database, name, '$.voxels', 1))
  if (filter.minLabelMl !== undefined) {
    const colon = filter.minLabelMl.lastIndexOf(':')
    keepIds(columns, isIn, studiesWithLabel(database, filter.minLabelMl.slice(0, colon), '$.volumeMl', Number(filter.minLabelMl.slice(colon + 1))))
  }
  let count = 0
  for (let place = 0; place < isIn.length; place++) count += isIn[place]!
  return { columns, isIn, count }
}

/** The places of the studies of a selection, in the order of their ids. @param from the first place */
export function * placesOf ({ isIn }: Selection, from = 0): Generator<number> {
  for (let place = from; place < isIn.length; place++) if (isIn[place] === 1) yield place
}

function keepIds (columns: StudyColumns, isIn: Uint8Array, ids: readonly string[]): void {
  const wanted = new Uint8Array(isIn.length)
  for (const id of ids) {
    const place = columns.placeOf(id)
    if (columns.ids[place] === id) wanted[place] = 1
  }
  for (let place = 0; place < isIn.length; place++) isIn[place]! &= wanted[place]!
}

/** Ids of studies with at least this much of a label of that name, in any set. */
function studiesWithLabel (database: Database, name: string, fact: '$.voxels' | '$.volumeMl', least: number): string[] {
  return statement(database, `SELECT id FROM studies WHERE EXISTS
    (SELECT 1 FROM json_each(facts, '$.labels') AS label WHERE json_extract(label.value, '$.name') = ? AND json_extract(label.value, '${fact}') >= ?)`)
    .pluck().all(name, least) as string[]
}

/** Ids are ASCII; other characters must not match them. */
function lowerCase (text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
