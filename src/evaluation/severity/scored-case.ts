/** The grades, from none to the most severe: CT-0 to CT-4 of MosMedData. */
export const GRADES = [0, 1, 2, 3, 4] as const
export const GRADE_COUNT = GRADES.length

/** A study with its reference grade and an algorithm's output. */
export interface ScoredCase {
  id: string
  /** grade of the reference, 0 to 4 */
  reference: number
  /** predicted grade, 0 to 4 */
  predicted: number
  /** of each grade; all cases have them or none has */
  probabilities?: readonly number[] | undefined
  /** higher is sicker; all cases have one or none has */
  score?: number | undefined
}

/** The sort value of a case at threshold t: the probability of grade t or more, else its score; undefined without both. */
export function scoreAt ({ probabilities, score }: ScoredCase, threshold: number): number | undefined {
  return probabilities?.slice(threshold).reduce((sum, p) => sum + p, 0) ?? score
}
