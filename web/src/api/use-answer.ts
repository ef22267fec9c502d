import { useEffect, useState } from 'preact/hooks'
import type { Changes } from '../state/search.js'
import { address } from '../state/location.js'
import { ApiProblem, fetchJson } from './client.js'

/** An answer on its way: the last one stays until the next is there, so that nothing flickers. */
export interface Coming<Answer> { answer: Answer | undefined, problem: ApiProblem | undefined, isLoading: boolean }

/**
 * Ask the API, and again whenever the question changes; the question before is then given up.
 *
 * @param to  null asks nothing
 */
export function useAnswer<Answer> (to: string | null, query: Changes = {}): Coming<Answer> {
  const [state, setState] = useState<Coming<Answer>>({ answer: undefined, problem: undefined, isLoading: true })
  const question = to === null ? null : address(to, query)
  useEffect(() => {
    if (question === null || to === null) return
    const controller = new AbortController()
    setState((last) => ({ ...last, isLoading: true }))
    fetchJson<Answer>(to, query, { signal: controller.signal }).then(
      (answer) => setState({ answer, problem: undefined, isLoading: false }),
      (problem: Error) => {
        if (controller.signal.aborted) return
        setState((last) => ({ ...last, problem: problem instanceof ApiProblem ? problem : new ApiProblem('fault', 'A fault of the page', problem.message, 0), isLoading: false }))
      }
    )
    return () => controller.abort()
  }, [question])
  return state
}
