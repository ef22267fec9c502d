import { parse } from 'node:querystring'
import { InvalidRequest } from '../../errors.js'

/** No honest request comes near it: a URL names one thing and a few parameters. */
const MAX_URL_BYTES = 8_192

/** Parameters that are lists: repeated, or comma-separated in one. */
const LISTS = new Set(['category', 'status', 'facets', 'arrays', 'study'])

/**
 * Parse a query string. A parameter that is given twice becomes an array, which only a list's schema accepts, so that
 * it is refused where it must stand once.
 */
export function parseQuery (text: string): Record<string, unknown> {
  const query: Record<string, unknown> = { ...parse(text, '&', '=', { maxKeys: 0 }) }
  for (const name of Object.keys(query)) {
    if (LISTS.has(name)) query[name] = [query[name] as string | string[]].flat().flatMap((part) => part.split(','))
  }
  return query
}

/** @throws InvalidRequest for a URL over 8 KiB */
export function refuseLongUrl (url: string): void {
  if (url.length <= MAX_URL_BYTES) return
  throw new InvalidRequest([{ parameter: 'url', detail: `has ${url.length} bytes; up to ${MAX_URL_BYTES} are read` }])
}
