import type { IncomingMessage } from 'node:http'
import cors from '@fastify/cors'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { LogController } from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { allowedMethods } from './http/problems/allowed-methods.js'
import { apiKeys, keyHolders } from './http/access/api-keys.js'
import { batchesRoutes } from './api/training/batches-routes.js'
import { dicomweb } from './dicomweb/dicomweb.js'
import { croissantRoutes, jsonLd } from './api/dataset/croissant-routes.js'
import { datasetRoutes } from './api/dataset/dataset-routes.js'
import { qualityRoutes } from './api/dataset/quality-routes.js'
import { evaluationRoutes } from './api/evaluation/evaluation-routes.js'
import { metrics } from './http/telemetry/metrics.js'
import { LOGGING_LEVELS, requestLog } from './http/telemetry/request-log.js'
import { docsPage } from './http/contract/docs-page.js'
import { openapiOptions } from './http/contract/openapi.js'
import { opsRoutes } from './api/service/ops-routes.js'
import { headRoutes } from './http/requests/head-routes.js'
import { histogramRoutes } from './api/volumes/histogram-routes.js'
import { cacheControlHeader } from './http/answers/cache-control.js'
import { hotAnswers } from './http/answers/hot-answers.js'
import { EXPOSED_HEADERS } from './http/answers/pixel-headers.js'
import { answerError, problemDetails, refuseConnection } from './http/problems/problem-details.js'
import { parameterTexts } from './http/requests/parameter-texts.js'
import { parseQuery, refuseLongUrl } from './http/requests/query-string.js'
import { belowBasePath, publicPrefix, trustIn } from './http/requests/prefix.js'
import { recentStates } from './http/requests/recent-states.js'
import { revisions } from './http/requests/revisions.js'
import { rateLimit } from './http/access/rate-limit.js'
import { Problem } from './http/contract/schemas.js'
import { NAME_KEY } from './http/contract/shared-parts.js'
import { CLIENT_PATTERN } from './http/contract/texts.js'
import { isLoopback, securityHeaders } from './http/access/security-headers.js'
import { sessionsRoutes } from './api/service/sessions-routes.js'
import { sheetsRoutes } from './api/slices/sheets-routes.js'
import { sliceArraysRoutes } from './api/slices/slice-arrays-routes.js'
import { slicePicturesRoutes } from './api/slices/slice-pictures-routes.js'
import { slicesCatalogRoutes } from './api/slices/slices-catalog-routes.js'
import { splitsRoutes } from './api/training/splits-routes.js'
import { studiesRoutes } from './api/studies/studies-routes.js'
import { NiftiHeader } from './api/studies/nifti-schemas.js'
import { Study } from './api/studies/study-schemas.js'
import { buildSerializer, buildValidator } from './http/contract/compilers.js'
import { textAnswers } from './http/answers/text-answers.js'
import { timeOuts } from './http/requests/time-outs.js'
import { webUi } from './http/web-ui.js'
import { traces } from './http/telemetry/traces.js'
import { labelsRoutes } from './api/labels/labels-routes.js'
import { volumesRoutes } from './api/volumes/volumes-routes.js'
import { webdatasetRoutes } from './api/training/webdataset-routes.js'
import { zarrRoutes } from './api/zarr/zarr-routes.js'
import type { Services } from './services.js'

declare module 'fastify' {
  interface FastifyInstance {
    services: Services
    /** true once the service is told to stop: it still answers, but `/readyz` says it is not ready */
    isStopping: boolean
  }
}

/** In bytes: the request line and all headers together. */
const MAX_HEADER_BYTES = 16_384
const MAX_BODY_BYTES = 2 ** 20
/** How long a browser may remember a preflight: two hours, the most that Chromium takes. */
const PREFLIGHT_SECONDS = 7_200

