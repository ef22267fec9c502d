import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** the headers of every answer */
    commonHeaders: Readonly<Record<string, string>>
  }
}

/**
 * What browsers are told about every answer: not to guess its type, not to tell other sites of its URL, and who may
 * embed it. Pages of any origin may where CORS opens the service to others, and on a loopback address without keys: a
 * notebook on another port of 127.0.0.1 is of another site, because an address has none. Elsewhere, pages of the same
 * site may. The pages we serve have a Content-Security-Policy of their own.
 */
export const securityHeaders = fp<{ isEmbeddable: boolean, timingOrigins: readonly string[] }>(async (app, { isEmbeddable, timingOrigins }) => {
  const headers = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': isEmbeddable ? 'cross-origin' : 'same-site',
    // Scripts of these origins may read how long an answer took, and `Server-Timing` (Resource Timing, W3C).
    ...(timingOrigins.length > 0 && { 'timing-allow-origin': timingOrigins.includes('*') ? '*' : timingOrigins.join(', ') })
  }
  app.decorate('commonHeaders', headers)
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}, { name: 'security-headers' })

/** Whether only this machine can reach an address that is listened on. */
export function isLoopback (host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
