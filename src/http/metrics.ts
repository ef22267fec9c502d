import fp from 'fastify-plugin'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** Seconds; a hot slice takes a few tenths of a millisecond, a whole volume some tenths of a second. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Registry
  }
}

/** How `Server-Timing` of a pixel answer begins; see pixel-headers. */
const CACHE_DESC = 'cache;desc='

/** Metrics of one application, in a registry of its own; every request is observed from here on. */
export const metrics = fp(async (app) => {
  const { cache, pool, ingest, catalog } = app.services
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const durations = new Histogram({ name: 'niiserve_request_duration_seconds', help: 'Time from request to last byte', labelNames: ['method', 'route', 'status'], buckets: DURATION_BUCKETS, registers })
  const answers = new Counter({ name: 'niiserve_pixel_answers_total', help: 'Pixel answers by what the cache held', labelNames: ['cache'], registers })
  // Finding a metric by its labels costs more than counting in it: each is found once.
  const durationOf = onceByName((method: string, route: string, status: number) => durations.labels({ method, route, status }))
  const answerWith = onceByName((cache: string) => answers.labels({ cache }))
  app.addHook('onResponse', (request, reply, done) => {
    durationOf(request.method, request.routeOptions.url ?? 'none', reply.statusCode).observe(reply.elapsedTime / 1000)
    const timing = reply.getHeader('server-timing')
    if (typeof timing === 'string') answerWith(timing.slice(CACHE_DESC.length, timing.indexOf(','))).inc()
    done()
  })
  const gauge = (name: string, help: string, value: () => number) => new Gauge({ name, help, registers, collect () { this.set(value()) } })
  gauge('niiserve_cache_bytes', 'Decoded voxels held', () => cache.stats.bytes)
  gauge('niiserve_cache_capacity_bytes', 'Decoded voxels that may be held', () => cache.stats.capacity)
  gauge('niiserve_cache_evictions_total', 'Slabs put out of the cache', () => cache.stats.evictions)
  gauge('niiserve_pool_running', 'Pieces of work on threads', () => pool.stats.running)
  gauge('niiserve_pool_waiting', 'Pieces of work in the queue', () => pool.stats.waiting)
  gauge('niiserve_pool_refused_total', 'Pieces of work refused because the queue was full', () => pool.stats.refused)
  gauge('niiserve_ingest_done', 'Studies looked at since the start', () => ingest.progress.done)
  gauge('niiserve_ingest_total', 'Studies listed', () => ingest.progress.total)
  gauge('niiserve_studies_ready', 'Studies whose image can be read', () => catalog.counts().ready)
  app.decorate('metrics', registry)
}, { name: 'metrics' })

/** The function's results by its arguments, each made once; for arguments of few values. */
function onceByName<Parts extends (string | number)[], Found> (find: (...parts: Parts) => Found): (...parts: Parts) => Found {
  const found = new Map<string, Found>()
  return (...parts) => {
    const name = parts.join(' ')
    let known = found.get(name)
    if (known === undefined) found.set(name, known = find(...parts))
    return known
  }
}
