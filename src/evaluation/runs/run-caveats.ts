import { gradeName } from '../severity/grade-name.js'
import type { RunSummary } from './run-store.js'

/** With fewer masks, intervals say little. */
const FEW = 10

/** The limits of the figures of a run's masks, in sentences. @param names of the grades */
export function runCaveats ({ target, scored, dice }: Pick<RunSummary, 'target' | 'scored' | 'dice'>, names: readonly string[]): string[] {
  const list = (of: readonly number[]) => of.map((grade) => gradeName(names, grade)).join(', ')
  const annotated = target.filter(({ mask }) => mask !== null)
  const empty = annotated.filter(({ mask }) => mask!.voxels === 0).length
  const grades = gradesOf(annotated)
  const absent = gradesOf(target).filter((grade) => !grades.includes(grade))
  const missing = annotated.length - scored
  return [
    ...annotated.length === 0 ? ['No study of the target has a mask: there is nothing to compare masks with.'] : [],
    ...annotated.length > 0 && annotated.length < FEW ? [`The target has ${annotated.length} masks: with so few, another choice of studies could give quite other figures.`] : [],
    ...annotated.length > 0 && absent.length > 0 ? [`Masks are of studies of ${list(grades)} only: nothing is known of how the algorithm outlines ${list(absent)}.`] : [],
    ...missing > 0 ? [`${missing} of ${annotated.length} masks were not sent and count as empty.`] : [],
    ...empty > 0 ? [`${empty} reference masks are empty: there Dice is 0 or not defined.`] : [],
    ...dice === null && annotated.length > 0 ? ['Dice is defined for no study.'] : [],
    ...annotated.length > 0 ? ['Masks were drawn by few people: two readers differ, and no algorithm can agree better with one of them than another reader does.'] : []
  ]
}

/** The grades that occur, ascending. */
function gradesOf (studies: RunSummary['target']): number[] {
  return [...new Set(studies.flatMap(({ severity }) => severity ?? []))].sort()
}
