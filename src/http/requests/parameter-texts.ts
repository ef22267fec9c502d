import type { preValidationHookHandler } from 'fastify'
import fp from 'fastify-plugin'

/** The part of a JSON schema that says how the text of a parameter is read. */
interface ParameterSchema { type?: string, items?: ParameterSchema }
interface ParametersSchema { properties?: Readonly<Record<string, ParameterSchema>> }

/** Numbers as a request writes them. JavaScript would also take `1e3`, `0x10`, ` 5`, `16.0` and `Infinity`. */
const PLAIN_DIGITS: Readonly<Record<string, RegExp>> = { integer: /^-?\d{1,300}$/, number: /^-?\d{1,300}(?:\.\d{1,300})?$/ }

/**
 * Reads the texts of a query or a path as the route's schema declares them, before they are validated: a list may stand
 * comma-separated in one text, and a number is written in plain decimal digits. What is no such number is handed on in
 * quotes, so that the validator refuses it by its name, beside all else that is wrong.
 */
export const parameterTexts = fp(async (app) => {
  app.addHook('onRoute', (route) => {
    const { querystring, params } = (route.schema ?? {}) as { querystring?: ParametersSchema, params?: ParametersSchema }
    const [readQuery, readParams] = [readerOf(querystring), readerOf(params)]
    if (readQuery === undefined && readParams === undefined) return
    const read: preValidationHookHandler = (request, _reply, done) => {
      readQuery?.(request.query as Record<string, unknown>)
      readParams?.(request.params as Record<string, unknown>)
      done()
    }
    route.preValidation = [read, ...[route.preValidation ?? []].flat()]
  })
}, { name: 'parameter-texts' })

/** Changes the texts of one request in place; undefined where every parameter is text. */
function readerOf ({ properties = {} }: ParametersSchema = {}): ((values: Record<string, unknown>) => void) | undefined {
  const lists = Object.keys(properties).filter((name) => properties[name]!.type === 'array')
  const numbers = Object.entries(properties).flatMap(([name, { type, items }]) => {
    const pattern = PLAIN_DIGITS[(type === 'array' ? items?.type : type) ?? '']
    return pattern === undefined ? [] : [[name, pattern] as const]
  })
  if (lists.length === 0 && numbers.length === 0) return undefined
  return (values) => {
    for (const name of lists) {
      const value = values[name] as string | string[] | undefined
      if (value !== undefined) values[name] = [value].flat().flatMap((part) => part.split(','))
    }
    for (const [name, pattern] of numbers) {
      const value = values[name] as string | string[] | undefined
      if (typeof value === 'string') values[name] = checked(value, pattern)
      else if (value !== undefined) values[name] = value.map((one) => checked(one, pattern))
    }
  }
}

function checked (text: string, pattern: RegExp): string {
  return pattern.test(text) ? text : JSON.stringify(text)
}
