import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** a probe, or what else is another answer each time: no cache keeps it */
    isMomentary?: boolean
  }
}

/**
 * How long answers hold: until the dataset changes, which a client or a cache may ask at the cost of a 304. With keys an
 * answer is for the one who sent a key, and no shared cache may hand it to anybody else.
 */
export function cacheControl (apiKeys: readonly string[]): string {
  return apiKeys.length > 0 ? 'private, no-cache' : 'public, no-cache'
}

/** Says of every answer how it may be cached; problems say `no-store` for themselves. */
export const cacheControlHeader = fp<{ apiKeys: readonly string[] }>(async (app, { apiKeys }) => {
  const value = cacheControl(apiKeys)
  app.addHook('onRequest', function cacheControlOf (request, reply, done) {
    reply.header('cache-control', request.routeOptions.config?.isMomentary === true ? 'no-store' : value)
    done()
  })
}, { name: 'cache-control' })
