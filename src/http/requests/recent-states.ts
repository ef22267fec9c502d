import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/**
 * Of a data root that is asked over a network: before a 304 or a HEAD about a study, which reads no voxel, the store's last word
 * on the study's files must be recent (STORE_FRESH). Mostly it is, and nothing is waited for. A folder is asked at every
 * request anyway, so there this does nothing.
 */
export const recentStates = fp(async (app) => {
  const { store, volumes } = app.services
  if (store.confirm === undefined) return
  app.addHook('preHandler', async (request: FastifyRequest) => {
    const { studyId } = request.params as { studyId?: string }
    if (studyId !== undefined && (request.method === 'HEAD' || request.headers['if-none-match'] !== undefined)) await volumes.confirmStudy(studyId)
  })
}, { name: 'recent-states' })
