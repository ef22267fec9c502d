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
    ...annotated.length > 0 && annotated.length < FEW ? [`The target has ${annotated.length} masks: with so few, other studies could give very different figures.`] : [],
    ...annotated.length > 0 && absent.length > 0 ? [`Only studies of ${list(grades)} have masks: the figures do not show how the algorithm outlines ${list(absent)}.`] : [],
    ...missing > 0 ? [`${missing} of ${annotated.length} masks were not sent and count as empty.`] : [],
    ...empty > 0 ? [`${empty} reference masks are empty: their Dice is 0 or undefined.`] : [],
    ...dice === null && annotated.length > 0 ? ['No study has a defined Dice.'] : [],
    ...annotated.length > 0 ? ['Few people drew the masks. Two readers differ, and an algorithm cannot agree better with one of them than another reader does.'] : []
  ]
}

/** The grades that occur, ascending. */
function gradesOf (studies: RunSummary['target']): number[] {
  return [...new Set(studies.flatMap(({ severity }) => severity ?? []))].sort()
}
