import type { FastifyReply } from 'fastify'
import { dicomJson } from '../dicom/dicom-json.js'
import type { DataSet } from '../dicom/data-set.js'

export const DICOM_JSON = 'application/dicom+json'

export function dicomJsonText (items: readonly DataSet[]): string {
  return JSON.stringify(items.map(dicomJson))
}

/** Add warnings to an answer about the parts of its request that were ignored (PS3.18, 8.3.4.6). */
export function warn (reply: FastifyReply, warnings: readonly string[]): void {
  if (warnings.length > 0) reply.header('warning', warnings.map((text) => `299 niiserve "${text}"`).join(', '))
}
