import { wilsonInterval } from '../statistics/wilson.js'

export const DEFAULT_BINS = 10
export const MAX_BINS = 100

/** One bin of the reliability diagram: predicted and observed rate, with Wilson's interval; null without a case. */
export interface ReliabilityBin {
  from: number
  to: number
  n: number
  meanPredicted: number | null
  observed: number | null
  low: number | null
  high: number | null
}

/** The bin of each probability: `bins` of equal width, closed on the right; the first is closed on both sides. */
export function binsOf (probabilities: readonly number[], bins: number): Uint32Array {
  return Uint32Array.from(probabilities, (p) => {
    let bin = Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1))
    // An edge is the double nearest to bin / bins; p * bins may round past it.
    if (bin > 0 && p <= bin / bins) bin--
    else if (bin < bins - 1 && p > (bin + 1) / bins) bin++
    return bin
  })
}

/** Brier's score: the mean squared distance of probability and outcome; null without a case. */
export function brierScore (probabilities: readonly number[], isPositive: readonly boolean[], counts: Uint32Array): number | null {
  let [sum, total] = [0, 0]
  for (let n = 0; n < counts.length; n++) {
    sum += counts[n]! * (probabilities[n]! - (isPositive[n]! ? 1 : 0)) ** 2
    total += counts[n]!
  }
  return total === 0 ? null : sum / total
}

interface Tally { n: Float64Array, predicted: Float64Array, observed: Float64Array }

function tallyOf (binOf: Uint32Array, bins: number, probabilities: readonly number[], isPositive: readonly boolean[], counts: Uint32Array): Tally {
  const tally = { n: new Float64Array(bins), predicted: new Float64Array(bins), observed: new Float64Array(bins) }
  for (let n = 0; n < counts.length; n++) {
    const [bin, count] = [binOf[n]!, counts[n]!]
    tally.n[bin]! += count
    tally.predicted[bin]! += count * probabilities[n]!
    if (isPositive[n]) tally.observed[bin]! += count
  }
  return tally
}

/** Expected calibration error: |mean predicted − observed| of each bin, weighted by its cases; null without a case. */
export function expectedCalibrationError (binOf: Uint32Array, bins: number, probabilities: readonly number[], isPositive: readonly boolean[], counts: Uint32Array): number | null {
  const { n, predicted, observed } = tallyOf(binOf, bins, probabilities, isPositive, counts)
  const total = n.reduce((sum, count) => sum + count, 0)
  return total === 0 ? null : predicted.reduce((sum, of, bin) => sum + Math.abs(of - observed[bin]!), 0) / total
}

export function reliability (probabilities: readonly number[], isPositive: readonly boolean[], bins: number): ReliabilityBin[] {
  const { n, predicted, observed } = tallyOf(binsOf(probabilities, bins), bins, probabilities, isPositive, new Uint32Array(probabilities.length).fill(1))
  return Array.from({ length: bins }, (_, bin) => {
    const [from, to, count] = [bin / bins, (bin + 1) / bins, n[bin]!]
    if (count === 0) return { from, to, n: 0, meanPredicted: null, observed: null, low: null, high: null }
    return { from, to, n: count, meanPredicted: predicted[bin]! / count, observed: observed[bin]! / count, ...wilsonInterval(observed[bin]!, count) }
  })
}
