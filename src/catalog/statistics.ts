import type { Database } from './database.js'

/** One bar of a distribution: values from `from` up to, not including, `to`. */
export interface Bin { from: number, to: number, studies: number }

/** Distributions over the catalog, for dashboards. Lengths in mm, volumes in mL. */
export interface CatalogStatistics {
  categories: { category: string, studies: number, annotated: number }[]
  statuses: Record<string, number>
  slices: Distribution
  spacing: { i: Distribution, j: Distribution, k: Distribution }
  lesionMl: Distribution
  totals: { studies: number, ready: number, annotated: number, slices: number, lesionSlices: number, lesionMl: number, bytes: number }
}

/** Five numbers and the bars of a fact, over the studies that have it; numbers are null where none has. */
export interface Distribution { studies: number, min: number | null, median: number | null, mean: number | null, max: number | null, bins: Bin[] }

const BINS = 12

export function catalogStatistics (database: Database): CatalogStatistics {
  const all = <Row>(sql: string) => database.prepare(sql).all() as Row[]
  const column = (sql: string) => database.prepare(sql).pluck().all() as number[]
  const spacing = (axis: number) => distributionOf(column(`SELECT json_extract(facts, '$.spacing[${axis}]') AS mm FROM studies WHERE status = 'ready' ORDER BY mm`))
  return {
    categories: all('SELECT category, COUNT(*) AS studies, SUM(annotated) AS annotated FROM studies GROUP BY category ORDER BY category'),
    statuses: Object.fromEntries(all<{ status: string, studies: number }>('SELECT status, COUNT(*) AS studies FROM studies GROUP BY status ORDER BY status').map(({ status, studies }) => [status, studies])),
    slices: distributionOf(column('SELECT slices FROM studies WHERE slices IS NOT NULL ORDER BY slices')),
    spacing: { i: spacing(0), j: spacing(1), k: spacing(2) },
    lesionMl: distributionOf(column('SELECT lesion_ml FROM studies WHERE lesion_ml IS NOT NULL ORDER BY lesion_ml')),
    totals: all<CatalogStatistics['totals']>(`SELECT COUNT(*) AS studies, COALESCE(SUM(status = 'ready'), 0) AS ready, COALESCE(SUM(annotated), 0) AS annotated,
      COALESCE(SUM(slices), 0) AS slices, (SELECT COUNT(*) FROM slices WHERE lesion_pixels > 0) AS lesionSlices,
      COALESCE(SUM(lesion_ml), 0) AS lesionMl, (SELECT COALESCE(SUM(bytes), 0) FROM volumes) AS bytes FROM studies`)[0]!
  }
}

/** @param sorted ascending */
function distributionOf (sorted: readonly number[]): Distribution {
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) return { studies: 0, min: null, median: null, mean: null, max: null, bins: [] }
  const middle = (sorted.length - 1) / 2
  return {
    studies: sorted.length,
    min,
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    max,
    bins: binsOf(sorted, min, max)
  }
}

/** Bars of equal, round width that begin at a multiple of it, at most BINS + 1 of them. */
function binsOf (sorted: readonly number[], min: number, max: number): Bin[] {
  const width = roundUp((max - min) / BINS)
  const first = Math.floor(min / width)
  const bins: Bin[] = []
  for (let n = first; n <= Math.floor(max / width); n++) bins.push({ from: decimal(n * width), to: decimal((n + 1) * width), studies: 0 })
  for (const value of sorted) bins[Math.floor(value / width) - first]!.studies++
  return bins
}

/** The next of 1, 2, 5 times a power of ten; 1 where there is no width at all. */
function roundUp (width: number): number {
  if (width === 0) return 1
  const power = 10 ** Math.floor(Math.log10(width))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= width) ?? 10 * power
}

/** Without the dust of binary fractions: 0.30000000000000004 is 0.3. */
function decimal (value: number): number {
  return Number(value.toPrecision(12))
}
