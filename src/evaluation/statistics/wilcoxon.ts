import { twoSidedP } from './normal.js'
import { midranks } from './ranks.js'

/** The most pairs for the exact test; above, the normal approximation is as good. Same limit as `scipy.stats.wilcoxon`. */
const MOST_EXACT = 50

/**
 * Wilcoxon's signed-rank test of paired differences: zeros are dropped, equal magnitudes share their mean rank.
 *
 * Up to 50 pairs p is exact, ties included: the share of all sign patterns whose rank sum is at least as extreme. Above, p
 * is the normal approximation with the correction for ties, without the one for continuity.
 *
 * @returns the two-sided p; 1 where nothing differs
 */
export function wilcoxonP (differences: readonly number[]): number {
  const some = differences.filter((difference) => difference !== 0)
  if (some.length === 0) return 1
  const ranks = midranks(some.map(Math.abs))
  const positive = ranks.reduce((sum, rank, n) => some[n]! > 0 ? sum + rank : sum, 0)
  return some.length <= MOST_EXACT ? exactP(ranks, positive) : approximateP(ranks, positive)
}

/** Counts the sign patterns by rank sum. Ranks are doubled, so that shared ranks are whole numbers. */
function exactP (ranks: Float64Array, positive: number): number {
  const total = ranks.length * (ranks.length + 1)
  let shares = new Float64Array(total + 1)
  shares[0] = 1
  for (const rank of ranks) {
    const next = new Float64Array(total + 1)
    for (let sum = 0; sum <= total; sum++) {
      next[sum] = (shares[sum]! + (shares[sum - 2 * rank] ?? 0)) / 2
    }
    shares = next
  }
  const upTo = shares.subarray(0, 2 * positive + 1).reduce((sum, share) => sum + share, 0)
  const from = shares.subarray(2 * positive).reduce((sum, share) => sum + share, 0)
  return Math.min(1, 2 * Math.min(upTo, from))
}

function approximateP (ranks: Float64Array, positive: number): number {
  const n = ranks.length
  const ties = new Map<number, number>()
  for (const rank of ranks) ties.set(rank, (ties.get(rank) ?? 0) + 1)
  const tied = [...ties.values()].reduce((sum, count) => sum + count ** 3 - count, 0)
  const variance = n * (n + 1) * (2 * n + 1) / 24 - tied / 48
  return twoSidedP((positive - n * (n + 1) / 4) / Math.sqrt(variance))
}
