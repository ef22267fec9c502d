import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { stringify } from 'yaml'
import { Overloaded } from '../errors.js'
import { oneOf, problems } from './schemas.js'

const NoQuery = Type.Object({}, { additionalProperties: false })

/** Health, readiness, metrics, and the contract itself. */
export const opsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { services } = app

  app.get('/healthz', {
    schema: {
      operationId: 'getHealth',
      tags: ['Service'],
      summary: 'Whether the process lives',
      security: [],
      response: { 200: { description: 'it does', content: { 'application/json': { schema: Type.Object({ status: oneOf(['ok']) }) } } } }
    },
    logLevel: 'warn'
  }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', {
    schema: {
      operationId: 'getReadiness',
      tags: ['Service'],
      summary: 'Whether requests can be answered: the catalog answers and the data root is reachable',
      security: [],
      response: { 200: { description: 'they can', content: { 'application/json': { schema: Type.Object({ status: oneOf(['ready']) }) } } }, ...problems() }
    },
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
      querystring: NoQuery,
      response: { 200: { description: 'text exposition format', content: { 'text/plain': { schema: Type.String() } } }, ...problems() }
    },
    logLevel: 'warn'
  }, async (_request, reply) => await reply.type(app.metrics.contentType).send(await app.metrics.metrics()))

  app.get('/openapi.json', {
    schema: {
      operationId: 'getOpenapiJson',
      tags: ['Service'],
      summary: 'This contract as JSON',
      querystring: NoQuery,
      response: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: Type.Unknown() } } }, ...problems() }
    }
  }, async (_request, reply) => await reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger())))

  app.get('/openapi.yaml', {
    schema: {
      operationId: 'getOpenapiYaml',
      tags: ['Service'],
      summary: 'This contract as YAML',
      querystring: NoQuery,
      response: { 200: { description: 'OpenAPI 3.1', content: { 'application/yaml': { schema: Type.String() } } }, ...problems() }
    }
  }, async (_request, reply) => await reply.type('application/yaml; charset=utf-8').send(stringify(app.swagger())))
}
