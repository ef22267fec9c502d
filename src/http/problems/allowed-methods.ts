import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that are allowed on a path, for `Allow`; empty where nothing is served. */
    allowedMethods: (path: string) => string[]
  }
}

/** Remembers every route that is added after it, because Fastify itself finds routes by method only. */
export const allowedMethods = fp(async (app) => {
  const routes: { method: string, path: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    if (url === '*') return // what answers preflights of every path makes none of them exist
    for (const one of [method].flat()) routes.push({ method: one, path: pathTest(url) })
  })
  app.decorate('allowedMethods', (path) => [...new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method))].sort())
}, { name: 'allowed-methods' })

/** A route's pattern as a regular expression: a parameter, with or without one of its own, stands for part of a segment. */
function pathTest (url: string): RegExp {
  const parts = url.split(/(:\w+(?:\([^/]*?\))?|\*)/)
  const source = parts.map((part) => part === '*' ? '.*' : part.startsWith(':') ? ofParameter(part) : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('')
  return new RegExp(`^${source}$`)
}

function ofParameter (parameter: string): string {
  const own = /\((.*)\)$/.exec(parameter)?.[1]
  return own === undefined ? '[^/]+?' : `(?:${own.replace(/^\^|\$$/g, '')})`
}
