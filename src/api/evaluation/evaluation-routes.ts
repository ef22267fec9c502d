import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { evaluationMasksRoutes, evaluationsRoutes } from './evaluations-routes.js'
import { Figure } from './figure-schemas.js'
import { MASK_SCHEMAS } from './mask-schemas.js'
import { maskScoresRoutes } from './mask-scores-routes.js'
import { RUN_SCHEMAS } from './run-schemas.js'
import { severityScoresRoutes } from './severity-routes.js'
import { SEVERITY_SCHEMAS } from './severity-schemas.js'

/** All routes that score algorithms. Routes for JSON and for bytes are separate plugins, because each refuses the other. */
export const evaluationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  for (const schema of [Figure, ...SEVERITY_SCHEMAS, ...MASK_SCHEMAS, ...RUN_SCHEMAS]) app.addSchema(schema)
  await app.register(severityScoresRoutes)
  await app.register(maskScoresRoutes)
  await app.register(evaluationsRoutes)
  await app.register(evaluationMasksRoutes)
}
