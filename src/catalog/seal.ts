import { createHash } from 'node:crypto'
import type { Database } from './sqlite.js'

/** Writes and deletes the seals of studies, in the transaction that changes the studies. */
export interface Sealer {
  seal: (studyId: string) => void
  unseal: (studyId: string) => void
  /** whether the rows of a study are what was sealed */
  holds: (studyId: string) => boolean
}

/**
 * A study's seal is a hash of its rows: the study, its volumes with their slabs, its slices. Access points are not
 * included: what is decoded from one is checked against the slab's CRC.
 */
export function prepareSealer (database: Database): Sealer {
  const hash = prepareHash(database)
  const insert = database.prepare('INSERT INTO seals VALUES (?, ?) ON CONFLICT (study_id) DO UPDATE SET seal = excluded.seal')
  const remove = database.prepare('DELETE FROM seals WHERE study_id = ?')
  const known = database.prepare('SELECT seal FROM seals WHERE study_id = ?').pluck()
  return {
    seal: (studyId) => { insert.run(studyId, hash(studyId)) },
    unseal: (studyId) => { remove.run(studyId) },
    holds: (studyId) => known.get(studyId) === hash(studyId)
  }
}

/** The first study whose rows differ from its seal, or that lacks seal or rows; undefined when every seal holds. */
export function brokenSeal (database: Database): string | undefined {
  return database.transaction(() => {
    const [first] = brokenSeals(database)
    return first
  })()
}

/** The studies whose rows differ from their seals, or that lack seal or rows. */
export function * brokenSeals (database: Database): Generator<string> {
  const hash = prepareHash(database)
  const seals = new Map(database.prepare('SELECT study_id, seal FROM seals').raw().all() as [string, string][])
  for (const id of database.prepare('SELECT id FROM studies').pluck().all() as string[]) {
    if (seals.get(id) !== hash(id)) yield id
    seals.delete(id)
  }
  yield * seals.keys()
}

function prepareHash (database: Database): (studyId: string) => string {
  const queries = [
    'SELECT * FROM studies WHERE id = ?',
    'SELECT v.*, s.ends, s.crcs FROM volumes v LEFT JOIN slabs s ON s.volume_id = v.id WHERE v.study_id = ? ORDER BY v.kind',
    'SELECT * FROM slices WHERE study_id = ? ORDER BY slice'
  ].map((sql) => database.prepare(sql).raw())
  return (studyId) => {
    const rows = queries.flatMap((query) => query.all(studyId) as unknown[][])
    return createHash('sha256').update(JSON.stringify(rows.map((row) => row.map(plain)))).digest('hex')
  }
}

function plain (value: unknown): unknown {
  return Buffer.isBuffer(value) ? value.toString('base64') : value
}
