import { countWhere, predictions, rowOf, supports, weighted } from './confusion.js'
import type { Confusion } from './confusion.js'
import { GRADE_COUNT, GRADES } from './scored-case.js'

/**
 * Cohen's kappa with weights |i − j|^power over all grades 0 to 4, even those that do not occur; null where agreement by
 * chance is complete. Power 2 is quadratic, 1 linear.
 *
 * @see Cohen 1968, Psychological Bulletin 70:213
 */
export function kappa (confusion: Confusion, power: 1 | 2): number | null {
  const [rows, columns] = [supports(confusion), predictions(confusion)]
  const total = rows.reduce((sum, count) => sum + count, 0)
  const distance = (i: number, j: number) => Math.abs(i - j) ** power
  const observed = weighted(confusion, distance)
  let expected = 0
  for (const i of GRADES) for (const j of GRADES) expected += distance(i, j) * rows[i]! * columns[j]!
  return expected === 0 ? null : 1 - observed * total / expected
}

/** Mean distance of the grades; null without a case. */
export function meanAbsoluteError (confusion: Confusion): number | null {
  const total = countWhere(confusion, () => true)
  return total === 0 ? null : weighted(confusion, (i, j) => Math.abs(i - j)) / total
}

/** F1 of one grade, 2tp / (2tp + fp + fn); null where the grade neither occurs nor is predicted. */
export function f1 (confusion: Confusion, grade: number): number | null {
  const marginals = supports(confusion)[grade]! + predictions(confusion)[grade]!
  return marginals === 0 ? null : 2 * confusion[grade * GRADE_COUNT + grade]! / marginals
}

/** Mean F1 of the grades that occur in the reference. */
export function macroF1 (confusion: Confusion): number | null {
  return meanOver(presentGrades(confusion), (grade) => f1(confusion, grade)!)
}

/** Mean recall of the grades that occur in the reference. */
export function balancedAccuracy (confusion: Confusion): number | null {
  const support = supports(confusion)
  return meanOver(presentGrades(confusion), (grade) => rowOf(confusion, grade)[grade]! / support[grade]!)
}

/** The grades that occur in the reference. */
export function presentGrades (confusion: Confusion): number[] {
  return supports(confusion).flatMap((count, grade) => count > 0 ? [grade] : [])
}

/** Spearman's rank correlation of reference and prediction, ties at their mean rank; null where either is constant. */
export function spearman (confusion: Confusion): number | null {
  const [rows, columns] = [centredRanks(supports(confusion)), centredRanks(predictions(confusion))]
  const together = weighted(confusion, (i, j) => rows[i]! * columns[j]!)
  const [ofRows, ofColumns] = [weighted(confusion, (i) => rows[i]! ** 2), weighted(confusion, (_, j) => columns[j]! ** 2)]
  return ofRows === 0 || ofColumns === 0 ? null : together / Math.sqrt(ofRows * ofColumns)
}

/** The mean rank of each grade, minus the mean of all ranks. */
function centredRanks (counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let before = 0
  return counts.map((count) => {
    const rank = before + (count + 1) / 2
    before += count
    return count === 0 ? 0 : rank - (total + 1) / 2
  })
}

function meanOver (grades: readonly number[], value: (grade: number) => number): number | null {
  return grades.length === 0 ? null : grades.reduce((sum, grade) => sum + value(grade), 0) / grades.length
}
