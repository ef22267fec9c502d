import { statement } from './database.js'
import type { Database } from './database.js'
import { alongAxis, FACT } from './study-facts.js'
import { studyConditions, whereOf } from './study-query.js'
import type { StudyFilter } from './study-query.js'

/** One bar of a distribution: values from `from` up to, not including, `to`. */
export interface Bin { from: number, to: number, studies: number }

/** Distributions over studies, for dashboards. Lengths in mm, volumes in mL. */
export interface CatalogStatistics {
  categories: { category: string, studies: number, annotated: number }[]
  statuses: Record<string, number>
  slices: Distribution
  spacing: { i: Distribution, j: Distribution, k: Distribution }
  /** between axial slices */
  sliceSpacing: Distribution
  lesionMl: Distribution
  /** of the image's file */
  bytes: Distribution
  /** the least and the greatest HU of a study */
  intensity: { min: Distribution, max: Distribution }
  totals: { studies: number, ready: number, annotated: number, slices: number, lesionSlices: number, lesionMl: number, bytes: number }
}

/** Five numbers and the bars of a fact, over the studies that have it; the numbers are null where no study does. */
export interface Distribution { studies: number, min: number | null, median: number | null, mean: number | null, max: number | null, bins: Bin[] }

const BINS = 12

/** Every fact that has a distribution, as SQL. */
const SPREAD = {
  slices: FACT.slices,
  spacingI: alongAxis(0),
  spacingJ: alongAxis(1),
  spacingK: alongAxis(2),
  sliceSpacing: FACT.spacing,
  lesionMl: FACT.lesionMl,
  bytes: FACT.bytes,
  huMin: FACT.huMin,
  huMax: FACT.huMax
} as const
/** Facts that are whole numbers: a bar is at least 1 wide. */
const WHOLE: readonly Spread[] = ['slices', 'bytes']
type Spread = keyof typeof SPREAD
const SPREADS = Object.keys(SPREAD) as Spread[]
type Extent = readonly [least: number | null, greatest: number | null]

/**
 * Distributions of the studies that match. The edges of the bars come from the whole catalog, whatever the filter, so
 * that counts under two filters can be compared bar by bar.
 */
export function catalogStatistics (database: Database, filter: StudyFilter = {}): CatalogStatistics {
  const { sql, values } = whereOf(studyConditions(filter))
  // One query: SQLite parses the JSON of a row once for all its columns.
  const rows = statement(database, `SELECT id, category, status, annotated, ${SPREADS.map((name) => SPREAD[name]).join(', ')} FROM studies ${sql}`)
    .raw().all(...values) as [id: string, category: string | null, status: string, annotated: number, ...facts: (number | null)[]][]
  const known = (name: Spread) => rows.map((row) => row[4 + SPREADS.indexOf(name)] as number | null).filter((value) => value !== null)
  const extents = wholeExtents(database)
  const distribution = (name: Spread) => distributionOf(Float64Array.from(known(name)).sort(), ...extents[name], WHOLE.includes(name) ? 1 : 0)
  const ids = Object.keys(filter).length === 0 ? null : JSON.stringify(rows.map(([id]) => id))
  const sumOver = (of: string, from: string) => statement(database, `SELECT COALESCE(${of}, 0) FROM ${from} AND (@ids IS NULL OR study_id IN (SELECT value FROM json_each(@ids)))`).pluck().get({ ids }) as number
  const statuses = countsBy(rows, ([, , status]) => status)
  const graded = rows.filter(([, category]) => category !== null)
  const annotated = countsBy(graded.filter((row) => row[3] === 1), ([, category]) => category!)
  return {
    categories: Object.entries(countsBy(graded, ([, category]) => category!)).map(([category, studies]) => ({ category, studies, annotated: annotated[category] ?? 0 })),
    statuses,
    slices: distribution('slices'),
    spacing: { i: distribution('spacingI'), j: distribution('spacingJ'), k: distribution('spacingK') },
    sliceSpacing: distribution('sliceSpacing'),
    lesionMl: distribution('lesionMl'),
    bytes: distribution('bytes'),
    intensity: { min: distribution('huMin'), max: distribution('huMax') },
    totals: {
      studies: rows.length,
      ready: statuses['ready'] ?? 0,
      annotated: rows.filter((row) => row[3] === 1).length,
      slices: known('slices').reduce((sum, count) => sum + count, 0),
      lesionSlices: sumOver('COUNT(*)', 'slices WHERE lesion_pixels > 0'),
      lesionMl: known('lesionMl').reduce((sum, ml) => sum + ml, 0),
      bytes: sumOver('SUM(bytes)', 'volumes WHERE bytes IS NOT NULL')
    }
  }
}

/** The number of rows of each kind, in order of the kind's name. */
function countsBy<Row> (rows: readonly Row[], kindOf: (row: Row) => string): Record<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(kindOf(row), (counts.get(kindOf(row)) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1))
}

const knownExtents = new WeakMap<Database, { changes: number, extents: Record<Spread, Extent> }>()

/** The least and greatest value of each fact over the whole catalog; cached until the next write. */
function wholeExtents (database: Database): Record<Spread, Extent> {
  const changes = statement(database, 'SELECT total_changes()').pluck().get() as number
  const known = knownExtents.get(database)
  if (known?.changes === changes) return known.extents
  const row = statement(database, `SELECT ${SPREADS.flatMap((name) => [`MIN(${SPREAD[name]})`, `MAX(${SPREAD[name]})`]).join(', ')} FROM studies`).raw().get() as (number | null)[]
  const extents = Object.fromEntries(SPREADS.map((name, n) => [name, [row[2 * n]!, row[2 * n + 1]!]])) as unknown as Record<Spread, Extent>
  knownExtents.set(database, { changes, extents })
  return extents
}

/**
 * @param sorted ascending
 * @param least over all studies, matching or not; null, like `greatest`, where no study has the fact
 */
function distributionOf (sorted: Float64Array, least: number | null, greatest: number | null, leastWidth: number): Distribution {
  const bins = least === null || greatest === null ? [] : binsOf(sorted, least, greatest, leastWidth)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) return { studies: 0, min: null, median: null, mean: null, max: null, bins }
  const middle = (sorted.length - 1) / 2
  return {
    studies: sorted.length,
    min,
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    max,
    bins
  }
}

/** At most BINS + 1 bars of equal, round width; the first begins at a multiple of the width. */
function binsOf (sorted: Float64Array, min: number, max: number, leastWidth: number): Bin[] {
  const width = Math.max(leastWidth, roundUp((max - min) / BINS))
  const first = Math.floor(min / width)
  const bins: Bin[] = []
  for (let n = first; n <= Math.floor(max / width); n++) bins.push({ from: decimal(n * width), to: decimal((n + 1) * width), studies: 0 })
  for (const value of sorted) bins[Math.floor(value / width) - first]!.studies++
  return bins
}

/** Rounds up to 1, 2 or 5 times a power of ten; 1 for a width of 0. */
function roundUp (width: number): number {
  if (width === 0) return 1
  const power = 10 ** Math.floor(Math.log10(width))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= width) ?? 10 * power
}

/** Without the dust of binary fractions: 0.30000000000000004 is 0.3. */
function decimal (value: number): number {
  return Number(value.toPrecision(12))
}
