import type { Database } from './database.js'
import { ABSENT } from './study-columns.js'
import type { NumberFact } from './study-facts.js'
import { countsBy } from './study-query.js'
import { selectStudies } from './study-selection.js'
import type { StudyFilter } from './study-selection.js'

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

/** Facts that are whole numbers: a bar is at least 1 wide. */
const WHOLE: readonly NumberFact[] = ['slices', 'bytes']

/**
 * Distributions of the studies that match. The edges of the bars come from the whole catalog, whatever the filter, so
 * that counts under two filters can be compared bar by bar.
 */
export function catalogStatistics (database: Database, filter: StudyFilter = {}): CatalogStatistics {
  const selection = selectStudies(database, filter)
  const { columns, isIn } = selection
  const sum = (fact: NumberFact) => {
    let total = 0
    for (let place = 0; place < isIn.length; place++) if (isIn[place] === 1 && columns.numbers[fact][place] !== ABSENT) total += columns.numbers[fact][place]!
    return total
  }
  const distribution = (fact: NumberFact) => {
    const all = columns.sorted(fact)
    const selected = selection.count === columns.count ? all : columns.sorted(fact, isIn)
    return distributionOf(selected, all[0] ?? null, all.at(-1) ?? null, WHOLE.includes(fact) ? 1 : 0)
  }
  const statuses = countsBy(selection, 'status')
  const annotated = countsBy(selectStudies(database, { ...filter, annotated: filter.annotated ?? true }), 'category')
  return {
    categories: Object.entries(countsBy(selection, 'category')).map(([category, studies]) => ({ category, studies, annotated: filter.annotated === false ? 0 : annotated[category] ?? 0 })),
    statuses,
    slices: distribution('slices'),
    spacing: { i: distribution('spacingI'), j: distribution('spacingJ'), k: distribution('spacingK') },
    sliceSpacing: distribution('spacing'),
    lesionMl: distribution('lesionMl'),
    bytes: distribution('bytes'),
    intensity: { min: distribution('huMin'), max: distribution('huMax') },
    totals: {
      studies: selection.count,
      ready: statuses['ready'] ?? 0,
      annotated: countsBy(selection, 'annotated')['true'] ?? 0,
      slices: sum('slices'),
      lesionSlices: sum('lesionSlices'),
      lesionMl: sum('lesionMl'),
      bytes: sum('allBytes')
    }
  }
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
