import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { stringify } from 'yaml'
import { CatalogBuilding, Overloaded } from '../../errors.js'
import type { Document } from '../../http/contract/contract-parts.js'
import { servedBelow } from '../../http/contract/openapi.js'
import { onlyProblems } from '../../http/problems/problem-responses.js'
import { binary, json, lines, NoQuery, oneOf, problems } from '../../http/contract/schemas.js'

const Health = Type.Object({ status: oneOf(['ok']) }, { $id: 'Health', description: 'The process lives.' })
const Readiness = Type.Object({ status: oneOf(['ready']) }, { $id: 'Readiness', description: 'Requests can be answered.' })

/** Described as a plain object: generators would make useless classes of a full model. */
const OpenapiDocument = {
  description: 'OpenAPI 3.1',
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
      summary: 'Whether the process lives',
      description: 'For a load balancer or an orchestrator: needs no key and looks at nothing.',
      security: [],
      response: { 200: json('it does', 'Health'), ...onlyProblems('invalid-request') }
    },
    config: { isMomentary: true },
    logLevel: 'warn'
  }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', {
    schema: {
      operationId: 'getReadiness',
      tags: ['Service'],
      summary: 'Whether requests can be answered: the catalog answers and the data root is reachable',
      description: 'For a load balancer or an orchestrator: needs no key. With `READY_WHEN=catalog` it says no (`catalog-building`) until every study was looked at; otherwise what is not read yet answers `catalog-building` by itself.',
      security: [],
      response: { 200: json('they can', 'Readiness'), ...problems() }
    },
    config: { isMomentary: true },
    logLevel: 'warn'
  }, async () => {
    if (app.isStopping) throw new Overloaded('the service stops')
    if (!await services.store.isReachable()) throw new Overloaded('the data root is out of reach', 5)
    if (services.config.readyWhen === 'catalog' && services.ingest.progress.state !== 'ready') throw new CatalogBuilding('The dataset')
    services.catalog.read()
    return { status: 'ready' as const }
  })

  app.get('/metrics', {
    schema: {
      operationId: 'getMetrics',
      tags: ['Service'],
      summary: 'Prometheus metrics',
      description: 'Durations by route, the cache, the queue of work, ingest, and the process.',
      querystring: NoQuery,
      response: { 200: lines('text/plain', 'text exposition format', '# TYPE niiserve_studies_ready gauge\nniiserve_studies_ready 1110\n'), ...problems() }
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
      description: 'As generated from the routes that are served; needs no key.',
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
      description: 'As generated from the routes that are served; needs no key.',
      querystring: NoQuery,
      security: [],
      response: { 200: binary('application/yaml', 'OpenAPI 3.1'), ...problems() }
    }
  }, async (request, reply) => await reply.type('application/yaml; charset=utf-8').send(Buffer.from(stringify(contractFor(request)))))

  function contractFor ({ publicPrefix }: FastifyRequest): Document {
    return servedBelow(app.swagger() as Document, publicPrefix)
  }
}
