import { hash } from 'node:crypto'
import { quantile } from './quantile.js'
import type { Figure } from './figure.js'
import { LEVEL } from './figure.js'

/** The number of resamples, and the seed that decides which studies each resample draws. */
export interface BootstrapPlan { resamples: number, seed: number }

export const DEFAULT_RESAMPLES = 2000
export const MAX_RESAMPLES = 10_000

/** Numbers in one SHA-256 digest: eight big-endian 32-bit words. */
const PER_BLOCK = 8

/**
 * How often resample `b` draws each of `counts.length` studies: n draws of an index floor(x · n / 2³²), where the x are the
 * big-endian 32-bit words of SHA-256("{seed}:{b}:{block}"), block = 0, 1, … Anyone can draw the same (docs/evaluation.md).
 *
 * @param counts overwritten
 */
export function drawResample (seed: number, b: number, counts: Uint32Array): void {
  const n = counts.length
  counts.fill(0)
  for (let block = 0, drawn = 0; drawn < n; block++) {
    const words = hash('sha256', `${seed}:${b}:${block}`, 'buffer')
    for (let word = 0; word < PER_BLOCK && drawn < n; word++, drawn++) {
      counts[Math.floor(words.readUInt32BE(word * 4) * n / 2 ** 32)]!++
    }
  }
}

/**
 * Metrics of weighted studies: study i is in the sample `counts[i]` times. A metric is null where it is undefined. Every
 * call must return the same metrics.
 */
export type Metrics<Name extends string = string> = (counts: Uint32Array) => Record<Name, number | null>

/** Ascending values of one metric over all resamples that define it, and the number of resamples that do not. */
export interface Resampled { values: Float64Array, undefinedResamples: number }

/** The metrics of every resample of `n` studies. */
export function resample<Name extends string> (n: number, { resamples, seed }: BootstrapPlan, metrics: Metrics<Name>): Map<Name, Resampled> {
  const counts = new Uint32Array(n)
  const found = new Map<Name, { values: Float64Array, defined: number }>()
  for (let b = 0; b < resamples; b++) {
    drawResample(seed, b, counts)
    for (const [name, value] of Object.entries(metrics(counts)) as [Name, number | null][]) {
      let of = found.get(name)
      if (of === undefined) found.set(name, of = { values: new Float64Array(resamples), defined: 0 })
      if (value !== null) of.values[of.defined++] = value
    }
  }
  return new Map([...found].map(([name, { values, defined }]) => [name, { values: values.subarray(0, defined).sort(), undefinedResamples: resamples - defined }]))
}

/** The percentile interval of resampled values; null where no resample defines the metric. */
export function percentileInterval ({ values }: Resampled): { low: number | null, high: number | null } {
  if (values.length === 0) return { low: null, high: null }
  return { low: quantile(values, (1 - LEVEL) / 2), high: quantile(values, 1 - (1 - LEVEL) / 2) }
}

/**
 * Each metric of a sample as a figure, with its percentile bootstrap interval.
 *
 * @param n      number of scored studies, in id order
 * @param reason says in words why the metric of this name is null
 */
export function bootstrapFigures<Name extends string> (n: number, plan: BootstrapPlan, metrics: Metrics<Name>, reason: (name: Name) => string): Record<Name, Figure> {
  const values = metrics(new Uint32Array(n).fill(1))
  const resampled = n === 0 ? new Map<Name, Resampled>() : resample(n, plan, metrics)
  return Object.fromEntries((Object.entries(values) as [Name, number | null][]).map(([name, value]): [Name, Figure] => {
    if (value === null) return [name, { value, low: null, high: null, n, method: 'bootstrap', reason: reason(name) }]
    const of = resampled.get(name)
    if (of === undefined) return [name, { value, low: null, high: null, n, method: 'none', reason: 'no resamples were asked for' }]
    return [name, { value, ...percentileInterval(of), n, method: 'bootstrap', undefinedResamples: of.undefinedResamples }]
  })) as Record<Name, Figure>
}
