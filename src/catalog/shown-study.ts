import { createHash } from 'node:crypto'

/** A study as it is kept: what is shown of it, as JSON text, and its revision. */
export interface KeptStudy { facts: string, revision: string }

/**
 * A hash of what is known of a study and of the bytes behind it: equal as long as no answer about the study changes.
 *
 * @param contents the SHA-256 of each of its files that was read, in order of their kinds
 */
export function revisionOf (facts: string, contents: readonly string[]): string {
  return createHash('sha256').update(facts).update(contents.join(',')).digest('hex').slice(0, 16)
}

/** The study as the API shows it, as JSON text: its facts, and their revision. */
export function shownStudy ({ facts, revision }: KeptStudy): string {
  return `${facts.slice(0, -1)},"revision":"${revision}"}`
}
