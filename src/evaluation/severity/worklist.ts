import { share } from '../statistics/wilson.js'
import type { Figure } from '../statistics/figure.js'
import type { ScoredCase } from './scored-case.js'

/** Least grades: URGENT studies should be among the first of a worklist; the mean place is over RELEVANT studies. */
const URGENT = 3
const RELEVANT = 2

const SHARES = [0.01, 0.05, 0.1, 0.25] as const

export interface RecallAt { share: number, severity: number, recall: Figure }

/** Case numbers in worklist order: the sickest first, by expected severity, else score, else predicted grade; ties by id. */
export function worklistOrder (cases: readonly ScoredCase[]): number[] {
  const keys = cases.map(({ probabilities, score, predicted }) => probabilities?.reduce((sum, p, grade) => sum + grade * p, 0) ?? score ?? predicted)
  return cases.map((_, n) => n).sort((a, b) => keys[b]! - keys[a]! || (cases[a]!.id < cases[b]!.id ? -1 : 1))
}

/** The share of the severe studies among the first of the worklist. */
export function recallAt (cases: readonly ScoredCase[], order: readonly number[]): RecallAt[] {
  const severe = cases.filter(({ reference }) => reference >= URGENT).length
  return SHARES.map((part) => {
    // Computed in hundredths, so that 0.05 of 140 studies is exactly 7.
    const first = order.slice(0, Math.ceil(Math.round(part * 100) * cases.length / 100))
    const found = first.filter((n) => cases[n]!.reference >= URGENT).length
    return { share: part, severity: URGENT, recall: share(found, severe, `no study of severity ${URGENT} or more`) }
  })
}

/**
 * The mean of rank / n of the studies of severity 2 or more, rank 1 at the top; null without such a study. A study that is
 * in the sample several times takes as many consecutive places.
 */
export function meanRankPercentile (cases: readonly ScoredCase[], order: readonly number[], counts: Uint32Array): number | null {
  let [before, ranks, relevant] = [0, 0, 0]
  for (const n of order) {
    const count = counts[n]!
    if (cases[n]!.reference >= RELEVANT) {
      ranks += count * before + count * (count + 1) / 2
      relevant += count
    }
    before += count
  }
  return relevant === 0 ? null : ranks / relevant / before
}
