import { MOST_MISSED } from './missed.js'
import type { SeverityScore } from './severity-score.js'

/** With fewer studies of a grade, its interval says little. */
const FEW = 10

/**
 * The limits of the numbers, in sentences.
 *
 * @param missing target studies without a prediction, which are not scored
 * @param grades  number of grades that the dataset has
 * @param caveat  of the dataset's grades
 */
export function severityCaveats ({ severity, missedTotal }: SeverityScore, missing: number, grades: number, caveat?: string): string[] {
  const few = severity.classes.filter(({ support }) => support > 0 && support < FEW)
  const absent = severity.classes.filter(({ support }, grade) => support === 0 && grade < grades)
  return [
    ...absent.length > 0 ? [`No scored study is ${absent.map(({ category }) => category).join(', ')}: the figures do not show how the algorithm grades such studies.`] : [],
    ...few.map(({ category, support }) => `${category} has ${support} ${support === 1 ? 'study' : 'studies'}: its precision and recall can be almost anything within their intervals.`),
    ...missing > 0 ? [`${missing} target ${missing === 1 ? 'study has' : 'studies have'} no prediction and ${missing === 1 ? 'is' : 'are'} left out: if the algorithm failed on hard studies, every figure is too good.`] : [],
    ...missedTotal > MOST_MISSED ? [`${missedTotal} studies were missed; the ${MOST_MISSED} worst are listed.`] : [],
    'Predictive values (ppv, npv) and average precision depend on the share of sick studies in this target; they do not carry over to another hospital.',
    ...caveat === undefined ? [] : [caveat]
  ]
}
