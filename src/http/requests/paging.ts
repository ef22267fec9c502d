import type { FastifyReply, FastifyRequest } from 'fastify'
import { InvalidRequest } from '../../errors.js'
import type { Cursor } from '../../catalog/study-query.js'

/** A cursor as text: opaque to clients, bound to the order it was given for. */
function cursorText (order: string, { key, id }: Cursor, begunAt: string | undefined): string {
  return Buffer.from(JSON.stringify([order, key, id, ...begunAt === undefined ? [] : [begunAt]])).toString('base64url')
}

/**
 * What a cursor says: where the page begins, and at which revision the list was begun.
 *
 * @throws InvalidRequest when the cursor is malformed, or belongs to another order
 */
export function parseCursor (order: string, text: string): Cursor & { begunAt?: string } {
  const invalid = (detail: string) => new InvalidRequest([{ parameter: 'cursor', detail }])
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    throw invalid('is not a nextCursor of this service')
  }
  if (!Array.isArray(parts) || (parts.length !== 3 && parts.length !== 4)) throw invalid('is not a nextCursor of this service')
  const [of, key, id, begunAt] = parts as unknown[]
  const isCursor = typeof of === 'string' && (typeof key === 'string' || typeof key === 'number') && typeof id === 'string' && (parts.length === 3 || /^[0-9a-f]{1,64}$/.test(String(begunAt)))
  if (!isCursor) throw invalid('is not a nextCursor of this service')
  if (of !== order) throw invalid(`belongs to a list in the order ${of}; start again without cursor, or keep that order`)
  return { key, id, ...(begunAt !== undefined && { begunAt: String(begunAt) }) }
}

/**
 * Name the next page in `Link`.
 *
 * @param begunAt the revision at which the list was begun
 * @returns the cursor of the next page; null at the end
 */
export function linkNext (request: FastifyRequest, reply: FastifyReply, order: string, next: Cursor | null, begunAt?: string): string | null {
  if (next === null) return null
  const cursor = cursorText(order, next, begunAt)
  const url = new URL(request.url, 'http://host')
  url.searchParams.set('cursor', cursor)
  reply.header('link', `<${request.publicPrefix}${url.pathname}${url.search}>; rel="next"`)
  return cursor
}

/**
 * As `linkNext`, for a list of what the catalog holds: says which revision the page is of, and warns where the list was begun at
 * another one. Pages of two revisions may lack a study, or have one twice.
 */
export function linkNextOfRevision (request: FastifyRequest, reply: FastifyReply, order: string, next: Cursor | null, after: { begunAt?: string } | null): string | null {
  const current = request.server.services.catalog.revision()
  const begunAt = after?.begunAt ?? current
  reply.header('dataset-revision', current)
  if (begunAt !== current) reply.header('warning', `299 niiserve "this page is of revision ${current}, and the list was begun at ${begunAt}"`)
  return linkNext(request, reply, order, next, begunAt)
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
