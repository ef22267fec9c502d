import type { FastifyPluginAsync } from 'fastify'
import { HttpFault } from '../http/problems/problem-details.js'
import type { DicomArchive } from './archive.js'

/** Redirects to a study in OHIF, whose pages need the study's UID. */
export const ohifRoutes: FastifyPluginAsync<{ archive: DicomArchive, ohifUrl: string }> = async (app, { archive, ohifUrl }) => {
  app.get('/ohif/:studyId', { schema: { hide: true } }, async (request, reply) => {
    const { studyId } = request.params as { studyId: string }
    app.services.volumes.open(studyId, 'image')
    const known = archive.study(studyId)
    if (known === undefined || 'fault' in known) throw new HttpFault('route-not-found', `${studyId} is not served as DICOM${known === undefined ? '' : `: ${known.fault}`}.`)
    return await reply.redirect(`${ohifUrl}/viewer?StudyInstanceUIDs=${known.study.uid}`, 302)
  })
}
