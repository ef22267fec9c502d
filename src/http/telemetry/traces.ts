import { AsyncLocalStorage } from 'node:async_hooks'
import type { Span } from '@opentelemetry/api'
import fp from 'fastify-plugin'

/** How long the shutdown waits for the last spans to be sent. */
const LAST_TRACES_MS = 2_000

/** Work of the threads that decodes; all other work renders what was decoded. */
const DECODING = ['decode', 'head']

/**
 * A span for every request (OpenTelemetry's conventions for HTTP servers), and within it one for each time that it waited
 * for a thread (`queue`), had slabs decoded (`decode`) or an answer made of them (`render`). They are sent to a
 * collector by OTLP over HTTP in JSON. They continue the client's trace where a `traceparent` says so, and are not taken
 * where that says it is not sampled. Where several requests wait for the same slabs, the first has the spans.
 * `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS` mean what they do everywhere.
 *
 * Without an endpoint not even the library is loaded.
 */
export const traces = fp<{ endpoint: string | undefined }>(async (app, { endpoint }) => {
  if (endpoint === undefined) return
  const { SpanKind, SpanStatusCode, ROOT_CONTEXT, defaultTextMapGetter, trace } = await import('@opentelemetry/api')
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources')
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace')

  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': 'niiserve' })).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }) })]
  })
  const tracer = provider.getTracer('niiserve')
  const propagator = new W3CTraceContextPropagator()
  const spans = new AsyncLocalStorage<Span>()

  const { pool } = app.services
  pool.whose = () => spans.getStore()
  pool.observers.push((name, waitedMs, tookMs, whose) => {
    if (whose === undefined) return
    const within = trace.setSpan(ROOT_CONTEXT, whose as Span)
    const end = Date.now()
    const start = end - tookMs
    const attributes = { 'niiserve.work': name }
    tracer.startSpan('queue', { startTime: start - waitedMs, attributes }, within).end(start)
    tracer.startSpan(DECODING.includes(name) ? 'decode' : 'render', { startTime: start, attributes }, within).end(end)
  })

  app.addHook('onRequest', (request, reply, done) => {
    const { method, url, headers, routeOptions } = request
    const route = routeOptions.url
    const span = tracer.startSpan(route === undefined ? method : `${method} ${route}`, {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': method,
        'url.path': url.split('?', 1)[0]!,
        ...(route !== undefined && { 'http.route': route }),
        'niiserve.request_id': request.id
      }
    }, propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter))
    // Fires after the last byte, and after a cut connection, for which Fastify has no hook.
    reply.raw.once('close', () => {
      const { statusCode } = reply.raw
      span.setAttribute('http.response.status_code', statusCode)
      if (reply.readFacts !== null) span.setAttribute('niiserve.cache', reply.readFacts.cache)
      if (!reply.raw.writableFinished) span.setAttribute('error.type', 'client-gone')
      if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    })
    spans.run(span, done)
  })
  app.addHook('onClose', async () => {
    // An unreachable collector must neither fail the shutdown nor delay it.
    const sent = provider.shutdown().catch((error: Error) => app.log.warn(`the last traces were not sent: ${error.message}`))
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, LAST_TRACES_MS).unref())])
  })
}, { name: 'traces' })
