import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'

/**
 * Adds HEAD to every GET route that is registered after it, with the same handler. A handler looks at the method where
 * making the body costs something. The contract does not list HEAD, because HTTP defines it.
 */
export const headRoutes = fp(async (app) => {
  app.addHook('onRoute', function ({ method, url, prefix, schema, ...route }) {
    if (method !== 'GET') return
    const path = url.slice(prefix.length)
    // A plugin's own root is told of once, and served with and without a slash behind it.
    for (const one of path === '' ? ['', '/'] : [path]) {
      this.route({ ...route, method: 'HEAD', url: one, path: one, schema: { ...schema, response: {}, hide: true } } as RouteOptions)
    }
  })
}, { name: 'head-routes' })
