import fp from 'fastify-plugin'

/**
 * Every GET that is added after this answers HEAD too, with the same handler, which looks at the method where making
 * the body would cost something. The contract does not list HEAD: HTTP says what it means.
 */
export const headRoutes = fp(async (app) => {
  app.addHook('onRoute', function ({ method, url, prefix, schema, ...route }) {
    if (method !== 'GET') return
    this.route({ ...route, method: 'HEAD', url: url.slice(prefix.length), schema: { ...schema, response: {}, hide: true } as object })
  })
}, { name: 'head-routes' })
