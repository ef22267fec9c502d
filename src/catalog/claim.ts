import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { CatalogTaken } from '../errors.js'
import { SQLite } from './sqlite.js'
import type { Database } from './sqlite.js'

/**
 * Lock a catalog for this process, until `release` or until the process ends in any way. The lock is SQLite's
 * operating-system lock on an empty file beside the catalog, which no other program has a reason to lock. Other
 * processes can still read the catalog.
 *
 * @throws CatalogTaken when another process holds the lock
 */
export function claimCatalog (file: string): { release: () => void } {
  if (file === ':memory:') return { release () {} } // no other process can open it
  mkdirSync(dirname(file), { recursive: true })
  const lock = new SQLite(`${file}.writer`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!(error instanceof SQLite.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error
    throw new CatalogTaken(file, 'another niiserve process uses it; a catalog has one writer')
  }
  return { release: () => { lock.close() } }
}

/**
 * Record in a catalog which data root it belongs to. The catalog of a root that no longer exists (the data were moved)
 * is taken over: every file in it is checked again before it is used.
 *
 * @param root absolute, free of links
 * @throws CatalogTaken when the catalog belongs to another root that still exists
 */
export function claimRoot (database: Database, file: string, root: string): void {
  const known = database.prepare('SELECT path FROM data_root').pluck().get() as string | undefined
  if (known === root) return
  if (known !== undefined && existsSync(known)) throw new CatalogTaken(file, `it is the catalog of ${known}, but this data root is ${root}; each data root needs its own`)
  database.prepare('INSERT INTO data_root VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET path = excluded.path').run(root)
}

/** The data root that a catalog file belongs to; undefined where that is not recorded, as in a merged one. */
export function rootOfCatalog (file: string): string | undefined {
  const database = new SQLite(file, { readonly: true, fileMustExist: true })
  try {
    return database.prepare('SELECT path FROM data_root').pluck().get() as string | undefined
  } finally {
    database.close()
  }
}
