import { createHash } from 'node:crypto'

/** Our namespace: the version 5 UUID of `urn:niiserve:dicom` in the namespace for URLs (RFC 9562, 6.6). */
const NAMESPACE = uuidV5(Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex'), 'urn:niiserve:dicom')

/**
 * A UID derived from names: `2.25.` and a version 5 UUID as a decimal number (PS3.5, B.2). The same names always give the
 * same UID, on every machine.
 */
export function uidOf (kind: string, ...names: readonly string[]): string {
  return `2.25.${BigInt(`0x${uuidV5(NAMESPACE, JSON.stringify([kind, ...names])).toString('hex')}`)}`
}

/** UIDs of everything in one study; a changed file gets a new UID. */
export const UIDS = {
  /** of the study; does not change with its files */
  study: (dataset: string, study: string) => uidOf('study', dataset, study),
  /** @param files the SHA-256 of every file of the series */
  series: (studyUid: string, kind: string, ...files: readonly string[]) => uidOf('series', studyUid, kind, ...files),
  instance: (seriesUid: string, index: number) => uidOf('instance', seriesUid, String(index)),
  /** the frame of reference of the image and its masks */
  frameOfReference: (studyUid: string, imageKey: string) => uidOf('frame of reference', studyUid, imageKey),
  dimensions: (instanceUid: string) => uidOf('dimensions', instanceUid)
}

/** RFC 9562, 5.5: SHA-1 of namespace and name, 16 bytes. */
function uuidV5 (namespace: Uint8Array, name: string): Buffer {
  const uuid = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16)
  uuid[6] = (uuid[6]! & 0x0f) | 0x50
  uuid[8] = (uuid[8]! & 0x3f) | 0x80
  return uuid
}
