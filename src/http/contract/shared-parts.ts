import { isDeepStrictEqual } from 'node:util'
import { operationsOf } from './contract-parts.js'
import type { Document, Schema } from './contract-parts.js'

type Part = Record<string, unknown>

/** Marks a schema that the contract holds once, under this name: see `named`. */
export const NAME_KEY = 'x-name'

/**
 * Say once, under `components`, what several operations say alike: schemas that have a name, and equal parameters,
 * headers and responses. Generated clients get one type for each, and the document is a third as long.
 */
export function shareParts (document: Document): void {
  const components = document.components as Record<string, Part>
  liftSchemas(document, components.schemas ??= {})
  const operations = operationsOf(document) as unknown as Part[]
  const responses = operations.flatMap(({ responses = {} }) => Object.entries(responses as Record<string, Part>).map(([status, response]) => ({ holder: responses as Part, key: status, part: response })))
  const headers = responses.flatMap(({ part }) => Object.entries((part.headers ?? {}) as Record<string, Part>).map(([name, header]) => ({ holder: part.headers as Part, key: name, part: header })))
  const parameters = operations.flatMap(({ parameters = [] }) => (parameters as Part[]).map((part, n) => ({ holder: parameters as unknown as Part, key: String(n), part })))
  // Headers first: responses are then equal where their headers are.
  share('headers', headers, ({ key }) => key.replaceAll('-', ''))
  // No parameter is named as a schema: oapi-codegen makes a type of each.
  share('parameters', parameters, ({ part }) => `${pascal(String(part.name))}Parameter`)
  share('responses', responses, ({ key, part }) => key === '304' ? 'NotModified' : problemsIn(part).map(pascal).join('Or'))

  function share (kind: string, places: Place[], nameOf: (place: Place) => string): void {
    const kept: Part = components[kind] ??= {}
    const byContent = new Map<string, Place[]>()
    for (const place of places) {
      const content = JSON.stringify(place.part)
      byContent.set(content, [...byContent.get(content) ?? [], place])
    }
    for (const [, equal] of byContent) {
      const name = nameOf(equal[0]!)
      if (equal.length < 2 || name === '') continue
      const free = freeName(name, kept)
      kept[free] = equal[0]!.part
      for (const { holder, key } of equal) holder[key] = { $ref: `#/components/${kind}/${free}` }
    }
  }
}

/** Where a part stands: `holder[key]`. */
interface Place { holder: Part, key: string, part: Part }

function freeName (name: string, taken: Part): string {
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}${n}`
    if (!(free in taken)) return free
  }
}

function problemsIn ({ content = {} }: Part): string[] {
  return Object.keys(((content as Record<string, Part>)['application/problem+json']?.examples ?? {}) as Part)
}

function pascal (text: string): string {
  return text.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** Move every schema that has a name among the components. @throws Error when two schemas of one name differ */
function liftSchemas (document: Document, schemas: Part): void {
  const lift = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(lift)
    if (node === null || typeof node !== 'object') return node
    const { [NAME_KEY]: name, ...rest } = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === 'example' || key === 'examples' ? value : lift(value)])) as Part
    const schema = forGenerators(rest)
    if (typeof name !== 'string') return schema
    // What a value means where it stands, and what it is when nothing is said, is said there.
    const { description, default: byDefault, examples: _examples, ...values } = schema
    const isObject = schema.type === 'object'
    const shared = isObject ? schema : values
    if (name in schemas && !isDeepStrictEqual(schemas[name], shared)) throw new Error(`two schemas are named ${name} and differ`)
    schemas[name] = shared
    const said = isObject ? {} : { ...(description !== undefined && { description }), ...(byDefault !== undefined && { default: byDefault }) }
    return { $ref: `#/components/schemas/${name}`, ...said }
  }
  document.paths = lift(document.paths) as NonNullable<Document['paths']>
  for (const [name, schema] of Object.entries(schemas)) schemas[name] = lift(schema)
}

/** Go, Java and Kotlin of openapi-generator do not compile where an array has a default, or enums that are `uniqueItems`; the words say both. */
function forGenerators (schema: Part): Part {
  if (schema.type !== 'array') return schema
  const { default: _default, uniqueItems, ...rest } = schema as Schema & Part
  const items = rest.items as Part | undefined
  const isOfEnums = items?.enum !== undefined || items?.$ref !== undefined
  return { ...rest, ...(uniqueItems !== undefined && !isOfEnums && { uniqueItems }) }
}
