import { InvalidRequest } from '../../errors.js'
import type { Cursor } from '../../catalog/study-query.js'

/** A cursor as text: opaque to clients, and bound to the order it was given for. */
export function cursorText (order: string, { key, id }: Cursor): string {
  return Buffer.from(JSON.stringify([order, key, id])).toString('base64url')
}

/** @throws InvalidRequest when the cursor is malformed, or belongs to another order */
export function parseCursor (order: string, text: string): Cursor {
  const invalid = (detail: string) => new InvalidRequest([{ parameter: 'cursor', detail }])
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    throw invalid('is not a nextCursor of this service')
  }
  if (!Array.isArray(parts) || parts.length !== 3) throw invalid('is not a nextCursor of this service')
  const [of, key, id] = parts as unknown[]
  if (typeof of !== 'string' || (typeof key !== 'string' && typeof key !== 'number') || typeof id !== 'string') throw invalid('is not a nextCursor of this service')
  if (of !== order) throw invalid(`is of a page in the order ${of}; begin again, or keep that order`)
  return { key, id }
}

/** @throws InvalidRequest when a minimum is above its maximum */
export function checkBounds (query: Record<string, unknown>, ...facts: string[]): void {
  for (const fact of facts) {
    const [min, max] = [query[`min${fact}`], query[`max${fact}`]]
    if (typeof min === 'number' && typeof max === 'number' && min > max) {
      throw new InvalidRequest([
        { parameter: `min${fact}`, detail: `${min} is above max${fact}, ${max}` },
        { parameter: `max${fact}`, detail: `${max} is below min${fact}, ${min}` }
      ])
    }
  }
}
