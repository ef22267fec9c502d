import { GRADE_COUNT, GRADES } from './scored-case.js'
import type { ScoredCase } from './scored-case.js'

/** The number of cases of each pair of grades, row by row: rows are the reference, columns the prediction. */
export type Confusion = Float64Array

/** @param counts how often each case is in the sample */
export function confusionOf (cases: readonly ScoredCase[], counts: Uint32Array): Confusion {
  const confusion = new Float64Array(GRADE_COUNT * GRADE_COUNT)
  for (const [n, { reference, predicted }] of cases.entries()) confusion[reference * GRADE_COUNT + predicted]! += counts[n]!
  return confusion
}

export const rowOf = (confusion: Confusion, grade: number) => confusion.subarray(grade * GRADE_COUNT, (grade + 1) * GRADE_COUNT)

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)

/** For each grade, the cases with this reference. */
export const supports = (confusion: Confusion) => GRADES.map((grade) => sum(rowOf(confusion, grade)))

/** For each grade, the cases with this prediction. */
export const predictions = (confusion: Confusion) => GRADES.map((grade) => GRADES.reduce<number>((total, row) => total + confusion[row * GRADE_COUNT + grade]!, 0))

/** Cases whose pair of grades satisfies a condition. */
export function countWhere (confusion: Confusion, condition: (reference: number, predicted: number) => boolean): number {
  return weighted(confusion, (reference, predicted) => condition(reference, predicted) ? 1 : 0)
}

/** The sum over all cases of a weight that depends on the pair of grades. */
export function weighted (confusion: Confusion, weight: (reference: number, predicted: number) => number): number {
  let total = 0
  for (const reference of GRADES) for (const predicted of GRADES) total += weight(reference, predicted) * confusion[reference * GRADE_COUNT + predicted]!
  return total
}
