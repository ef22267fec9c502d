import { SQLite } from '../../src/catalog/sqlite.js'

/** Everything a catalog says, by study, without what may differ between two readings of the same files: row numbers. */
export type CatalogContent = Record<string, unknown[]>

const QUERIES = {
  studies: 'SELECT * FROM studies ORDER BY id',
  volumes: 'SELECT study_id, kind, file, status, problem, warnings, bytes, mtime_ms, edges, sha256, header, intensity, lesion FROM volumes ORDER BY study_id, kind',
  slices: 'SELECT * FROM slices ORDER BY study_id, slice',
  slabs: 'SELECT v.study_id, v.kind, s.ends, s.crcs FROM slabs s JOIN volumes v ON v.id = s.volume_id ORDER BY v.study_id, v.kind',
  points: `SELECT v.study_id, v.kind, p.out_offset, p.in_offset, p.bit, p.history FROM access_points p
    JOIN volumes v ON v.id = p.volume_id ORDER BY v.study_id, v.kind, p.out_offset`
}

/** Read a catalog that nobody has open; it must be whole, and nothing in it without its study. */
export function catalogContent (file: string): CatalogContent {
  const database = new SQLite(file)
  try {
    const faults = [database.pragma('integrity_check', { simple: true }), ...database.pragma('foreign_key_check') as unknown[]]
    if (faults.length > 1 || faults[0] !== 'ok') throw new Error(`the catalog is not whole: ${JSON.stringify(faults)}`)
    return Object.fromEntries(Object.entries(QUERIES).map(([table, sql]) => [table, database.prepare(sql).raw().all()]))
  } finally {
    database.close()
  }
}

/** How many studies a catalog has that another process is filling; 0 before it has its tables. */
export function studiesSoFar (file: string): number {
  try {
    const database = new SQLite(file, { readonly: true, fileMustExist: true })
    try {
      return database.prepare('SELECT count(DISTINCT study_id) FROM volumes').pluck().get() as number
    } finally {
      database.close()
    }
  } catch (error) {
    if (/directory does not exist|unable to open|no such table|is locked/.test((error as Error).message)) return 0
    throw error
  }
}

/** The content as far as it concerns studies that were read; each is in it whole or not at all. */
export function readStudies (content: CatalogContent): CatalogContent {
  const known = new Set(content.volumes!.map((row) => (row as unknown[])[0]))
  return Object.fromEntries(Object.entries(content).map(([table, rows]) => [table, rows.filter((row) => known.has((row as unknown[])[0]))]))
}

/** What of `whole` concerns the studies that `part` has. */
export function sameStudies (whole: CatalogContent, part: CatalogContent): CatalogContent {
  const ids = new Set(part.studies!.map((row) => (row as unknown[])[0]))
  return Object.fromEntries(Object.entries(whole).map(([table, rows]) => [table, rows.filter((row) => ids.has((row as unknown[])[0]))]))
}
