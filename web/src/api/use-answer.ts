import { useEffect, useState } from 'preact/hooks'
import type { Changes } from '../state/search.js'
import { address } from '../state/location.js'
import { ApiProblem, fetchJson } from './client.js'

/** An answer on its way: the last one stays until the next is there, so that nothing flickers. */
export interface Coming<Answer> { answer: Answer | undefined, problem: ApiProblem | undefined, isLoading: boolean }

/** Questions in flight; `data-asking` on the root says that there are any. */
let asking = 0

/**
 * Ask the API, and again whenever the question changes; the question before is then given up.
 *
 * @param to  null asks nothing
 */
export function useAnswer<Answer> (to: string | null, query: Changes = {}): Coming<Answer> {
  const [known, setKnown] = useState<{ of: string | null, answer: Answer | undefined, problem: ApiProblem | undefined }>({ of: null, answer: undefined, problem: undefined })
  const question = to === null ? null : address(to, query)
  useEffect(() => {
    if (question === null || to === null) return
    const controller = new AbortController()
    noteAsking(1)
    fetchJson<Answer>(to, query, { signal: controller.signal }).then(
      (answer) => setKnown({ of: question, answer, problem: undefined }),
      (fault: Error) => {
        if (controller.signal.aborted) return
        const problem = fault instanceof ApiProblem ? fault : new ApiProblem('fault', 'A fault of the page', fault.message, 0)
        setKnown(({ answer }) => ({ of: question, answer, problem }))
      }
    ).finally(() => noteAsking(-1))
    return () => controller.abort()
  }, [question])
  return { answer: known.answer, problem: known.problem, isLoading: question !== null && known.of !== question }
}

function noteAsking (change: 1 | -1): void {
  asking += change
  document.documentElement.toggleAttribute('data-asking', asking > 0)
}
