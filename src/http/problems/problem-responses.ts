import { Type } from 'typebox'
import { PERMANENT, PROBLEMS, PROBLEM_TYPE_PREFIX } from './problem-details.js'
import type { ProblemCode } from './problem-details.js'

export const PROBLEM_JSON = 'application/problem+json'

/** A problem (RFC 9457), as every error is answered. */
export const Problem = Type.Object({
  type: Type.String({ description: `URI of the problem type: \`${PROBLEM_TYPE_PREFIX}\` and its slug`, examples: [`${PROBLEM_TYPE_PREFIX}study-not-found`] }),
  title: Type.String({ description: 'title of the problem type', examples: ['No such study'] }),
  status: Type.Integer({ description: 'HTTP status', examples: [404] }),
  detail: Type.String({ description: 'what is wrong in this request, as a text for people', examples: ['No study has the id "study_9999"; GET /v1/studies lists them.'] }),
  instance: Type.String({ description: 'id of the request, as in the log and `X-Request-Id`', examples: ['1338903f-ef84-4082-8e1b-9cba49d386c3'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    parameter: Type.String({ description: 'name of the parameter', examples: ['window'] }),
    detail: Type.String({ description: 'what is wrong with the parameter', examples: ['is not a parameter of this route'] })
  }), { description: 'faults of the parameters (400 only)' })),
  revision: Type.Optional(Type.String({ description: 'current revision of the dataset (410 only)', examples: ['2c26b46b68ffc68f'] })),
  retry: Type.Optional(Type.Boolean({ description: 'false if retrying cannot help; else absent', examples: [false] }))
}, { $id: 'Problem', description: 'Any error (RFC 9457).' })

/** What each problem says, for one occurrence of it. */
const DETAILS: Readonly<Record<ProblemCode, string>> = {
  'invalid-request': 'windw: is not a parameter of this route',
  unauthorized: 'A key is needed: send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`, or as the password of `Authorization: Basic`.',
  'study-not-found': 'No study has the id "study_9999"; GET /v1/studies lists them.',
  'mask-not-found': 'study_0001 has no mask.',
  'slice-not-found': 'axial slice 38 is outside 0..37',
  'route-not-found': 'Nothing is served under /v2; GET /docs lists the routes.',
  'volume-missing': 'The file of the image of study_0255 is not there.',
  'evaluations-off': 'This service keeps no evaluations: EVALUATIONS_FILE is not set.',
  'evaluation-not-found': 'No evaluation has the id "3f1c0d9e8b7a6f54"; GET /v1/evaluations.json lists them.',
  'targets-differ': 'The two evaluations have different targets: 12 studies and 50 studies.',
  'geometry-mismatch': 'The prediction is not on the grid of the reference in any orientation: the prediction has shape 256 x 256 x 36; the reference has shape 512 x 512 x 36.',
  'prediction-unreadable': 'The prediction cannot be read: the file ends within a gzip member (at compressed byte 4096)',
  'method-not-allowed': 'DELETE is not allowed here; GET, HEAD are.',
  'revision-gone': 'The revision "5d41402abc4b2a76" is not the current one; that is 2c26b46b68ffc68f.',
  'body-too-large': 'The body is over the limit of 1 MiB.',
  'unsupported-media-type': 'The body must be application/json.',
  'range-not-satisfiable': 'The range starts past the end, 21495808 bytes.',
  'too-many-requests': 'More requests than the limit allows; come back in 2 seconds.',
  'volume-unreadable': 'studies/CT-1/study_0255.nii.gz: the gzip stream ends early',
  'orientation-unknown': 'The header does not state the orientation of the volume: its sform is all zero and there is no qform. Left and right are unknown, so planes, letters and radiological order are not available; slices along k are served with plane=axial and orientation=native, without labels.',
  'internal-error': 'The service failed; its log has the details under this request id.',
  overloaded: 'The service cannot answer now (the decoding queue is full); try again in 2 s.',
  'catalog-building': 'study_0255 is still being read into the catalog.'
}

/** A whole problem of each kind. */
export const EXAMPLE_OF_PROBLEM: Readonly<Record<string, { title: string }>> = Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status, title }]) => [code, {
  type: PROBLEM_TYPE_PREFIX + code,
  title,
  status,
  detail: DETAILS[code as ProblemCode],
  instance: '1338903f-ef84-4082-8e1b-9cba49d386c3',
  ...(code === 'invalid-request' && { errors: [{ parameter: 'windw', detail: 'is not a parameter of this route' }] }),
  ...(code === 'revision-gone' && { revision: '2c26b46b68ffc68f' }),
  ...(PERMANENT.has(code as ProblemCode) && { retry: false })
}]))

const RETRY_AFTER = { 'Retry-After': { type: 'integer', minimum: 0, description: 'seconds after which to retry', example: 2 } }
const HEADERS_OF_STATUS: Readonly<Record<number, Record<string, object>>> = {
  401: { 'WWW-Authenticate': { type: 'string', description: 'authentication scheme: always `Bearer`', example: 'Bearer' } },
  405: { Allow: { type: 'string', description: 'methods that the path supports', example: 'GET, HEAD' } },
  416: { 'Content-Range': { type: 'string', description: 'size of the file, as `bytes */{size}`', example: 'bytes */21495808' } },
  429: RETRY_AFTER,
  503: RETRY_AFTER
}

const ANYWHERE = ['invalid-request', 'unauthorized', 'too-many-requests', 'internal-error', 'overloaded'] as const

/** The problem responses of an operation, by status; those of one status are described together. */
export function problems (...codes: ProblemCode[]): Record<number, object> {
  return onlyProblems(...codes, ...ANYWHERE)
}

/** The same, without those that may come anywhere. */
export function onlyProblems (...codes: ProblemCode[]): Record<number, object> {
  const responses: Record<number, object> = {}
  const statuses = new Set(codes.map((code) => PROBLEMS[code].status))
  for (const status of statuses) {
    const ofStatus = [...new Set(codes)].filter((code) => PROBLEMS[code].status === status)
    responses[status] = {
      description: ofStatus.map((code) => `\`${code}\`: ${PROBLEMS[code].when}`).join(' '),
      ...(HEADERS_OF_STATUS[status] !== undefined && { headers: HEADERS_OF_STATUS[status] }),
      content: { [PROBLEM_JSON]: { schema: Type.Ref('Problem'), examples: Object.fromEntries(ofStatus.map((code) => [code, {}])) } }
    }
  }
  return responses
}
