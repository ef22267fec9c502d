import type { FastifyReply, FastifyRequest } from 'fastify'
import { VolumeMissing } from '../../errors.js'
import type { VolumeRecord } from '../../catalog/study.js'
import type { AnswerStream } from '../../views/answer.js'
import type { Identity } from '../../storage/identity.js'
import type { ObjectStore } from '../../storage/object-store.js'
import type { OriginalFile } from '../../volumes/open-volumes.js'
import { answerPixels } from '../../http/answers/answer-pixels.js'
import { describe } from '../../http/answers/pixel-headers.js'

/** Sends a file of the dataset as it is on disk, even if its content cannot be parsed. */
export function sendOriginal (request: FastifyRequest, reply: FastifyReply, { record, version, state }: OriginalFile, form: 'nii' | 'nii.gz'): FastifyReply | Promise<FastifyReply> {
  const { services } = request.server
  const mediaType = form === 'nii' ? 'application/octet-stream' : 'application/gzip'
  return answerPixels(request, reply, describe(services, `"${version}.${form}"`, mediaType, fileHeaders(record, state.modifiedMs, form), { length: state.bytes, ranged: true }), ({ range }) => {
    return piecesOf(services.store, record, state, range)
  })
}

/** When the dataset's file was modified, and a file name to save it under: `study_0255.nii.gz`, `study_0255_mask.nii.gz`. */
export function fileHeaders ({ studyId, kind }: VolumeRecord, modifiedMs: number, form: 'nii' | 'nii.gz'): Record<string, string> {
  return {
    'last-modified': new Date(modifiedMs).toUTCString(),
    'content-disposition': `inline; filename="${studyId}${kind === 'mask' ? '_mask' : ''}.${form}"`
  }
}

/** Copied bytes, so there is nothing to release. */
async function * piecesOf (store: Pick<ObjectStore, 'open'>, record: VolumeRecord, state: Identity, range: readonly [number, number]): AnswerStream {
  const opened = await store.open(record.key, state)
  if (opened === undefined) throw new VolumeMissing(`The file of the ${record.kind} of ${record.studyId} has just been removed.`)
  for await (const bytes of opened.pieces(range)) yield { chunks: [bytes], release: () => {}, cache: 'miss', decodeMs: 0 }
}
