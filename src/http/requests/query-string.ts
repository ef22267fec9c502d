import { parse } from 'node:querystring'
import { InvalidRequest } from '../../errors.js'

/** Far above any regular request: a URL names one thing and a few parameters. */
const MAX_URL_BYTES = 8_192

/**
 * Parse a query string. A parameter that is given twice becomes an array, which only a list's schema accepts, so that
 * it is refused where it must stand once.
 */
export function parseQuery (text: string): Record<string, unknown> {
  return { ...parse(text, '&', '=', { maxKeys: 0 }) }
}

/** @throws InvalidRequest for a URL over 8 KiB */
export function refuseLongUrl (url: string): void {
  if (url.length <= MAX_URL_BYTES) return
  throw new InvalidRequest([{ parameter: 'url', detail: `has ${url.length} bytes; up to ${MAX_URL_BYTES} are read` }])
}
