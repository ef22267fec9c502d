import { ascending } from '../statistics/ranks.js'

/** Cases in descending order of score; cases with equal scores form one step. */
export interface Ranking {
  /** case numbers */
  order: Uint32Array
  /** for each step, the index after its last case */
  ends: number[]
}

export function rankingOf (scores: readonly number[]): Ranking {
  const order = ascending(scores).reverse()
  const ends: number[] = []
  for (let n = 1; n <= order.length; n++) if (n === order.length || scores[order[n]!] !== scores[order[n - 1]!]) ends.push(n)
  return { order, ends }
}

/** A point of the ROC curve: cases with a score of `threshold` or more are positive; null at the start, where none is. */
export type RocPoint = [falsePositiveRate: number, truePositiveRate: number, threshold: number | null]

/** The ROC curve, one point per distinct score; empty where either class is empty. */
export function rocCurve ({ order, ends }: Ranking, scores: readonly number[], isPositive: readonly boolean[]): RocPoint[] {
  const positives = isPositive.filter(Boolean).length
  const negatives = isPositive.length - positives
  if (positives === 0 || negatives === 0) return []
  const points: RocPoint[] = [[0, 0, null]]
  let [tp, n] = [0, 0]
  for (const end of ends) {
    for (; n < end; n++) if (isPositive[order[n]!]) tp++
    points.push([(n - tp) / negatives, tp / positives, scores[order[n - 1]!]!])
  }
  return points
}

/**
 * Average precision: the mean precision at each positive, equal scores taken as one step; null without a positive. Equals
 * `sklearn.metrics.average_precision_score`.
 *
 * @param counts how often each case is in the sample
 */
export function averagePrecision ({ order, ends }: Ranking, isPositive: readonly boolean[], counts: Uint32Array): number | null {
  let [tp, called, sum, n] = [0, 0, 0, 0]
  for (const end of ends) {
    const before = tp
    for (; n < end; n++) {
      const count = counts[order[n]!]!
      called += count
      if (isPositive[order[n]!]) tp += count
    }
    if (tp > before) sum += (tp - before) * tp / called
  }
  return tp === 0 ? null : sum / tp
}
