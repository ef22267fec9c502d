import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import compress from '@fastify/compress'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isNotModified } from '../requests/conditional.js'

/** What is compressed where the client takes it: text. Pixels and files never are. */
export const TEXT = /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?json\b|application\/(?:x-ndjson|yaml|javascript)\b|image\/svg)/

/** Shorter texts grow by what a compressed one says of itself. */
const THRESHOLD_BYTES = 1024

/**
 * Answers in text: each has an entity tag, by which a client that holds it gets a 304, and leaves compressed (br, gzip)
 * where the client takes that. The tags are weak: they name the text, whichever way it is coded (RFC 9110, 8.8.3.3).
 */
export const textAnswers = fp(async (app) => {
  app.addHook('onSend', async function tagText (request, reply, payload) {
    const type = reply.getHeader('content-type')
    if (typeof type !== 'string' || !TEXT.test(type)) return payload
    reply.header('vary', withAcceptEncoding(reply.getHeader('vary')))
    const given = reply.getHeader('etag')
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const isMomentary = String(reply.getHeader('cache-control')).includes('no-store')
    if (given !== undefined || !isRead || isMomentary || reply.statusCode !== 200) return payload
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
    const etag = weakTag(payload)
    reply.header('etag', etag)
    if (!isNotModified(request.headers, etag)) return payload
    reply.code(304).removeHeader('content-type')
    reply.removeHeader('content-length')
    return null
  })
  await app.register(compress, { customTypes: TEXT, encodings: ['br', 'gzip'], threshold: THRESHOLD_BYTES, globalDecompression: false })
}, { name: 'text-answers' })

/**
 * Answer with lines of text that are made as they are read: nothing is made for HEAD, or for a client that holds them.
 *
 * @param make the lines: they depend on the catalog, the query and `root`, and on nothing else
 * @param root where the service is, if the lines say so
 */
export function answerLines (request: FastifyRequest, reply: FastifyReply, mediaType: string, make: () => Readable, root = ''): FastifyReply {
  if (answerHeld(request, reply, root)) return reply
  reply.type(`${mediaType}; charset=utf-8`)
  return reply.send(request.method === 'HEAD' ? undefined : make())
}

/**
 * Tag an answer that depends on the catalog, the query and `root`, and on nothing else, without making it.
 *
 * @returns whether the client holds it already, and was told so
 */
export function answerHeld (request: FastifyRequest, reply: FastifyReply, root: string): boolean {
  const { rev, ...query } = request.query as Record<string, unknown>
  const revision = request.server.services.catalog.revision()
  const etag = weakTag(JSON.stringify([revision, request.routeOptions.url, query, root]))
  reply.headers({ etag, 'dataset-revision': revision })
  if (!isNotModified(request.headers, etag)) return false
  reply.code(304).send()
  return true
}

function weakTag (text: string | Buffer): string {
  return `W/"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"`
}

function withAcceptEncoding (vary: unknown): string {
  if (vary === undefined) return 'Accept-Encoding'
  return /accept-encoding|\*/i.test(String(vary)) ? String(vary) : `${String(vary)}, Accept-Encoding`
}
