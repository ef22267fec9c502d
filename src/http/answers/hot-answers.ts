import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import { belowBasePath } from '../requests/prefix.js'
import { LRUCache } from 'lru-cache'
import type { OpenVolume, OpenVolumes } from '../../volumes/open-volumes.js'
import type { Answer } from '../../views/answer.js'
import { holderFor } from '../access/api-keys.js'
import { LOGGING_LEVELS, logRequest } from '../telemetry/request-log.js'
import { timingOf } from './pixel-headers.js'
import { endWith } from './send-bytes.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** remembers how a URL was answered from memory, to answer it the same way next time */
    keepHot: <Plan extends PlanOfVolumes>(url: string, hot: HotAnswer<Plan>) => void
  }
}

interface PlanOfVolumes { volume: OpenVolume, mask?: OpenVolume | null }

/** How to answer a GET from memory. Valid while the bytes are in memory and the files are the ones they came from. */
export interface HotAnswer<Plan extends PlanOfVolumes> {
  /** the route's pattern, for metrics */
  route: string
  /** everything that is the same in each answer */
  headers: Readonly<Record<string, string>>
  bytes: number
  plan: Plan
  /** holds the plan's answer; undefined when it was evicted. One function for all requests, because what it closes over stays in memory */
  held: (plan: Plan) => Answer | undefined
}

interface Kept {
  route: string
  headers: Readonly<Record<string, string>>
  /** the answer, while its files are what they were. Throws where the request is to be refused */
  take: () => Answer | undefined
  /** of an address that names a revision: the state of the catalog in which that was the current one */
  generation: number | null
  /** name, value, name, value, …, as Node takes them without looking at each; what changes stands first */
  flat: string[]
}

/** How many answers are kept: as many as plans, about 2 KiB each. */
const KEPT = 4_096

/**
 * How the short way honours each `onRequest` hook of the app, by the file that adds the hook. A test holds that none is
 * missing. Not in the list: the hook of @fastify/cors. A request with an Origin goes the long way.
 */
export const HONOURED_HOOKS = {
  'app.ts': 'sets a new X-Request-Id; a stopping service and a URL never answered before go the long way',
  'http/access/api-keys.ts': 'asks the key ring for the holder; without one the long way refuses',
  'http/access/rate-limit.ts': 'is off where there is a limit',
  'http/access/security-headers.ts': 'sends `commonHeaders`',
  'http/answers/cache-control.ts': 'sends the Cache-Control of the kept answer',
  'http/requests/prefix.ts': 'keeps no address that is redirected',
  'http/telemetry/request-log.ts': 'logs the same line',
  'http/telemetry/traces.ts': 'is off where spans are sent',
  'api/evaluation/evaluations-routes.ts': 'keeps no answer of these routes'
} as const

// Where the values that change stand in `flat`.
const REQUEST_ID = 1
const REVISION = 3

/**
 * The short way for a slice or picture that is requested again. Half of a hot slice's time went into router, validation,
 * hooks and headers, with the same result each time (bench: `hot`, `png-hot`). A URL that was answered from memory is
 * answered here, before Fastify, after the same checks: the key, the files' state, whether the bytes are still in memory.
 * Every other request goes the long way, and gets its answer or its problem there.
 */
export const hotAnswers = fp(async (app) => {
  const { config, catalog, volumes } = app.services
  // Rate limits and traces must see each request. A service that uses them has fewer requests.
  if (config.rateLimitPerMinute > 0 || config.otlpEndpoint !== undefined) {
    app.decorate('keepHot', () => {})
    return
  }
  const kept = new LRUCache<string, Kept>({ max: KEPT })
  app.decorate('keepHot', (url, { route, headers, bytes, plan, held }) => {
    if (kept.get(url)?.headers === headers) return
    const isOfRevision = /[?&]rev=/.test(url)
    const lasting = isOfRevision ? { 'cache-control': app.immutable } : {}
    const flat = Object.entries({ 'x-request-id': '', 'dataset-revision': '', ...app.commonHeaders, ...headers, ...lasting, 'server-timing': timingOf({ cache: 'hit', decodeMs: 0 }), 'content-length': String(bytes) }).flat()
    kept.set(url, { route, headers, flat, generation: isOfRevision ? catalog.generation : null, take: () => isOpen(volumes, plan.volume) && (plan.mask == null || isOpen(volumes, plan.mask)) ? held(plan) : undefined })
  })

  const isLogged = LOGGING_LEVELS.has(config.logLevel)
  const answer = (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = belowBasePath(request.url!, config.basePath)
    const hot = kept.get(url)
    if (hot === undefined || request.method !== 'GET' || app.isStopping || !isPlain(request.headers)) return false
    const holder = holderFor(app.keyRing, 'GET', request.headers)
    if (holder === null && !app.keyRing.isEmpty) return false
    const held = hot.generation === null || hot.generation === catalog.generation ? takenFrom(hot) : undefined
    if (held === undefined) {
      kept.delete(url)
      return false
    }
    if (response.destroyed) { // its 'close' has been
      held.release()
      return true
    }
    const startedAt = performance.now()
    const { socket } = response
    const before = socket?.bytesWritten ?? 0
    const { flat } = hot
    flat[REQUEST_ID] = crypto.randomUUID()
    flat[REVISION] = catalog.revision()
    const id = flat[REQUEST_ID]
    response.once('close', () => {
      held.release()
      if (!response.writableFinished) return
      const ms = performance.now() - startedAt
      app.observe({ method: 'GET', route: hot.route, status: 200, seconds: ms / 1000, cache: 'hit', holder })
      if (isLogged) logRequest(app.log, { who: { reqId: id!, ...(holder !== null && { key: holder }) }, method: 'GET', url: request.url!, status: 200, ms, bytes: (socket?.bytesWritten ?? 0) - before, aborted: false })
    })
    response.writeHead(200, flat)
    endWith(response, held.chunks)
    return true
  }

  app.addHook('onReady', (done) => {
    const handlers = app.server.listeners('request') as RequestListener[]
    app.server.removeAllListeners('request')
    app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (!answer(request, response)) for (const handle of handlers) handle(request, response)
    })
    done()
  })
}, { name: 'hot-answers', dependencies: ['key-holders', 'metrics', 'security-headers', 'revisions'] })

/** A request that must be refused goes the long way, which says why. */
function takenFrom (hot: Kept): Answer | undefined {
  try {
    return hot.take()
  } catch {
    return undefined
  }
}

/** Whether a volume is still what a request for it is answered from. @throws as `OpenVolumes.open` */
function isOpen (volumes: OpenVolumes, volume: OpenVolume): boolean {
  return volumes.open(volume.study.id, volume.record.slot) === volume && volumes.isFresh(volume)
}

/** Nothing asked that the answer depends on: another origin, a representation the client has, a body that would follow. */
function isPlain (headers: IncomingHttpHeaders): boolean {
  return headers.origin === undefined && headers['if-none-match'] === undefined && headers.expect === undefined &&
    headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
}
