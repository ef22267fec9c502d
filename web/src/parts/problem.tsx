import type { ApiProblem } from '../api/client.js'

/** What went wrong, in the service's own words. */
export function Problem ({ problem }: { problem: ApiProblem | undefined }) {
  if (problem === undefined) return null
  return <p class='notice bad' role='alert'><strong>{problem.title}.</strong> {problem.message}</p>
}
