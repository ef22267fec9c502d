import type { IncomingHttpHeaders } from 'node:http'
import { RangeNotSatisfiable } from '../../errors.js'

/**
 * Whether the client has the current representation already (RFC 9110, 13.1.2): weak comparison of `If-None-Match`
 * with the validator, quotes included and `W/` aside.
 */
export function isNotModified (headers: IncomingHttpHeaders, etag: string): boolean {
  const given = headers['if-none-match']
  if (given === undefined) return false
  if (given === etag || given.trim() === '*') return true
  const opaque = etag.replace(/^W\//, '')
  // Entity tags contain no double quote, so it is enough to look for quoted strings.
  return given.match(/"[^"]*"/g)?.includes(opaque) === true
}

/**
 * The one range of bytes that is asked for (RFC 9110, 14.2), end exclusive; undefined for the whole. Several ranges,
 * another unit or a malformed header are ignored, as is a range under an `If-Range` that does not hold: a strong
 * validator is needed there, and a date is none.
 *
 * @throws RangeNotSatisfiable when it begins past the end
 */
export function requestedRange (headers: IncomingHttpHeaders, etag: string, size: number): [start: number, stop: number] | undefined {
  const { range } = headers
  if (range === undefined) return undefined
  const ifRange = headers['if-range']
  if (ifRange !== undefined && ifRange !== etag) return undefined
  const [, first, last] = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)$/i.exec(range.trim()) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const suffix = Number(last)
    if (suffix === 0 || size === 0) throw new RangeNotSatisfiable(size)
    return [Math.max(0, size - suffix), size]
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) throw new RangeNotSatisfiable(size)
  return [start, last === '' ? size : Math.min(size, Number(last) + 1)]
}
