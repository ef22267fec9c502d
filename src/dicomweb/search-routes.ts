import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { originOf } from '../http/requests/origin.js'
import type { DicomArchive } from './archive.js'
import { DICOM_JSON, dicomJsonText, warn } from './dicom-json-answer.js'
import type { Level } from './level-attributes.js'
import { requested } from './requested.js'
import type { ObjectParams } from './requested.js'
import { search } from './search.js'
import type { SearchScope } from './search.js'
import { searchQuery } from './search-query.js'

/** Searches (QIDO-RS, PS3.18, 10.6): over everything, or within one study or series. */
const SEARCHES: readonly (readonly [path: string, level: Level])[] = [
  ['/studies', 'study'],
  ['/series', 'series'],
  ['/instances', 'instance'],
  ['/studies/:study/series', 'series'],
  ['/studies/:study/instances', 'instance'],
  ['/studies/:study/series/:series/instances', 'instance']
]

export const searchRoutes: FastifyPluginAsync<{ archive: DicomArchive }> = async (app, { archive }) => {
  for (const [path, level] of SEARCHES) {
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      const { params, query } = request as FastifyRequest<{ Params: Partial<ObjectParams>, Querystring: Record<string, string | string[]> }>
      const scope: SearchScope = params.study === undefined ? {} : requested(app.services, archive, params as ObjectParams)
      const { items, warnings } = await search(archive, level, scope, searchQuery(query), `${originOf(request)}${app.prefix}`)
      warn(reply, warnings)
      return await reply.type(DICOM_JSON).send(dicomJsonText(items))
    })
  }
}
