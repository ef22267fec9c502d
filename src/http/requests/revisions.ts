import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { RevisionGone } from '../../errors.js'
import { onlyProblems } from '../problems/problem-responses.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** the address names a revision, and it is the current one: the answer will never be another */
    isImmutable: boolean
  }
  interface FastifyInstance {
    /** `Cache-Control` of an answer whose address names the revision */
    immutable: string
  }
  interface FastifyContextConfig {
    /** the route tells what is now, so no revision can be asked of it */
    isOfNow?: boolean
  }
}

const Rev = Type.Optional(Type.String({
  minLength: 1,
  maxLength: 64,
  description: '`revision` of the dataset or of the study: the answer may then be cached for ever. If it is not the current one, the answer is a 410 that names the current one'
}))

/** A year, the most that caches believe (RFC 9111 has no "for ever"). */
const FOR_EVER = 'max-age=31536000, immutable'

/**
 * `rev=` on every GET of the contract that is added after this and answers from the catalog: with it an address means
 * one answer, which browsers and proxies need not ask for again.
 */
export const revisions = fp<{ hasKeys: boolean }>(async (app, { hasKeys }) => {
  app.decorate('immutable', `${hasKeys ? 'private' : 'public'}, ${FOR_EVER}`)
  app.decorateRequest('isImmutable', false)

  app.addHook('onRoute', (route) => {
    const query = route.schema?.querystring as { properties?: Record<string, unknown> } | undefined
    if (![route.method].flat().every((method) => method === 'GET' || method === 'HEAD') || query?.properties === undefined || route.config?.isOfNow === true || 'rev' in query.properties) return
    route.schema = { ...route.schema, querystring: { ...query, properties: { ...query.properties, rev: Rev } } }
    if (route.schema.response !== undefined) route.schema.response = { ...route.schema.response, ...onlyProblems('revision-gone') }
    route.preHandler = [checkRevision, ...hooksOf(route.preHandler)]
    route.onSend = [...hooksOf(route.onSend), markImmutable]
  })
}, { name: 'revisions' })

/** @throws RevisionGone */
function checkRevision (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const { rev } = request.query as { rev?: string }
  if (rev === undefined) return done()
  const { catalog } = request.server.services
  const current = catalog.revision()
  const { studyId } = request.params as { studyId?: string }
  if (rev !== current && (studyId === undefined || rev !== catalog.studyRevision(studyId))) return done(new RevisionGone(rev, current))
  request.isImmutable = true
  done()
}

/** Of answers that Fastify sends; those that go past it are marked by `answerPixels`. */
function markImmutable (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error: null, payload: unknown) => void): void {
  if (request.isImmutable && reply.statusCode < 400) reply.header('cache-control', request.server.immutable)
  done(null, payload)
}

function hooksOf<Hook> (hooks: Hook | Hook[] | undefined): Hook[] {
  return hooks === undefined ? [] : [hooks].flat() as Hook[]
}
