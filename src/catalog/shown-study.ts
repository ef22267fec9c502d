import { createHash } from 'node:crypto'

/** The checksums of a study's files, as SQL on a row of `studies`. */
export const CONTENTS = '(SELECT group_concat(sha256) FROM (SELECT sha256 FROM volumes WHERE study_id = studies.id ORDER BY kind))'

/** A study as it is kept: what is shown of it, as JSON text, and the checksums of its files. */
export interface KeptStudy { facts: string, contents: string | null }

/** A hash of what is known of a study and of the bytes behind it: equal as long as no answer about the study changes. */
export function revisionOf ({ facts, contents }: KeptStudy): string {
  return createHash('sha256').update(facts).update(contents ?? '').digest('hex').slice(0, 16)
}

/** The study as the API shows it, as JSON text: its facts, and their revision. */
export function shownStudy (study: KeptStudy): string {
  return `${study.facts.slice(0, -1)},"revision":"${revisionOf(study)}"}`
}
