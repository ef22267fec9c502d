import swaggerUi from '@fastify/swagger-ui'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Document, Operation, Parameter } from './contract-parts.js'
import { operationsOf } from './contract-parts.js'
import { servedBelow } from './openapi.js'

/** `GET /docs/`: the contract to read and to try. */
export const docsPage = fp(async (app) => {
  await app.register(async (scope) => {
    // The page holds nothing of the dataset, and it is where a key is entered.
    scope.addHook('onRoute', (route) => { route.config = { ...route.config, isOpen: true } })
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      // Over plain HTTP there is nothing to upgrade to: the page would stay blank on any host but this one.
      transformStaticCSP: (policy) => policy.replace(/\s*upgrade-insecure-requests;/, ''),
      uiConfig: { persistAuthorization: true },
      uiHooks: { onRequest: toFolder },
      transformSpecification: (document, request) => withoutPrefill(servedBelow(document as unknown as Document, request.publicPrefix)) as never,
      transformSpecificationClone: false
    })
  })
}, { name: 'docs-page', dependencies: ['@fastify/swagger', 'public-prefix'] })

/** Addresses on the page are relative, whatever the prefix: they count from `/docs/`, not from `/docs`. */
function toFolder (request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (request.url.split('?', 1)[0]!.endsWith('/docs')) reply.redirect('docs/')
  else done()
}

/** "Try it out" fills in every example: those of optional parameters contradict each other, so they come empty. */
function withoutPrefill (document: Document): Document {
  const copy = structuredClone(document)
  const shared = Object.values(copy.components?.parameters ?? {}) as Parameter[]
  const own = operationsOf(copy).flatMap(({ parameters = [] }: Operation) => parameters as Parameter[])
  for (const parameter of [...shared, ...own]) {
    if ('$ref' in parameter || parameter.required === true) continue
    delete parameter.example
    delete parameter.examples
    const schema = parameter.schema as Record<string, unknown> | undefined
    delete schema?.examples
    delete schema?.example
  }
  return copy
}
