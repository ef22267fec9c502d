import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isNotModified } from './requests/conditional.js'
import { originOf } from './requests/origin.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** the dataset's description for search engines, in JSON-LD, as it is reached at an address */
    jsonLd: (root: string) => Promise<string>
    /** the page for a path that no route serves; undefined where it is not a person's browser that asks, or no page was built */
    pageInstead?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined
  }
}

/** What `scripts/web.mjs` says of the files it made; addresses are relative to the service's root. */
interface Shell {
  template: string
  styles: string[]
  icon: string
  main: string
  /** per page, the modules to fetch at once */
  modules: Record<string, string[]>
}

/** Each address that is a page, and the module of it. The browser's router has the same list: web/src/pages/pages.ts. */
const PAGES: Readonly<Record<string, string>> = {
  '/': 'overview',
  '/studies': 'studies',
  '/studies/:studyId': 'viewer',
  '/worklist': 'worklist',
  '/quality': 'quality',
  '/training': 'training',
  '/evaluate': 'evaluate',
  '/sign-in': 'sign-in'
}

/** Paths of the API: what is not found below them is a problem in JSON for everyone. */
const API = /^\/(v1|zarr|docs|assets|session|dicomweb|healthz|readyz|metrics|openapi)(?![^/.])/

const BUILD = fileURLToPath(new URL('../../dist/web/', import.meta.url))

/** Nothing from another host, nothing inline; pictures are drawn from bytes, so `blob:` may be one. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "connect-src 'self'", "font-src 'self'",
  "worker-src 'self' blob:", "base-uri 'self'", "form-action 'self'"
]

/**
 * The pages that a browser shows. The same few lines of HTML stand at every address; they name the built files, which
 * never change under their name. Addresses in them are relative, so that the service can stand below any prefix.
 */
export const webUi = fp<{ embedders: readonly string[], build?: string }>(async (app, { embedders, build = BUILD }) => {
  if (!existsSync(`${build}/shell.json`)) {
    app.log.warn('the web pages are not built: `npm run build` makes them')
    return
  }
  const shell = JSON.parse(readFileSync(`${build}/shell.json`, 'utf8')) as Shell
  const policy = [...POLICY, `frame-ancestors 'self' ${embedders.join(' ')}`.trimEnd()].join('; ')
  const { config } = app.services
  const ohif = config.dicomweb && config.ohifUrl !== undefined
  const icon = readFileSync(`${build}/${shell.icon}`)
  const made = new Map<string, { html: string, etag: string }>()

  await app.register(async (scope) => {
    // The files hold nothing of the dataset, and whoever has no key yet needs them to send one.
    scope.addHook('onRoute', (route) => { route.config = { ...route.config, isOpen: true } })
    await scope.register(fastifyStatic, {
      root: `${build}/assets`,
      prefix: '/assets/',
      decorateReply: false,
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '1y'
    })
    // Browsers ask for it on their own where no page names an icon: for a picture, a JSON answer, /docs.
    scope.get('/favicon.ico', { schema: { hide: true } }, (_request, reply) => reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(icon))
    for (const [url, page] of Object.entries(PAGES)) {
      if (url === '/') scope.get(url, { schema: { hide: true } }, async (request, reply) => send(request, reply, page, await dataBlock(request)))
      else scope.get(url, { schema: { hide: true } }, (request, reply) => send(request, reply, page))
    }
  })

  app.decorate('pageInstead', (request, reply) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    return isRead && wantsPage(request) ? send(request, reply, 'overview') : undefined
  })

  /**
   * The dataset in JSON-LD, for search engines: where it is open to them, and not while every minute it is another. A block
   * of data is never run, so a policy against inline scripts does not stop it (HTML, "prepare the script element").
   */
  async function dataBlock (request: FastifyRequest): Promise<string> {
    if (!app.keyRing.isEmpty || app.services.ingest.progress.state !== 'ready') return ''
    const json = await app.jsonLd(originOf(request))
    return `<script type="application/ld+json">${json.replaceAll('<', '\\u003c')}</script>`
  }

  function send (request: FastifyRequest, reply: FastifyReply, page: string, data = ''): FastifyReply {
    const { html, etag } = pageOf(page, request.url.split('?', 1)[0]!.split('/').length - 2, data)
    reply.headers({ 'cache-control': 'no-cache', etag, 'content-security-policy': policy })
    if (isNotModified(request.headers, etag)) return reply.code(304).send()
    return reply.type('text/html; charset=utf-8').send(html)
  }

  /** @param depth how many folders below the root the address is */
  function pageOf (page: string, depth: number, data: string): { html: string, etag: string } {
    const key = `${page} ${depth} ${data}`
    const known = made.get(key)
    if (known !== undefined) return known
    const html = fill(shell.template, {
      base: depth === 0 ? './' : '../'.repeat(depth),
      icon: shell.icon,
      data: [...ohif ? ['<meta name="niiserve-ohif" content="dicomweb/ohif/">'] : [], data].join('\n'),
      main: shell.main,
      styles: shell.styles.map((href) => `<link rel="stylesheet" href="${href}">`).join('\n'),
      modules: (shell.modules[page] ?? []).map((href) => `<link rel="modulepreload" href="${href}">`).join('\n')
    })
    const filled = { html, etag: `W/"${createHash('sha256').update(html).digest('hex').slice(0, 16)}"` }
    if (made.size < 100) made.set(key, filled)
    return filled
  }
}, { name: 'web-ui', dependencies: ['problem-details'] })

/** Whether a browser asks for a page that it goes to, outside the API. */
export function wantsPage (request: FastifyRequest): boolean {
  return !API.test(request.url) && /\btext\/html\b/.test(request.headers.accept ?? '')
}

function fill (template: string, values: Record<string, string>): string {
  return template.replace(/{{(\w+)}}/g, (_, name: string) => values[name]!)
}
