import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { ProblemCode } from '../problems/problem-details.js'

/** Bucket bounds in seconds. A hot slice takes a few tenths of a millisecond, a whole volume a few tenths of a second. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Registry
    /** counts an answer that is done */
    observe: (answer: Observed) => void
    /** counts a problem that is answered; absent until metrics are there */
    countProblem?: (code: ProblemCode) => void
  }
}

/** What is counted of an answer; `cache` of a pixel answer: hit, partial or miss. */
interface Observed { method: string, route: string, status: number, seconds: number, cache: string | undefined, holder: string | null }

/** Metrics of one application, in a registry of its own; every request is observed from here on. */
export const metrics = fp(async (app) => {
  const { cache, pool, ingest, catalog, publication, sidecars, disk, remote } = app.services
  const registry = new Registry()
  collectDefaultMetrics({ register: registry }) // memory, CPU, garbage collection, event-loop lag
  const registers = [registry]

  const durations = new Histogram({ name: 'niiserve_request_duration_seconds', help: 'Time from request to last byte', labelNames: ['method', 'route', 'format', 'status'], buckets: DURATION_BUCKETS, registers })
  const answers = new Counter({ name: 'niiserve_pixel_answers_total', help: 'Pixel answers by what the cache held: hit, partial, miss', labelNames: ['cache'], registers })
  const byKey = new Counter({ name: 'niiserve_requests_by_key_total', help: 'Requests by the holder of their key', labelNames: ['key'], registers })
  // Finding a metric by its labels costs more than counting in it, so each is looked up once.
  const durationOf = onceByName((method: string, route: string, status: number) => durations.labels({ method, route, format: formatOf(route), status }))
  const answerWith = onceByName((cache: string) => answers.labels({ cache }))
  app.decorate('observe', ({ method, route, status, seconds, cache, holder }) => {
    durationOf(method, route, status).observe(seconds)
    if (cache !== undefined) answerWith(cache).inc()
    if (holder !== null) byKey.inc({ key: holder })
  })
  app.decorateReply('readFacts', null)
  app.addHook('onResponse', (request, reply, done) => {
    app.observe({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
      cache: reply.readFacts?.cache,
      holder: request.keyHolder
    })
    done()
  })

  const problems = new Counter({ name: 'niiserve_problems_total', help: 'Problems answered, by slug', labelNames: ['problem'], registers })
  app.decorate('countProblem', (problem) => problems.inc({ problem }))

  const waited = new Histogram({ name: 'niiserve_work_wait_seconds', help: 'Time that pieces of work waited for a thread', labelNames: ['work'], buckets: DURATION_BUCKETS, registers })
  const took = new Histogram({ name: 'niiserve_work_duration_seconds', help: 'Time that threads took for a piece of work: decode, picture, array, …', labelNames: ['work'], buckets: DURATION_BUCKETS, registers })
  pool.observers.push((work, waitedMs, tookMs) => {
    waited.observe({ work }, waitedMs / 1000)
    took.observe({ work }, tookMs / 1000)
  })

  const gauge = (name: string, help: string, value: () => number) => new Gauge({ name, help, registers, collect () { this.set(value()) } })
  const counter = (name: string, help: string, value: () => number) => new Counter({ name, help, registers, collect () { this.reset(); this.inc(value()) } })
  gauge('niiserve_cache_bytes', 'Decoded voxels held', () => cache.stats.bytes)
  gauge('niiserve_cache_capacity_bytes', 'Decoded voxels that may be held', () => cache.stats.capacity)
  counter('niiserve_cache_evictions_total', 'Slabs put out of the cache', () => cache.stats.evictions)
  gauge('niiserve_pool_threads', 'Threads that decode and render', () => pool.stats.threads)
  gauge('niiserve_pool_running', 'Pieces of work on threads', () => pool.stats.running)
  gauge('niiserve_pool_waiting', 'Pieces of work in the queue', () => pool.stats.waiting)
  counter('niiserve_pool_refused_total', 'Pieces of work refused because the queue was full', () => pool.stats.refused)
  gauge('niiserve_ingest_done', 'Studies looked at since the start', () => ingest.progress.done)
  gauge('niiserve_ingest_listed', 'Studies listed', () => ingest.progress.total)
  gauge('niiserve_studies_ready', 'Studies whose image can be read', () => catalog.ask.counts().ready)

  if (sidecars !== undefined) {
    counter('niiserve_sidecar_reads_total', 'Sidecars fetched', () => sidecars.stats.reads)
    counter('niiserve_sidecar_failures_total', 'Sidecars that were lost, damaged or late: the file is inflated from its start', () => sidecars.stats.failures)
  }
  if (publication !== undefined) {
    gauge('niiserve_catalog_published_timestamp_seconds', 'When the catalog that is served was published', () => Date.parse(publication().publishedAt) / 1000)
    gauge('niiserve_catalog_age_seconds', 'Time since the catalog that is served was published', () => (Date.now() - Date.parse(publication().publishedAt)) / 1000)
    gauge('niiserve_catalog_changed_studies', 'Studies whose files were found other than the catalog says', () => publication().changedStudies)
    counter('niiserve_catalog_looks_failed_total', 'Looks for a newer catalog that failed', () => publication().failedLooks)
    registry.registerMetric(new Gauge({ name: 'niiserve_catalog_info', help: 'The catalog that is served, by name', labelNames: ['name'], registers: [], collect () { this.reset(); this.set({ name: publication().name }, 1) } }))
  }

  if (disk !== undefined) {
    gauge('niiserve_disk_cache_bytes', 'Decoded slabs on the local disk', () => disk.stats.bytes)
    gauge('niiserve_disk_cache_capacity_bytes', 'Decoded slabs that the local disk may hold', () => disk.stats.capacity)
    counter('niiserve_disk_cache_hits_total', 'Slabs read from the local disk', () => disk.stats.hits)
    counter('niiserve_disk_cache_written_total', 'Slabs written to the local disk', () => disk.stats.written)
    counter('niiserve_disk_cache_damaged_total', 'Slabs on the local disk that were not what they should be, and were decoded again', () => disk.stats.wrong)
  }
  if (remote !== undefined) {
    counter('niiserve_store_gets_total', 'Reads sent to the store of the data root, repeated ones included', () => remote.sent.GET)
    counter('niiserve_store_heads_total', 'Questions about states of files sent to the store', () => remote.sent.HEAD)
    gauge('niiserve_store_in_flight', 'Reads that the store has not answered yet', () => remote.gateStats.inFlight)
    gauge('niiserve_store_in_flight_limit', 'Reads that may be in flight: fewer after the store said that it is overloaded', () => remote.gateStats.limit)
    gauge('niiserve_store_in_flight_bytes', 'Bytes that the store is sending, or has sent and are not decoded yet', () => remote.gateStats.bytes)
    gauge('niiserve_store_waiting', 'Reads that wait for their turn', () => remote.gateStats.waiting)
  }

  const connections = watchConnections()
  app.server.on('connection', connections.watch)
  gauge('niiserve_connections', 'Connections that are open', connections.open)
  counter('niiserve_sent_bytes_total', 'Bytes sent to clients, headers included', connections.bytesSent)
  counter('niiserve_received_bytes_total', 'Bytes received from clients, headers included', connections.bytesReceived)
  app.decorate('metrics', registry)
}, { name: 'metrics', dependencies: ['key-holders'] })

/** The format of a route's answer: its extension, else JSON. */
function formatOf (route: string): string {
  return /\.((?:nii\.)?[a-z]+)$/.exec(route)?.[1] ?? (route.startsWith('/v1/') ? 'json' : 'other')
}

/** Bytes of all connections, including answers that were cut. The sum is made when metrics are read, so a request costs nothing. */
function watchConnections () {
  const sockets = new Set<Socket>()
  const closed = { sent: 0, received: 0 }
  return {
    watch: (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        closed.sent += socket.bytesWritten
        closed.received += socket.bytesRead
      })
    },
    open: () => sockets.size,
    bytesSent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, closed.sent),
    bytesReceived: () => [...sockets].reduce((sum, socket) => sum + socket.bytesRead, closed.received)
  }
}

/** Remembers a function's results by its arguments. Only for arguments with few values: nothing is forgotten. */
function onceByName<Parts extends (string | number)[], Found> (find: (...parts: Parts) => Found): (...parts: Parts) => Found {
  const found = new Map<string, Found>()
  return (...parts) => {
    const name = parts.join(' ')
    let known = found.get(name)
    if (known === undefined) found.set(name, known = find(...parts))
    return known
  }
}