/** The HTTP side of the services: registers plugins, then routes, in order. Does not listen. */
export async function buildApp (services: Services, options: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const { config } = services
  const { http, ...waits } = timeOuts(config.clientTimeoutSeconds)
  const trust = trustIn(config.trustProxy)
  const app = Fastify({
    ...options,
    ...waits,
    // While the service stops, new requests are still answered, and their connections closed after the answer.
    return503OnClosing: false,
    bodyLimit: MAX_BODY_BYTES,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    // Handlers answer HEAD themselves: Fastify would make the whole answer and discard it.
    exposeHeadRoutes: false,
    clientErrorHandler: refuseConnection,
    // In ms: long, because a busy machine (for example one that reads a dataset) loads plugins slowly.
    pluginTimeout: 60_000,
    frameworkErrors: answerError,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trust,
    ...(config.basePath !== '' && { rewriteUrl: ({ url }: IncomingMessage) => belowBasePath(url!, config.basePath) }),
    routerOptions: { maxParamLength: 512, querystringParser: parseQuery },
    http: { ...http, maxHeaderSize: MAX_HEADER_BYTES },
    schemaController: { compilersFactory: { buildSerializer, buildValidator } },
    ajv: { customOptions: { validateSchema: false, removeAdditional: false, coerceTypes: 'array', allErrors: true, keywords: ['example', NAME_KEY, CLIENT_PATTERN] } }
  }).withTypeProvider<TypeBoxTypeProvider>()
  // Fastify would refuse QUERY by its media type before looking for a route; this makes it 405 like other methods.
  app.addHttpMethod('QUERY', { overrideExisting: true })
  app.decorate('services', services)
  app.decorate('isStopping', false)
  app.addHook('onClose', async () => await services.close())
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    if (app.isStopping) reply.header('connection', 'close')
    refuseLongUrl(request.url)
    done()
  })
  if (LOGGING_LEVELS.has(config.logLevel)) await app.register(requestLog)
  await app.register(traces, { endpoint: config.otlpEndpoint })
  await app.register(parameterTexts)
  await app.register(headRoutes)
  await app.register(cacheControlHeader, { apiKeys: config.apiKeys })
  await app.register(textAnswers)
  await app.register(allowedMethods)
  await app.register(problemDetails)
  const { corsOrigins, basePath } = config
  await app.register(securityHeaders, { timingOrigins: corsOrigins, isEmbeddable: corsOrigins.length > 0 || (isLoopback(config.host) && config.apiKeys.length === 0) })
  await app.register(publicPrefix, { basePath, trust })
  if (corsOrigins.length > 0) await app.register(cors, { origin: corsOrigin(corsOrigins), exposedHeaders: EXPOSED_HEADERS, methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'], maxAge: PREFLIGHT_SECONDS, strictPreflight: false })
  await app.register(keyHolders, { keys: config.apiKeys })
  await app.register(rateLimit, { perMinute: config.rateLimitPerMinute })
  await app.register(apiKeys)
  await app.register(swagger, openapiOptions(services.listing.scale?.grades.map(({ id }) => id) ?? []))
  app.addSchema(Problem)
  app.addSchema(Study)
  app.addSchema(NiftiHeader)
  await app.register(docsPage)
  await app.register(metrics)
  await app.register(revisions, { hasKeys: config.apiKeys.length > 0 })
  await app.register(recentStates)
  await app.register(hotAnswers)
  await app.register(opsRoutes)
  await app.register(jsonLd)
  await app.register(datasetRoutes, { prefix: '/v1' })
  await app.register(qualityRoutes, { prefix: '/v1' })
  await app.register(croissantRoutes, { prefix: '/v1' })
  await app.register(studiesRoutes, { prefix: '/v1' })
  await app.register(sliceArraysRoutes, { prefix: '/v1' })
  await app.register(slicePicturesRoutes, { prefix: '/v1' })
  await app.register(sheetsRoutes, { prefix: '/v1' })
  await app.register(volumesRoutes, { prefix: '/v1' })
  await app.register(labelsRoutes, { prefix: '/v1' })
  await app.register(histogramRoutes, { prefix: '/v1' })
  await app.register(slicesCatalogRoutes, { prefix: '/v1' })
  await app.register(splitsRoutes, { prefix: '/v1' })
  await app.register(batchesRoutes, { prefix: '/v1' })
  await app.register(webdatasetRoutes, { prefix: '/v1' })
  await app.register(evaluationRoutes, { prefix: '/v1' })
  await app.register(zarrRoutes)
  if (config.dicomweb) await app.register(dicomweb, { prefix: '/dicomweb' })
  await app.register(sessionsRoutes)
  await app.register(webUi, { embedders: corsOrigins })
  return app
}

function corsOrigin (origins: readonly string[]): string | string[] {
  return origins.includes('*') ? '*' : [...origins]
}
