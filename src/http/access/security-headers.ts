import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** what every answer carries, whatever it is */
    commonHeaders: Readonly<Record<string, string>>
  }
}

/**
 * What browsers are told about every answer: not to guess its type, not to tell other sites of its URL, and who may
 * embed it. Pages of the same site may (a notebook on another port of this machine); where CORS opens the service to
 * other origins, pages of any. The documentation, the one page we serve, has a Content-Security-Policy of its own.
 */
export const securityHeaders = fp<{ corsOrigins: readonly string[] }>(async (app, { corsOrigins }) => {
  const headers = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': corsOrigins.length > 0 ? 'cross-origin' : 'same-site'
  }
  app.decorate('commonHeaders', headers)
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}, { name: 'security-headers' })
