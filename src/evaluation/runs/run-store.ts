import { randomBytes } from 'node:crypto'
import { statement } from '../../catalog/database.js'
import type { Database } from '../../catalog/database.js'
import type { Cursor, ReferenceStudy } from '../../catalog/study-query.js'
import { EvaluationNotFound } from '../../errors.js'
import type { SeverityAnswer, SeverityRequest } from '../scoring/severity-scoring.js'
import type { CaseMetrics } from './case-metrics.js'
import type { Target } from './target.js'

/** A run's name, and how its masks are scored. */
export interface RunDescription { name: string, algorithm: string | null, version: string | null, note: string | null, toleranceMm: number, minLesionMl: number }

/** A run as lists show it. */
export interface RunSummary extends RunDescription {
  id: string
  createdMs: number
  filters: Record<string, string>
  target: ReferenceStudy[]
  targetHash: string
  /** mean over the annotated target studies; a missing mask counts as empty */
  dice: number | null
  /** number of masks sent */
  scored: number
  hasGrades: boolean
}

export const RUN_SORTS = ['created', 'dice'] as const
export interface RunOrder { by: typeof RUN_SORTS[number], descending: boolean }

/** Sort keys as SQL: each sorts ascending, and a run without the fact comes last in both directions. */
const KEYS = {
  created: { ascending: 'created_ms', descending: '-created_ms' },
  dice: { ascending: 'COALESCE(dice, 1e308)', descending: 'COALESCE(-dice, 1e308)' }
} as const

interface Row {
  id: string,
  created_ms: number,
  name: string,
  algorithm: string | null,
  version: string | null,
  note: string | null
  tolerance_mm: number,
  min_lesion_ml: number,
  filters: string,
  target: string,
  target_hash: string,
  dice: number | null,
  scored: number,
  graded: 0 | 1
}

const COLUMNS = 'id, created_ms, name, algorithm, version, note, tolerance_mm, min_lesion_ml, filters, target, target_hash, dice, scored, grades IS NOT NULL AS graded'

/** The stored runs. Takes rows, returns domain values; all methods are synchronous. */
export class RunStore {
  constructor (private readonly database: Database) {}

  /** @returns the new run's id */
  create (description: RunDescription, target: Target, createdMs: number): string {
    const id = randomBytes(8).toString('hex')
    this.database.prepare(`INSERT INTO evaluations (id, created_ms, name, algorithm, version, note, tolerance_mm, min_lesion_ml, filters, target, target_hash, dice)
      VALUES (@id, @createdMs, @name, @algorithm, @version, @note, @toleranceMm, @minLesionMl, @filters, @target, @targetHash, @dice)`).run({
      id, createdMs, ...description, filters: JSON.stringify(target.filters), target: JSON.stringify(target.studies), targetHash: target.hash, dice: meanDice(target.studies, new Map())
    })
    return id
  }

  /** @throws EvaluationNotFound */
  run (id: string): RunSummary {
    const row = statement(this.database, `SELECT ${COLUMNS} FROM evaluations WHERE id = ?`).get(id) as Row | undefined
    if (row === undefined) throw new EvaluationNotFound(id)
    return summaryOf(row)
  }

  page (order: RunOrder, limit: number, after: Cursor | null): { items: RunSummary[], total: number, next: Cursor | null } {
    const key = KEYS[order.by][order.descending ? 'descending' : 'ascending']
    const rest = after === null ? '' : `WHERE (${key}, id) > (?, ?)`
    const rows = statement(this.database, `SELECT ${key} AS key, ${COLUMNS} FROM evaluations ${rest} ORDER BY ${key}, id LIMIT ?`)
      .all(...after === null ? [] : [after.key, after.id], limit + 1) as (Row & { key: number })[]
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      items: page.map(summaryOf),
      total: statement(this.database, 'SELECT COUNT(*) FROM evaluations').pluck().get() as number,
      next: rows.length > limit && last !== undefined ? { key: last.key, id: last.id } : null
    }
  }

  /** Store a study's row; replaces an earlier one. */
  keep (run: RunSummary, row: CaseMetrics): void {
    this.database.transaction(() => {
      statement(this.database, 'INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?)').run(run.id, row.study, row.dice, JSON.stringify(row))
      const dice = new Map(statement(this.database, 'SELECT study_id, dice FROM scores WHERE evaluation_id = ?').raw().all(run.id) as [string, number | null][])
      statement(this.database, 'UPDATE evaluations SET dice = ?, scored = ? WHERE id = ?').run(meanDice(run.target, dice), dice.size, run.id)
    }).immediate()
  }

  /** The stored rows, by study. */
  rows (id: string): Map<string, CaseMetrics> {
    const rows = statement(this.database, 'SELECT metrics FROM scores WHERE evaluation_id = ?').pluck().all(id) as string[]
    return new Map(rows.map((text) => JSON.parse(text) as CaseMetrics).map((row) => [row.study, row]))
  }

  keepGrades (id: string, grades: SeverityRequest, severity: SeverityAnswer): void {
    this.database.prepare('UPDATE evaluations SET grades = ?, severity = ? WHERE id = ?').run(JSON.stringify(grades), JSON.stringify(severity), id)
  }

  /** A run's grades and their score; null where none were sent. */
  grades (id: string): { request: SeverityRequest, answer: SeverityAnswer } | null {
    const row = this.database.prepare('SELECT grades, severity FROM evaluations WHERE id = ?').get(id) as { grades: string | null, severity: string | null } | undefined
    return row?.grades == null || row.severity === null ? null : { request: JSON.parse(row.grades), answer: JSON.parse(row.severity) }
  }

  /** @throws EvaluationNotFound */
  remove (id: string): void {
    if (this.database.prepare('DELETE FROM evaluations WHERE id = ?').run(id).changes === 0) throw new EvaluationNotFound(id)
  }

  close (): void {
    this.database.close()
  }
}

/** Mean over the annotated studies: a missing mask of a study with lesion counts as 0; without lesion it has no value. */
function meanDice (target: readonly ReferenceStudy[], scored: ReadonlyMap<string, number | null>): number | null {
  const values = target.flatMap(({ id, mask }) => mask === null ? [] : scored.has(id) ? scored.get(id) ?? [] : mask.voxels > 0 ? [0] : [])
  return values.length === 0 ? null : values.reduce((sum, dice) => sum + dice, 0) / values.length
}

function summaryOf (row: Row): RunSummary {
  const { id, name, algorithm, version, note, dice, scored } = row
  return {
    id,
    createdMs: row.created_ms,
    name,
    algorithm,
    version,
    note,
    toleranceMm: row.tolerance_mm,
    minLesionMl: row.min_lesion_ml,
    filters: JSON.parse(row.filters),
    target: JSON.parse(row.target),
    targetHash: row.target_hash,
    dice,
    scored,
    hasGrades: row.graded === 1
  }
}
