import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'

/**
 * Every GET that is added after this answers HEAD too, with the same handler, which looks at the method where making
 * the body would cost something. The contract does not list HEAD: HTTP says what it means.
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
