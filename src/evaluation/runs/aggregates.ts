import { percentileInterval, resample } from '../statistics/bootstrap.js'
import type { BootstrapPlan } from '../statistics/bootstrap.js'
import { quantile } from '../statistics/quantile.js'
import { DISTANCES, MASK_METRICS } from './case-metrics.js'
import type { CaseMetrics, MaskMetric } from './case-metrics.js'

/** One metric over all studies of a target. */
export interface Aggregate {
  /** over the `n - undefined` studies where the metric is defined */
  mean: number | null
  median: number | null
  q1: number | null
  q3: number | null
  /** interval of the mean, by bootstrap */
  low: number | null
  high: number | null
  /** target studies, those without a mask included */
  n: number
  scored: number
  missing: number
  undefined: number
}

export type Aggregates = Record<MaskMetric, Aggregate>

/**
 * Summarise a run. A missing mask counts as an empty one. An empty mask has no distances: median and quartiles of distances
 * count a failure as infinite, so that a failure cannot improve them; they are null where they are infinite.
 *
 * @param rows all target studies, in id order
 */
export function aggregate (rows: readonly CaseMetrics[], plan: BootstrapPlan): Aggregates {
  const resampled = rows.length === 0 ? undefined : resample(rows.length, plan, (counts) => means(rows, counts))
  const scored = rows.filter(({ status }) => status === 'scored').length
  const whole = means(rows, new Uint32Array(rows.length).fill(1))
  return Object.fromEntries(MASK_METRICS.map((metric): [MaskMetric, Aggregate] => {
    const defined = rows.flatMap((row) => row[metric] ?? [])
    const failures = DISTANCES.includes(metric) ? rows.filter((row) => row[metric] === null && row.failed).length : 0
    const sorted = Float64Array.from([...defined, ...Array.from({ length: failures }, () => Infinity)]).sort()
    const at = (q: number) => {
      const value = sorted.length === 0 ? Infinity : quantile(sorted, q)
      return Number.isFinite(value) ? value : null
    }
    const of = resampled?.get(metric)
    return [metric, {
      mean: whole[metric],
      median: at(0.5),
      q1: at(0.25),
      q3: at(0.75),
      ...(of === undefined || whole[metric] === null ? { low: null, high: null } : percentileInterval(of)),
      n: rows.length,
      scored,
      missing: rows.length - scored,
      undefined: rows.length - defined.length
    }]
  })) as Aggregates
}

/** The mean of each metric where it is defined, over a sample that has each row `counts` times. */
function means (rows: readonly CaseMetrics[], counts: Uint32Array): Record<MaskMetric, number | null> {
  return Object.fromEntries(MASK_METRICS.map((metric) => {
    let [sum, n] = [0, 0]
    for (let row = 0; row < rows.length; row++) {
      const value = rows[row]![metric]
      if (value === null || counts[row] === 0) continue
      sum += counts[row]! * value
      n += counts[row]!
    }
    return [metric, n === 0 ? null : sum / n]
  })) as Record<MaskMetric, number | null>
}
