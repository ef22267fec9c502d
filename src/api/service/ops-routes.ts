import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { CatalogBuilding, Overloaded } from '../../errors.js'
import type { Document } from '../../http/contract/contract-parts.js'
import { servedBelow } from '../../http/contract/openapi.js'
import { onlyProblems } from '../../http/problems/problem-responses.js'
import { binary, json, lines, NoQuery, oneOf, problems } from '../../http/contract/schemas.js'

const Health = Type.Object({ status: oneOf(['ok']) }, { $id: 'Health', description: 'The process is alive.' })
const Readiness = Type.Object({ status: oneOf(['ready']) }, { $id: 'Readiness', description: 'The service can answer requests.' })

/** Described as a plain object: generators would make useless classes of a full model. */
const OpenapiDocument = {
  description: 'the contract in OpenAPI 3.1',
  content: { 'application/json': { schema: Type.Unsafe<unknown>({ type: 'object' }), example: { openapi: '3.1.0', info: { title: 'niiserve', version: '1.0.0' }, paths: {} } } }
}

/** Health, readiness, metrics, and the contract itself. */
export const opsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  for (const schema of [Health, Readiness]) app.addSchema(schema)

  app.get('/healthz', {
    schema: {
      operationId: 'getHealth',
      tags: ['Service'],
      summary: 'Liveness: whether the process is alive',
      description: 'For a load balancer or an orchestrator. Needs no key and checks nothing else.',
      security: [],
      response: { 200: json('the process is alive', 'Health'), ...onlyProblems('invalid-request') }
    },
    config: { isMomentary: true },
    logLevel: 'warn'
  }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', {
    schema: {
      operationId: 'getReadiness',
      tags: ['Service'],
      summary: 'Readiness: whether the catalog answers and the folder of the data is reachable',
      description: 'For a load balancer or an orchestrator. Needs no key. With `READY_WHEN=catalog` it answers `catalog-building` until every study has been read; otherwise it is ready at once, and only the studies not read yet answer `catalog-building`. A data root on a store (`s3://`, `https://`) is not asked: while it is away, what is in memory is answered, and the rest is 503.',
      security: [],
      response: { 200: json('the service is ready', 'Readiness'), ...problems() }
    },
    config: { isMomentary: true },
    logLevel: 'warn'
  }, async () => {
    if (app.isStopping) throw new Overloaded('it is stopping')
    // A store that is away is away for every replica: one that said no would leave nobody to answer what is in memory.
    if (services.remote === undefined && !await services.store.isReachable()) throw new Overloaded('the data root is not reachable', 5)
    if (services.config.readyWhen === 'catalog' && services.ingest.progress.state !== 'ready') throw new CatalogBuilding('The dataset')
    services.catalog.read()
    return { status: 'ready' as const }
  })

  app.get('/metrics', {
    schema: {
      operationId: 'getMetrics',
      tags: ['Service'],
      summary: 'Prometheus metrics',
      description: 'Request durations by route, cache, work queue, ingest and process.',
      querystring: NoQuery,
      response: { 200: lines('text/plain', 'the metrics in the Prometheus text format', '# TYPE niiserve_studies_ready gauge\nniiserve_studies_ready 1110\n'), ...problems() }
    },
    config: { isOfNow: true, isMomentary: true },
    logLevel: 'warn'
  }, async (_request, reply) => await reply.type(app.metrics.contentType).send(await app.metrics.metrics()))

  app.get('/openapi.json', {
    config: { isOfNow: true },
    schema: {
      operationId: 'getOpenapiJson',
      tags: ['Service'],
      summary: 'This contract as JSON',
      description: 'Generated from the routes of this service. Needs no key.',
      querystring: NoQuery,
      security: [],
      response: { 200: OpenapiDocument, ...problems() }
    }
  }, async (request, reply) => await reply.type('application/json; charset=utf-8').send(JSON.stringify(contractFor(request))))

  app.get('/openapi.yaml', {
    config: { isOfNow: true },
    schema: {
      operationId: 'getOpenapiYaml',
      tags: ['Service'],
      summary: 'This contract as YAML',
      description: 'Generated from the routes of this service. Needs no key.',
      querystring: NoQuery,
      security: [],
      response: { 200: binary('application/yaml', 'OpenAPI 3.1'), ...problems() }
    }
  }, async (request, reply) => {
    const { stringify } = await import('yaml')
    return await reply.type('application/yaml; charset=utf-8').send(Buffer.from(stringify(contractFor(request))))
  })

  function contractFor ({ publicPrefix }: FastifyRequest): Document {
    return servedBelow(app.swagger() as Document, publicPrefix)
  }
}
