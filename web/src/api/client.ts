import { address } from '../state/location.js'
import type { Changes } from '../state/search.js'

/** An answer that is a problem (RFC 9457), or none at all: `code` is then `unreachable`. */
export class ApiProblem extends Error {
  constructor (readonly code: string, readonly title: string, detail: string, readonly status: number, readonly retryAfterSeconds: number | null = null) {
    super(detail)
  }
}

/**
 * GET an answer of the API, whatever it is.
 *
 * @param to  below the root: `v1/studies`
 * @throws ApiProblem; an AbortError when the signal ends it
 */
export async function fetchAnswer (to: string, query: Changes = {}, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(address(to, query), init)
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw new ApiProblem('unreachable', 'No answer', 'The service does not answer. Is it running?', 0)
  }
  if (response.ok) return response
  throw await problemOf(response)
}

/** GET an answer in JSON. @throws as fetchAnswer */
export async function fetchJson<Answer> (to: string, query: Changes = {}, init: RequestInit = {}): Promise<Answer> {
  const response = await fetchAnswer(to, query, init)
  return await response.json() as Answer
}

async function problemOf (response: Response): Promise<ApiProblem> {
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN)
  const body = await response.json().catch(() => ({})) as { type?: string, title?: string, detail?: string }
  return new ApiProblem(
    body.type?.replace('urn:niiserve:problem:', '') ?? 'unknown',
    body.title ?? response.statusText,
    body.detail ?? `The service answered ${response.status}.`,
    response.status,
    Number.isFinite(retryAfter) ? retryAfter : null
  )
}
