import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { HttpFault } from './problem-details.js'

/** Routes a load balancer asks, which has no key. */
const OPEN_ROUTES = new Set(['/healthz', '/readyz'])

/** Lets only requests through that carry one of the keys; without keys, all. */
export const apiKeys = fp<{ keys: readonly string[] }>(async (app, { keys }) => {
  if (keys.length === 0) return
  const digests = keys.map(digestOf)
  app.addHook('onRequest', async (request) => {
    if (OPEN_ROUTES.has(request.routeOptions.url ?? '') || request.method === 'OPTIONS') return
    const sent = sentKey(request)
    // Digests are equally long, and every key is compared: the time tells nothing of them.
    const known = sent !== undefined && digests.map((digest) => timingSafeEqual(digest, digestOf(sent))).includes(true)
    if (known) return
    throw new HttpFault('unauthorized', sent === undefined
      ? 'A key is needed: send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`.'
      : 'The key is not one of those configured.', { 'www-authenticate': 'Bearer' })
  })
}, { name: 'api-keys' })

function sentKey ({ headers }: FastifyRequest): string | undefined {
  const own = headers['x-api-key']
  if (typeof own === 'string') return own
  return /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]
}

function digestOf (key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
