import fp from 'fastify-plugin'

/**
 * Adds HEAD to every GET route that is registered after it, with the same handler. A handler looks at the method where
 * making the body costs something. The contract does not list HEAD, because HTTP defines it.
 */
export const headRoutes = fp(async (app) => {
  app.addHook('onRoute', function ({ method, url, prefix, schema, ...route }) {
    if (method !== 'GET') return
    this.route({ ...route, method: 'HEAD', url: url.slice(prefix.length), schema: { ...schema, response: {}, hide: true } as object })
  })
}, { name: 'head-routes' })
