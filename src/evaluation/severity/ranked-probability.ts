import type { ScoredCase } from './scored-case.js'
import { GRADE_COUNT } from './scored-case.js'

/**
 * Ranked probability score of one case: the squared distance of predicted and true cumulative distribution, summed (not
 * averaged) over the four cuts between five grades. 0 is certain and right, 4 is certain and as wrong as possible.
 *
 * @see Epstein 1969, Journal of Applied Meteorology 8:985
 */
export function rankedProbabilityScore ({ reference }: ScoredCase, probabilities: readonly number[]): number {
  let [score, cumulative] = [0, 0]
  for (let cut = 0; cut < GRADE_COUNT - 1; cut++) {
    cumulative += probabilities[cut]!
    score += (cumulative - (reference <= cut ? 1 : 0)) ** 2
  }
  return score
}
