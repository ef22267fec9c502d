import { createHash } from 'node:crypto'
import { ConfigError } from '../errors.js'

/** One task's part of an ingest that `of` tasks do together; `index` counts from 0. */
export interface Share { readonly index: number, readonly of: number }

/** More tasks than this would write parts of a few studies each. */
const MOST_SHARES = 100_000

/** @param text such as 0/4 @throws ConfigError naming `--share` */
export function parseShare (text: string): Share {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const share = { index: Number(index), of: Number(of) }
  const isShare = index !== undefined && share.of >= 1 && share.of <= MOST_SHARES && share.index < share.of
  if (!isShare) throw new ConfigError('--share', `${JSON.stringify(text)} is not i/n with n from 1 to ${MOST_SHARES} and i from 0 to n - 1, such as 0/4`)
  return share
}

/**
 * Whether a study belongs to a share: by SHA-256 of its id, so that each task knows its own without asking, and shares
 * are even whatever the ids are.
 */
export function isOfShare (studyId: string, { index, of }: Share): boolean {
  return createHash('sha256').update(studyId).digest().readUIntBE(0, 6) % of === index
}

export function shareName ({ index, of }: Share): string {
  const digits = String(of).length
  return `${String(index).padStart(digits, '0')}-of-${of}`
}
