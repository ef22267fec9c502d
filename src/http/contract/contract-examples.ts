import { operationsOf } from './contract-parts.js'
import type { Document, Parameter, Response, Schema } from './contract-parts.js'

type Schemas = Readonly<Record<string, Schema>>

/**
 * Give every parameter, and every answer in JSON or text, an example where its description has none. The example is put
 * together from those of its parts, so each value is written once.
 */
export function completeExamples (document: Document): void {
  const schemas = (document.components?.schemas ?? {}) as Schemas
  for (const operation of operationsOf(document)) {
    for (const parameter of (operation.parameters ?? []) as Parameter[]) {
      if (parameter.example !== undefined || parameter.examples !== undefined) continue
      setExample(parameter, exampleOf(parameter.schema as Schema, schemas))
    }
    const answers = Object.values(operation.responses ?? {}).flatMap((response) => Object.values((response as Response).content ?? {}))
    const bodies = operation.requestBody !== undefined && 'content' in operation.requestBody ? Object.values(operation.requestBody.content) : []
    for (const media of [...answers, ...bodies]) {
      const schema = media.schema as Schema
      if (media.example !== undefined || media.examples !== undefined || schema.format === 'binary') continue
      setExample(media, exampleOf(schema, schemas))
    }
  }
}

function setExample (holder: { example?: unknown }, example: unknown): void {
  if (example !== undefined) holder.example = example
}

/** A value the schema accepts; undefined where some part of it has no example. */
export function exampleOf (schema: Schema, schemas: Schemas): unknown {
  if ('$ref' in schema && typeof schema.$ref === 'string') return exampleOf(schemas[schema.$ref.split('/').pop()!]!, schemas)
  const said = schema.examples?.[0] ?? schema.example ?? schema.default ?? schema.const ?? schema.enum?.[0]
  if (said !== undefined) return said
  const first = (schema.anyOf ?? schema.oneOf)?.[0]
  if (first !== undefined) return exampleOf(first as Schema, schemas)
  switch (schema.type) {
    case 'boolean': return true
    case 'null': return null
    case 'array': return wholeOrNothing([exampleOf(schema.items as Schema, schemas)])
    case 'object': return exampleOfObject(schema, schemas)
    default: return undefined
  }
}

function exampleOfObject ({ properties = {}, additionalProperties }: Schema, schemas: Schemas): unknown {
  const names = Object.keys(properties)
  // The schema of an open map does not say which keys it holds.
  if (names.length === 0 && additionalProperties !== false) return undefined
  const values = wholeOrNothing(Object.values(properties).map((property) => exampleOf(property as Schema, schemas)))
  return values === undefined ? undefined : Object.fromEntries(names.map((name, n) => [name, values[n]]))
}

function wholeOrNothing (values: unknown[]): unknown[] | undefined {
  return values.includes(undefined) ? undefined : values
}
