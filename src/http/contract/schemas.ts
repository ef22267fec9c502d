import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'
import { NAME_KEY } from './shared-parts.js'

// TypeBox shapes that two route files or more use, and nothing else.

export { Problem, problems } from '../problems/problem-responses.js'

/** A text that is one of these. An `enum`, because generators make nothing of an `anyOf` of constants. */
export function oneOf<const Values extends readonly string[]> (values: Values, options: Record<string, unknown> = {}) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: values, ...options })
}

/** The contract holds the schema once, under this name, and generated clients have a type of it. */
export function named<Schema extends TSchema> (name: string, schema: Schema): Schema {
  return { ...schema, [NAME_KEY]: name }
}

/** Several of these, repeated or comma-separated. @param name of one of them, if the contract has one */
export function severalOf<const Values extends readonly string[]> (values: Values, options: Record<string, unknown> = {}, name?: string) {
  const one = { type: 'string', enum: values, ...(name !== undefined && { [NAME_KEY]: name }) }
  return Type.Unsafe<Values[number][]>({ type: 'array', items: one, minItems: 1, ...options })
}

/** Values under names that are not known beforehand; an `additionalProperties`, because generators see no `patternProperties`. */
export function mapOf<Schema extends TSchema> (schema: Schema, options: Record<string, unknown> = {}) {
  return Type.Unsafe<Record<string, Static<Schema>>>({ type: 'object', additionalProperties: schema, ...options })
}

/** Several numbers in a row. */
export function numbers (count: number, description: string, example: readonly number[]) {
  return Type.Array(Type.Number(), { minItems: count, maxItems: count, description, examples: [example] })
}

/** An answer in JSON, whose schema has a name. */
export function json (description: string, schema: string, headers: Record<string, object> = {}) {
  return { description, headers, content: { 'application/json': { schema: Type.Ref(schema) } } }
}

/** An answer that is lines of text, sent as they come. */
export function lines (mediaType: string, description: string, example: string) {
  return { description, content: { [mediaType]: { schema: Type.Unsafe<unknown>({ type: 'string' }), example } } }
}

/** No parameters in the query. */
export const NoQuery = Type.Object({}, { additionalProperties: false })

/** Absent facts are null, in the way OpenAPI 3.1 says it. */
export function nullable<Schema extends TSchema> (schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

export const StudyId = Type.String({ description: 'id of the study, as `GET /v1/studies` lists it', examples: ['study_0010'] })
export const Volume = oneOf(['image', 'mask'], { description: 'volume of the study; `image`: the scan in HU; `mask`: 1 at lesion voxels, else 0', examples: ['image'] })

export const StudyParams = Type.Object({ studyId: StudyId })
export const VolumeParams = Type.Object({ studyId: StudyId, volume: Volume })

/** A binary answer: bytes and nothing else, so that generated clients hand them on as they are. */
export function binary (mediaType: string, description: string, headers: Record<string, object> = {}) {
  return { description, headers, content: { [mediaType]: { schema: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' }) } } }
}

/** The answer to an If-None-Match that holds: no body, and nothing was decoded for it. */
export const notModified = { description: 'The client already has the current representation.', type: 'null' }
