import { gradeName } from './grade-name.js'
import type { ScoredCase } from './scored-case.js'

/** The most missed studies that are listed. */
export const MOST_MISSED = 100

/** A study with findings that was predicted to have none. */
export interface MissedStudy { study: string, category: string, severity: number, predicted: number }

/** Reference 1 or more, predicted 0: the worst first, ties by id. @param names of the grades */
export function missedStudies (cases: readonly ScoredCase[], names: readonly string[]): { missed: MissedStudy[], missedTotal: number } {
  const missed = cases.filter(({ reference, predicted }) => reference >= 1 && predicted === 0)
    .sort((a, b) => b.reference - a.reference || (a.id < b.id ? -1 : 1))
  return { missed: missed.slice(0, MOST_MISSED).map(({ id, reference, predicted }) => ({ study: id, category: gradeName(names, reference), severity: reference, predicted })), missedTotal: missed.length }
}
