import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ClientGone, InvalidRequest, Overloaded } from '../../errors.js'
import type { RequestFault, ServableFault } from '../../errors.js'
import { requestFaults } from './request-faults.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** media type of the body, where it is not JSON */
    bodyType?: string
  }
}

/** Faults that only HTTP knows; the domain's are in errors.ts. */
type HttpCode = 'unauthorized' | 'route-not-found' | 'method-not-allowed' | 'body-too-large' | 'unsupported-media-type' | 'too-many-requests' | 'internal-error'
export type ProblemCode = ServableFault['code'] | HttpCode

/** Every problem niiserve can answer with (RFC 9457); a code without a row here does not compile. */
export const PROBLEMS: Readonly<Record<ProblemCode, { status: number, title: string, when: string }>> = Object.freeze({
  'invalid-request': { status: 400, title: 'Invalid request', when: 'A parameter is unknown, repeated, malformed or out of range, or two parameters conflict.' },
  unauthorized: { status: 401, title: 'Key missing or wrong', when: 'The service requires a key, and the request has none or a wrong one.' },
  'study-not-found': { status: 404, title: 'No such study', when: 'The catalog has no study with that id.' },
  'mask-not-found': { status: 404, title: 'Study without a mask', when: 'The study has no lesion mask.' },
  'slice-not-found': { status: 404, title: 'No such slice', when: 'The index is outside the volume; the detail names the valid range.' },
  'route-not-found': { status: 404, title: 'No such route', when: 'Nothing is served under that path.' },
  'volume-missing': { status: 404, title: 'File missing', when: 'The catalog lists the file, but it does not exist, or not in the requested form.' },
  'evaluations-off': { status: 404, title: 'No evaluations kept', when: 'The service keeps no evaluations: EVALUATIONS_FILE is not set.' },
  'evaluation-not-found': { status: 404, title: 'No such evaluation', when: 'There is no evaluation with that id.' },
  'method-not-allowed': { status: 405, title: 'Method not allowed', when: 'The path does not support the method; `Allow` lists those that it supports.' },
  'targets-differ': { status: 409, title: 'Targets differ', when: 'The evaluations were scored on different studies or references, or a reference has changed since.' },
  'revision-gone': { status: 410, title: 'Not the current revision', when: 'The `rev` in the address is not the current revision; the body names the current one.' },
  'body-too-large': { status: 413, title: 'Body too large', when: 'The body of the request exceeds the size limit, compressed or decoded.' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type', when: 'The body of the request does not have the media type that the route accepts.' },
  'range-not-satisfiable': { status: 416, title: 'Range not satisfiable', when: 'The range starts past the end; `Content-Range` states the size.' },
  'geometry-mismatch': { status: 422, title: 'Geometry mismatch', when: 'The predicted mask is not on the grid of the reference; the detail names both grids.' },
  'prediction-unreadable': { status: 422, title: 'Prediction unreadable', when: 'The predicted mask is damaged, truncated or of an unsupported kind.' },
  'too-many-requests': { status: 429, title: 'Too many requests', when: 'The key or address has reached its rate limit; `Retry-After` says when to retry.' },
  'volume-unreadable': { status: 500, title: 'File unreadable', when: 'The file is corrupt or of an unsupported kind. Retrying does not help until the file changes.' },
  'orientation-unknown': { status: 409, title: 'Orientation unknown', when: 'The request needs the orientation of the volume in the patient, and the header does not state it. `orientation=native` does not need it.' },
  'internal-error': { status: 500, title: 'Internal error', when: 'A fault of the service; its log has the details under the request id.' },
  overloaded: { status: 503, title: 'Overloaded', when: 'The service cannot answer now, for example because a queue is full; `Retry-After` says when to retry.' },
  'catalog-building': { status: 503, title: 'Catalog building', when: 'The study is still being read into the catalog; `Retry-After` says when to retry.' }
})

/** These problems last until a file changes: retrying does not help. */
export const PERMANENT: ReadonlySet<ProblemCode> = new Set(['volume-unreadable', 'orientation-unknown'])

export const PROBLEM_TYPE_PREFIX = 'urn:niiserve:problem:'

/** A fault of the request that only HTTP can have. */
export class HttpFault extends Error {
  constructor (readonly code: HttpCode, detail: string, readonly headers: Readonly<Record<string, string>> = {}) {
    super(detail)
  }
}

/** The body of a problem, and the headers that go with it. */
interface Problem { code: ProblemCode, detail: string, errors?: readonly RequestFault[], revision?: string, headers?: Readonly<Record<string, string>> }

/** Turns whatever is thrown into `application/problem+json`, in this one place. */
export const problemDetails = fp(async (app) => {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const allow = app.allowedMethods(path)
    // A route can answer "not found" itself, for example one that serves the files of a folder.
    if (allow.length === 0 || allow.includes(request.method)) return app.pageInstead?.(request, reply.code(PROBLEMS['route-not-found'].status)) ?? sendProblem(request, reply, { code: 'route-not-found', detail: `Nothing is served under ${path}; GET /docs lists the routes.` })
    return sendProblem(request, reply, {
      code: 'method-not-allowed',
      detail: `${request.method} is not allowed here; ${allow.join(', ')} ${allow.length > 1 ? 'are' : 'is'}.`,
      headers: { allow: allow.join(', ') }
    })
  })
}, { name: 'problem-details', dependencies: ['allowed-methods'] })

