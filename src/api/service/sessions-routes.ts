import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { HttpFault } from '../../http/problems/problem-details.js'
import { SESSION_COOKIE } from '../../http/access/api-keys.js'

/** How long a browser stays signed in: a working day. */
const SESSION_SECONDS = 12 * 60 * 60

/**
 * Sign-in for the pages: exchanges a key for a cookie that scripts cannot read, other sites cannot use, and that permits
 * only GET and HEAD. Programs send their key instead.
 */
export const sessionsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { keyRing } = app
  const hidden = { config: { needsNoKey: true } }

  app.get('/session', { ...hidden, schema: { hide: true } }, async (request, reply) =>
    await reply.header('cache-control', 'no-store').send({ needsKey: !keyRing.isEmpty, holder: request.keyHolder }))

  app.post('/session', { ...hidden, schema: { hide: true, body: Type.Object({ key: Type.String({ minLength: 1, maxLength: 1024 }) }, { additionalProperties: false }) } }, async (request, reply) => {
    const token = keyRing.tokenFor(request.body.key, Date.now() + SESSION_SECONDS * 1000)
    if (token === undefined) throw new HttpFault('unauthorized', 'The key is not one of those configured.', { 'www-authenticate': 'Bearer' })
    return await reply.code(204).headers({ 'cache-control': 'no-store', 'set-cookie': cookie(request, token, SESSION_SECONDS) }).send()
  })

  app.delete('/session', { ...hidden, schema: { hide: true } }, async (request, reply) =>
    await reply.code(204).headers({ 'cache-control': 'no-store', 'set-cookie': cookie(request, '', 0) }).send())
}

/** No path: the cookie then covers the folder of this address, under any prefix of the service (RFC 6265, 5.1.4). */
function cookie ({ protocol, headers }: FastifyRequest, token: string, seconds: number): string {
  const isSecure = protocol === 'https' || headers['x-forwarded-proto'] === 'https'
  return `${SESSION_COOKIE}=${token}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
}
