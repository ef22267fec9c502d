import type { OpenAPIV3_1 as OpenApi } from 'openapi-types'
import { completeExamples } from './contract-examples.js'
import { operationsOf } from './contract-parts.js'
import type { Document, Operation, Parameter, Response, Schema } from './contract-parts.js'
import { shareParts } from './shared-parts.js'
import { CLIENT_PATTERN } from './texts.js'
import { TEXT } from '../answers/text-answers.js'
import { EXAMPLE_OF_PROBLEM, PROBLEM_JSON } from '../problems/problem-responses.js'
import { VOXEL_HEADERS } from './pixel-schemas.js'
import { notModified } from './schemas.js'

const REQUEST_ID = { description: 'id of the request, as in the log of the service', schema: { type: 'string' }, example: '1338903f-ef84-4082-8e1b-9cba49d386c3' } as const

/** The request header of every route that answers conditional requests. */
const IF_NONE_MATCH: Parameter = {
  in: 'header',
  name: 'If-None-Match',
  required: false,
  description: 'ETags that the client holds: if one is current, the answer is 304 and nothing is decoded',
  schema: { type: 'string' },
  example: '"9f86d081884c7d659a2feaa0c55ad015.1.axial.17.native.512x512.npy.int16."'
}

/** Headers that not every answer of its kind has. */
const SOMETIMES = new Set(['Link', 'Slice-Window', 'Array-Affine', 'Warning'])

/** Tags of the operations whose text a client may hold; the others answer of now (probes), or of runs that are being filled. */
const KEPT = new Set(['Discovery', 'Training'])

const TEXT_HEADERS = {
  ETag: { description: 'weak validator: it changes with the text', schema: { type: 'string' }, example: 'W/"9f86d081884c7d659a2feaa0c55ad015"' },
  'Cache-Control': { description: VOXEL_HEADERS['Cache-Control'].description, schema: { type: 'string' }, example: VOXEL_HEADERS['Cache-Control'].example }
} as const

/** Headers that a 304 repeats (RFC 9110, 15.4.5). */
const HEADERS_OF_NOT_MODIFIED = ['ETag', 'Cache-Control', 'Dataset-Revision', 'Link']

/**
 * The contract as clients read it, made from the routes' own schemas. What holds for every operation is added here, once.
 * Where a validator and a code generator read a schema differently, it is written the generator's way.
 */
export function completeContract (document: Document): Document {
  const examples: Record<string, OpenApi.ExampleObject> = {}
  document.components = { ...document.components, examples }
  for (const operation of operationsOf(document)) {
    describeKeptText(operation)
    completeParameters(operation)
    for (const code of completeResponses(operation)) examples[code] = { summary: EXAMPLE_OF_PROBLEM[code]!.title, value: EXAMPLE_OF_PROBLEM[code] }
    if (operation.requestBody !== undefined && 'content' in operation.requestBody) {
      operation.requestBody.required = true
      for (const { schema } of Object.values(operation.requestBody.content)) if (schema !== undefined) asClientsSeeIt(schema as Schema)
    }
  }
  for (const [name, schema] of Object.entries(document.components.schemas ?? {})) if (/Request$/.test(name)) asClientsSeeIt(schema)
  completeExamples(document)
  // A copy: otherwise parts that routes share would be changed for all of them, and become aliases in YAML.
  const contract = JSON.parse(JSON.stringify(document)) as Document
  shareParts(contract)
  return JSON.parse(JSON.stringify(contract))
}

/** A parameter with a default is optional for clients. Ajv fills defaults in before it checks what is required. */
function asClientsSeeIt (schema: Schema): void {
  if (schema.contentMediaType === 'application/octet-stream') {
    delete schema.contentMediaType
    Object.assign(schema, { type: 'string', format: 'binary' })
  }
  const { properties = {}, required } = schema
  for (const property of Object.values(properties as Record<string, Schema>)) showPattern(property)
  if (required === undefined) return
  schema.required = required.filter((name) => (properties[name] as Schema).default === undefined)
}

/** JSON, CSV and NDJSON have an ETag by which a client that holds them gets a 304: `answers/text-answers.ts` does it for all of them. */
function describeKeptText ({ tags = [], responses }: Operation): void {
  const { 200: ok, 304: known } = responses as Record<string, Response>
  if (!tags.some((tag) => KEPT.has(tag)) || known !== undefined || !Object.keys(ok?.content ?? { none: {} }).every((type) => TEXT.test(type))) return
  ok!.headers = { ...ok!.headers, ...structuredClone(TEXT_HEADERS) }
  responses!['304'] = { description: notModified.description }
}

function showPattern (schema: Schema): void {
  const { [CLIENT_PATTERN]: pattern } = schema as { [CLIENT_PATTERN]?: string }
  if (pattern === undefined) return
  delete (schema as { [CLIENT_PATTERN]?: string })[CLIENT_PATTERN]
  schema.pattern = pattern
}

function completeParameters (operation: Operation): void {
  const parameters = (operation.parameters ?? []) as Parameter[]
  if (operation.responses?.['304'] !== undefined) parameters.push({ ...IF_NONE_MATCH })
  for (const parameter of parameters) {
    const schema = parameter.schema as Schema
    if (schema.default !== undefined) parameter.required = false
    showPattern(schema)
    // Header names are not case-sensitive; this is the usual spelling.
    if (parameter.in === 'header') parameter.name = parameter.name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
    if (schema.type === 'array') Object.assign(parameter, { style: 'form', explode: true })
  }
  if (parameters.length > 0) operation.parameters = parameters
}

/** @returns the problems it may answer with */
function completeResponses (operation: Operation): Set<string> {
  const codes = new Set<string>()
  const responses = operation.responses as Record<string, Response>
  const isOpen = operation.security?.length === 0
  if (isOpen) delete responses['401']
  for (const response of Object.values(responses)) {
    const headers = { ...response.headers, 'X-Request-Id': { ...REQUEST_ID } } as Record<string, OpenApi.HeaderObject>
    for (const [name, header] of Object.entries(headers)) {
      liftExample(header)
      header.required = !SOMETIMES.has(name)
    }
    response.headers = headers
    const problem = response.content?.[PROBLEM_JSON]
    if (problem === undefined) continue
    // Problems are components, defined once and referred to where they may occur.
    for (const code of Object.keys(problem.examples ?? {})) codes.add(code)
    problem.examples = Object.fromEntries(Object.keys(problem.examples ?? {}).map((code) => [code, { $ref: `#/components/examples/${code}` }]))
  }
  const notModified = responses['304']
  const ok = responses['200']
  if (notModified === undefined || ok?.headers === undefined) return codes
  const kept = HEADERS_OF_NOT_MODIFIED.filter((name) => ok.headers![name] !== undefined).map((name) => [name, ok.headers![name]!])
  notModified.headers = { ...notModified.headers, ...Object.fromEntries(kept) }
  return codes
}

/** The example of a header belongs to the header, not to its schema. */
function liftExample (header: OpenApi.HeaderObject): void {
  const schema = header.schema as Schema
  if (schema.example === undefined) return
  const { example, ...rest } = schema
  Object.assign(header, { schema: rest })
  header.example = example
}