/** Answer any error. The client is told about it; from status 500 on it is also logged. */
export function answerError (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ClientGone) return closed(reply)
  const problem = problemOf(error, request)
  if (problem.code === 'internal-error') request.log.error({ err: error }, 'request failed')
  else if (PROBLEMS[problem.code].status >= 500) request.log.warn({ problem: problem.code, detail: problem.detail }, 'request refused')
  return sendProblem(request, reply, problem)
}

function problemOf (error: FastifyError | ServableFault | HttpFault, request: FastifyRequest): Problem {
  if (error instanceof HttpFault) return { code: error.code, detail: error.message, headers: error.headers }
  if (error instanceof InvalidRequest) return { code: error.code, detail: error.message, errors: error.errors }
  if (isServable(error)) {
    return {
      code: error.code,
      detail: error.message,
      ...('retryAfterSeconds' in error && { headers: { 'retry-after': String(error.retryAfterSeconds) } }),
      ...('revision' in error && { revision: error.revision }),
      ...('size' in error && { headers: { 'content-range': `bytes */${error.size}` } })
    }
  }
  const faults = requestFaults(error)
  if (faults !== undefined) return problemOf(new InvalidRequest(faults), request)
  return fastifyProblem(error, request)
}

function isServable (error: Error): error is Exclude<ServableFault, InvalidRequest> {
  return 'code' in error && typeof error.code === 'string' && error.code in PROBLEMS
}

/** What Fastify itself refuses. */
function fastifyProblem (error: FastifyError, request: FastifyRequest): Problem {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': return { code: 'body-too-large', detail: `The body is over the limit of ${(request.routeOptions.bodyLimit ?? 2 ** 20) / 2 ** 20} MiB.` }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': return { code: 'unsupported-media-type', detail: `The body must be ${request.routeOptions.config?.bodyType ?? 'application/json'}.` }
  }
  if (error instanceof SyntaxError || error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY' || error.code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return { code: 'invalid-request', detail: 'body: is not JSON', errors: [{ parameter: 'body', detail: 'is not JSON' }] }
  }
  if (error.code === 'FST_ERR_BAD_URL' || error.code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return { code: 'invalid-request', detail: 'path: cannot be decoded', errors: [{ parameter: 'path', detail: 'cannot be decoded' }] }
  }
  if (error.statusCode === 429) return { code: 'too-many-requests', detail: error.message }
  if (error.statusCode === 503) return problemOf(new Overloaded('it is stopping'), request)
  return { code: 'internal-error', detail: 'The service failed; its log has the details under this request id.' }
}

/** Headers about the request: they stay when the answer becomes a problem. */
const KEPT_HEADERS = /^(x-|connection$|access-control-|cross-origin-|referrer-policy$|vary$|ratelimit|retry-after$|content-security-policy$|strict-transport)/

/** Send a problem (RFC 9457, section 3). */
export function sendProblem (request: FastifyRequest, reply: FastifyReply, { code, detail, errors, revision, headers = {} }: Problem): FastifyReply {
  const { status, title } = PROBLEMS[code]
  request.server.countProblem?.(code)
  const body = {
    type: PROBLEM_TYPE_PREFIX + code,
    title,
    status,
    detail,
    instance: request.id,
    ...(errors !== undefined && { errors }),
    ...(revision !== undefined && { revision }),
    ...(PERMANENT.has(code) && { retry: false })
  }
  // The other headers describe the answer that was not sent; they are not true of the problem.
  for (const name of Object.keys(reply.getHeaders())) if (!KEPT_HEADERS.test(name)) reply.removeHeader(name)
  // A URL that cannot be decoded gets here without passing any hook, so the id is set here too.
  return reply.code(status).headers({ 'x-request-id': request.id, 'cache-control': 'no-store', ...headers }).type('application/problem+json').serializer(JSON.stringify).send(body)
}

/** Answer a connection whose bytes are not an HTTP request, or exceed the limit, with a problem too, and close it. */
export function refuseConnection (error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, detail] = error.code === 'HPE_HEADER_OVERFLOW'
    ? [431, 'The request line and headers are over 16 KiB.'] as const
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'The request did not arrive in time.'] as const
      : [400, 'This is not an HTTP request.'] as const
  const body = JSON.stringify({ type: `${PROBLEM_TYPE_PREFIX}invalid-request`, title: PROBLEMS['invalid-request'].title, status, detail, instance: randomUUID() })
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}

/** The client is gone: send nothing. */
function closed (reply: FastifyReply): FastifyReply {
  reply.raw.destroy()
  return reply.hijack()
}
