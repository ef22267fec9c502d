import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { CatalogTaken } from '../errors.js'
import { SQLite } from './sqlite.js'
import type { Database } from './sqlite.js'

/**
 * Take a catalog for this process alone, until `release` or the process's end, whatever ends it. The lock is the
 * operating system's, on an empty file beside the catalog: SQLite's own lock on that file, which no other program has
 * a reason to take. The catalog itself stays open to readers.
 *
 * @throws CatalogTaken when another process has it
 */
export function claimCatalog (file: string): { release: () => void } {
  if (file === ':memory:') return { release () {} } // nobody else can open it
  mkdirSync(dirname(file), { recursive: true })
  const lock = new SQLite(`${file}.writer`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!(error instanceof SQLite.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error
    throw new CatalogTaken(file, 'another niiserve is at work on it; a catalog has one writer')
  }
  return { release: () => { lock.close() } }
}

/**
 * Write into a catalog whose it is. One of a root that is no more (the data were moved) is taken over: every file in
 * it is looked at again before it is used.
 *
 * @param root absolute, free of links
 * @throws CatalogTaken when it is the catalog of another root that is still there
 */
export function claimRoot (database: Database, file: string, root: string): void {
  const known = database.prepare('SELECT path FROM data_root').pluck().get() as string | undefined
  if (known === root) return
  if (known !== undefined && existsSync(known)) throw new CatalogTaken(file, `it is the catalog of ${known}, and this data root is ${root}; each needs its own`)
  database.prepare('INSERT INTO data_root VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET path = excluded.path').run(root)
}
