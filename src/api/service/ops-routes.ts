import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { stringify } from 'yaml'
import { Overloaded } from '../../errors.js'
import { onlyProblems } from '../../http/problems/problem-responses.js'
import { binary, json, lines, mapOf, NoQuery, oneOf, problems } from '../../http/contract/schemas.js'

const Health = Type.Object({ status: oneOf(['ok']) }, { $id: 'Health', description: 'The process lives.' })
const Readiness = Type.Object({ status: oneOf(['ready']) }, { $id: 'Readiness', description: 'Requests can be answered.' })

const OpenapiOperation = Type.Object({
  operationId: Type.String({ examples: ['getDataset'] }),
  summary: Type.String({ examples: ['The dataset: what it is, whose, how much, and how far the catalog is'] })
}, { description: 'An operation, and more of it than is said here.' })
const OpenapiDocument = Type.Object({
  openapi: Type.String({ description: 'version of the format', examples: ['3.1.0'] }),
  info: Type.Object({ title: Type.String({ examples: ['niiserve'] }), version: Type.String({ description: 'of this contract', examples: ['1.0.0'] }) }),
  paths: mapOf(Type.Object({ get: Type.Optional(OpenapiOperation), post: Type.Optional(OpenapiOperation) }), {
    description: 'operations by path and method',
    examples: [{ '/v1/dataset': { get: { operationId: 'getDataset', summary: 'The dataset: what it is, whose, how much, and how far the catalog is' } } }]
  })
}, { $id: 'OpenapiDocument', description: 'An OpenAPI 3.1 document; only its outline is described.' })

/** Health, readiness, metrics, and the contract itself. */
export const opsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app
  for (const schema of [Health, Readiness, OpenapiDocument]) app.addSchema(schema)

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
      description: 'For a load balancer or an orchestrator: needs no key.',
      security: [],
      response: { 200: json('they can', 'Readiness'), ...problems() }
    },
    config: { isMomentary: true },
    logLevel: 'warn'
  }, async () => {
    if (app.isStopping) throw new Overloaded('the service stops')
    if (!services.store.isReachable()) throw new Overloaded('the data root is out of reach', 5)
    services.catalog.counts()
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
      description: 'As generated from the routes that are served.',
      querystring: NoQuery,
      response: { 200: json('OpenAPI 3.1', 'OpenapiDocument'), ...problems() }
    }
  }, async (_request, reply) => await reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger())))

  app.get('/openapi.yaml', {
    config: { isOfNow: true },
    schema: {
      operationId: 'getOpenapiYaml',
      tags: ['Service'],
      summary: 'This contract as YAML',
      description: 'As generated from the routes that are served.',
      querystring: NoQuery,
      response: { 200: binary('application/yaml', 'OpenAPI 3.1'), ...problems() }
    }
  }, async (_request, reply) => await reply.type('application/yaml; charset=utf-8').send(Buffer.from(stringify(app.swagger()))))
}
