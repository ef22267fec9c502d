import { createHash } from 'node:crypto'
import type { ReferenceStudy } from '../../catalog/study-query.js'
import type { StudyFilter } from '../../catalog/study-selection.js'
import type { Catalog } from '../../catalog/catalog.js'
import { MASK_DEFINITIONS } from '../masks/definitions.js'
import { GRADE_COUNT } from '../severity/scored-case.js'
import { SEVERITY_DEFINITIONS } from '../severity/definitions.js'

/** The studies that an algorithm is scored on. `hash` covers ids, grades, masks and the definitions of all metrics. */
export interface Target {
  studies: ReferenceStudy[]
  hash: string
  /** the query that selects them, as text */
  filters: Record<string, string>
}

/** The studies of a target that have a grade; severities are scored on these. */
export function gradedStudies (studies: readonly ReferenceStudy[]): { id: string, severity: number }[] {
  return studies.flatMap(({ id, severity }) => severity !== null && severity < GRADE_COUNT ? [{ id, severity }] : [])
}

/** The studies of the catalog that currently pass a filter. */
export function targetOf (catalog: Catalog, filter: StudyFilter, filters: Record<string, string>): Target {
  const studies = catalog.ask.referenceStudies(filter)
  return { studies, hash: targetHash(studies), filters }
}

function targetHash (studies: readonly ReferenceStudy[]): string {
  const versions = Object.entries({ ...SEVERITY_DEFINITIONS, ...MASK_DEFINITIONS }).map(([name, text]) => [name, text.slice(text.lastIndexOf('/'))])
  const facts = studies.map(({ id, severity, mask }) => [id, severity, mask?.sha256 ?? null])
  return createHash('sha256').update(JSON.stringify([versions, facts])).digest('hex')
}
