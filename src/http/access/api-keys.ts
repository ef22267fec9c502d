import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { KeyRing } from './key-ring.js'
import { HttpFault } from '../problems/problem-details.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** the keys that are valid now; SIGHUP replaces them while the service runs */
    keyRing: KeyRing
  }
  interface FastifyContextConfig {
    /** needs no key, but counts against the rate limit */
    needsNoKey?: boolean
  }
  interface FastifyRequest {
    /** name of the holder of the key that was sent; null without a valid key */
    keyHolder: string | null
  }
  interface FastifyContextConfig {
    /** needs no key and has no rate limit; routes of the contract say so by `security: []` */
    isOpen?: boolean
  }
}

/** Finds the holder of the key that a request carries, and which routes need no key. The log names the holder, never the key. Refuses no request. */
export const keyHolders = fp<{ keys: readonly string[] }>(async (app, { keys }) => {
  const ring = new KeyRing(keys)
  app.decorate('keyRing', ring)
  app.decorateRequest('keyHolder', null)
  app.addHook('onRoute', (route) => {
    if (route.schema?.security?.length === 0) route.config = { ...route.config, isOpen: true }
  })
  if (ring.isEmpty) return
  app.addHook('onRequest', (request, reply, done) => {
    const holder = holderFor(ring, request.method, request.headers)
    if (holder !== null) {
      request.keyHolder = holder
      request.log = reply.log = request.log.child({ key: holder })
    }
    done()
  })
}, { name: 'key-holders' })

/** Refuses requests without a valid key. Without configured keys, lets all requests through. */
export const apiKeys = fp(async (app) => {
  if (app.keyRing.isEmpty) return
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.keyHolder !== null || isOpen(request) || request.routeOptions.config?.needsNoKey === true) return done()
    done(new HttpFault('unauthorized', sentKey(request.headers) === undefined
      ? 'A key is needed: send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`, or as the password of `Authorization: Basic`.'
      : 'The key is not one of those configured.', { 'www-authenticate': 'Bearer' }))
  })
}, { name: 'api-keys', dependencies: ['key-holders'] })

/** Whether a request needs no key and has no rate limit: open routes, and CORS preflights, which browsers send without a key. */
export function isOpen ({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'OPTIONS' || routeOptions.config?.isOpen === true
}

/**
 * Who holds the key that a request carries; null without a good one. A browser that has signed in carries a cookie
 * instead, which opens what is only read: so no page of another site can make it change anything.
 */
export function holderFor (ring: KeyRing, method: string | undefined, headers: IncomingHttpHeaders): string | null {
  if (ring.isEmpty) return null
  const sent = sentKey(headers)
  if (sent !== undefined) return ring.holderOf(sent)
  const token = method === 'GET' || method === 'HEAD' ? sessionIn(headers) : undefined
  return token === undefined ? null : ring.holderOfToken(token, Date.now())
}

export const SESSION_COOKIE = 'niiserve_session'

/** The token of the cookie that sign-in sets; undefined without one. */
function sessionIn ({ cookie }: IncomingHttpHeaders): string | undefined {
  return cookie === undefined ? undefined : /(?:^|; )niiserve_session=([\w.-]+)/.exec(cookie)?.[1]
}

function sentKey (headers: IncomingHttpHeaders): string | undefined {
  const own = headers['x-api-key']
  if (typeof own === 'string') return own
  const [, scheme, credentials] = /^(bearer|basic) +(.+)$/i.exec(headers.authorization ?? '') ?? []
  return scheme?.toLowerCase() === 'basic' ? passwordOf(credentials!) : credentials
}

/** The password of Basic credentials (RFC 7617), which DICOM viewers and curl send; whatever name goes with it. */
function passwordOf (credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8')
  return /^[^:]*:(.*)$/s.exec(text)?.[1] ?? ''
}
