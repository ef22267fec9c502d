import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { PROBLEMS, PROBLEM_TYPE_PREFIX } from './problem-details.js'
import type { ProblemCode } from './problem-details.js'

// TypeBox shapes that two route files or more use, and nothing else.

/** A text that is one of these. An `enum`, because generators make nothing of an `anyOf` of constants. */
export function oneOf<const Values extends readonly string[]> (values: Values, options: Record<string, unknown> = {}) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: values, ...options })
}

/** Several of these, repeated or comma-separated. */
export function severalOf<const Values extends readonly string[]> (values: Values, options: Record<string, unknown> = {}) {
  return Type.Unsafe<Values[number][]>({ type: 'array', items: { type: 'string', enum: values }, minItems: 1, ...options })
}

/** Absent facts are null, in the way OpenAPI 3.1 says it. */
export function nullable<Schema extends TSchema> (schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

export const StudyId = Type.String({ description: 'the study\'s id, as GET /v1/studies lists it', examples: ['study_0255'] })
export const Volume = oneOf(['image', 'mask'], { description: '`image`: the scan, in HU; `mask`: 1 where there is a lesion', examples: ['image'] })

export const StudyParams = Type.Object({ studyId: StudyId })
export const VolumeParams = Type.Object({ studyId: StudyId, volume: Volume })

/** A problem (RFC 9457), as every error is answered. */
export const Problem = Type.Object({
  type: Type.String({ description: `\`${PROBLEM_TYPE_PREFIX}\` and the problem's slug`, examples: [`${PROBLEM_TYPE_PREFIX}study-not-found`] }),
  title: Type.String({ description: 'the same for every problem of the type', examples: ['No such study'] }),
  status: Type.Integer({ description: 'the HTTP status', examples: [404] }),
  detail: Type.String({ description: 'what is wrong this time, for a person' }),
  instance: Type.String({ description: 'id of the request, as in the log and `X-Request-Id`' }),
  errors: Type.Optional(Type.Array(Type.Object({ parameter: Type.String(), detail: Type.String() }), { description: 'of a 400: what is wrong with each parameter' })),
  retry: Type.Optional(Type.Boolean({ description: 'false where trying again cannot help' }))
}, { $id: 'Problem', description: 'Any error (RFC 9457).' })

const HEADER_OF_STATUS: Readonly<Record<number, Record<string, object>>> = {
  401: { 'WWW-Authenticate': { type: 'string', description: '`Bearer`' } },
  405: { Allow: { type: 'string', description: 'the methods that are allowed' } },
  416: { 'Content-Range': { type: 'string', description: '`bytes */` and the size' } },
  429: { 'Retry-After': { type: 'integer', description: 'seconds' } },
  503: { 'Retry-After': { type: 'integer', description: 'seconds' } }
}

/** The problem responses of an operation, by status; those of one status are described together. */
export function problems (...codes: ProblemCode[]): Record<number, object> {
  const responses: Record<number, { description: string, headers?: object, content: object }> = {}
  for (const code of [...codes, 'invalid-request', 'unauthorized', 'too-many-requests', 'internal-error', 'overloaded'] as const) {
    const { status, when } = PROBLEMS[code]
    const before = responses[status]
    if (before?.description.includes(`\`${code}\``) === true) continue
    responses[status] = {
      description: `${before === undefined ? '' : `${before.description} `}\`${code}\`: ${when}`,
      ...(HEADER_OF_STATUS[status] !== undefined && { headers: HEADER_OF_STATUS[status] }),
      content: { 'application/problem+json': { schema: Type.Ref('Problem'), ...before?.content } }
    }
  }
  return responses
}

/** A binary answer: bytes and nothing else, so that generated clients hand them on as they are. */
export function binary (mediaType: string, description: string, headers: Record<string, object> = {}) {
  return { description, headers, content: { [mediaType]: { schema: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' }) } } }
}

/** The answer to an If-None-Match that holds: no body, and nothing was decoded for it. */
export const notModified = { description: 'The client has the current representation already.', type: 'null' }
