import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LRUCache } from 'lru-cache'
import { InvalidCatalog } from '../errors.js'
import { brokenSeal, brokenSeals, prepareSealer } from './seal.js'
import { SQLite } from './sqlite.js'
import type { Database, Statement } from './sqlite.js'

/** An open catalog file. */
export type { Database }

/** Compiled statements kept per database; queries differ only in their filters, so there are few. */
const KEPT_STATEMENTS = 256
const compiled = new WeakMap<Database, LRUCache<string, Statement>>()

/** The statement of this text, compiled once. */
export function statement (database: Database, sql: string): Statement {
  let kept = compiled.get(database)
  if (kept === undefined) compiled.set(database, kept = new LRUCache({ max: KEPT_STATEMENTS }))
  let found = kept.get(sql)
  if (found === undefined) kept.set(sql, found = database.prepare(sql))
  return found
}

/** `migrations/` stands beside `src/` and beside the built `dist/`. */
const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))

/** Another process may hold the write lock for as long as one study's transaction takes. */
const BUSY_TIMEOUT_MS = 5_000

/** SQLite's page cache, in KiB; negative because `PRAGMA cache_size` counts pages otherwise. */
const PAGE_CACHE_KIB = -8_192

/** A catalog written by a newer niiserve, whose tables this one does not know. */
class NewerCatalog extends Error {}

/** SQLite can read the pages, but their content is not what was written. */
class ChangedCatalog extends Error {}

/** SQLite's error codes for the disk, permissions or another process: the catalog file itself is sound. */
const OF_THE_SYSTEM = ['SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_PERM', 'SQLITE_AUTH', 'SQLITE_NOMEM', 'SQLITE_PROTOCOL', 'SQLITE_NOLFS']

/** A catalog of at most so many studies is checked before it is used, which takes a second at most. */
const CHECKED_AT_ONCE = 5_000

const unchecked = new WeakSet<Database>()

/** Whether a catalog was opened without a check of its content, because that takes long; `damageOf` checks it. */
export function isUnchecked (database: Database): boolean {
  return unchecked.has(database)
}

/** Have the whole catalog checked before it is used the next time, however large it is. */
export function demandCheck (file: string): void {
  writeFileSync(demand(file), '')
}

const demand = (file: string) => `${file}.check`

/** Open a catalog to be read, beside the connection that writes it. The caller closes it. */
export function openReader (file: string): Database {
  const database = new SQLite(file, { readonly: true })
  database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
  return database
}

/** What is wrong with a catalog: why it as a whole cannot be used, and studies that are not what was written. */
export interface Damage { whole: string | null, studies: string[] }

/** Check all that `openDatabase` leaves unchecked of a large catalog. Takes seconds: for a thread. */
export function damageOf (file: string): Damage {
  const database = openReader(file)
  try {
    const whole = pageFault(database)
    return { whole, studies: database.transaction(() => [...brokenSeals(database)])() }
  } catch (error) {
    if (!isUnusable(error)) throw error
    return { whole: (error as Error).message, studies: [] }
  } finally {
    database.close()
  }
}

/**
 * Open the catalog at `file` (or `:memory:`); creates it if needed and applies the missing `migrations/`.
 *
 * Everything in the catalog can be read again from the dataset. So a file that SQLite cannot use (corrupt, not a
 * database, from a newer niiserve) is renamed and a new one is created; `onSetAside` gets the name and the reason. Of a
 * large one only the tables are checked here: see `isUnchecked`.
 */
export function openDatabase (file: string, onSetAside: (name: string, reason: string) => void = () => {}): Database {
  if (file === ':memory:') return prepare(new SQLite(file))
  mkdirSync(dirname(file), { recursive: true })
  try {
    return prepareOrClose(new SQLite(file))
  } catch (error) {
    if (!isUnusable(error)) throw error
    const aside = `${file}.set-aside-${randomUUID().slice(0, 8)}`
    renameSync(file, aside)
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
    onSetAside(aside, (error as Error).message)
    return prepareOrClose(new SQLite(file))
  } finally {
    rmSync(demand(file), { force: true })
  }
}

function prepareOrClose (database: Database): Database {
  try {
    return prepare(database)
  } catch (error) {
    database.close()
    throw error
  }
}

function prepare (database: Database): Database {
  database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
  // A transaction in the log survives a killed process; only a power cut can lose the last ones.
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = NORMAL')
  database.pragma(`cache_size = ${PAGE_CACHE_KIB}`)
  // A migration that rebuilds a table drops the old one; rows that refer to it must not be deleted with it.
  database.pragma('foreign_keys = OFF')
  migrate(database, MIGRATIONS)
  database.pragma('foreign_keys = ON')
  checkSchema(database)
  const isLarge = database.prepare(`SELECT 1 FROM studies LIMIT 1 OFFSET ${CHECKED_AT_ONCE}`).get() !== undefined
  if (isLarge && !existsSync(demand(database.name))) unchecked.add(database)
  else {
    const fault = pageFault(database)
    if (fault !== null) throw new ChangedCatalog(fault)
    refuseBrokenSeals(database)
  }
  return database
}

/**
 * Open a catalog that was made elsewhere and checked by its hash, only to read it.
 *
 * @param rules those that its facts must have been read by
 * @throws InvalidCatalog when it is of another version of niiserve
 */
export function openPublished (file: string, rules: number): Database {
  const database = new SQLite(file, { readonly: true, fileMustExist: true })
  try {
    database.pragma(`cache_size = ${PAGE_CACHE_KIB}`)
    checkSchema(database)
    const written = database.pragma('user_version', { simple: true })
    if (written !== rules) throw new ChangedCatalog(`its facts were read by rules ${String(written)}, and this version of niiserve reads by rules ${rules}`)
    return database
  } catch (error) {
    database.close()
    throw isUnusable(error) ? new InvalidCatalog(basename(file), (error as Error).message) : error
  }
}

/** Create the catalog's tables in a new database. */
export function makeTables (database: Database): void {
  migrate(database, MIGRATIONS)
}

/** The statements that made tables and indexes, as text. @param name of an attached database */
export function schemaOf (database: Database, name = 'main'): string {
  return JSON.stringify(database.prepare(`SELECT type, name, tbl_name, sql FROM ${name}.sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name`).raw().all())
}

/** Checks that tables and indexes are exactly those that the migrations create. */
function checkSchema (database: Database): void {
  const made = new SQLite(':memory:')
  try {
    makeTables(made)
    if (schemaOf(made) !== schemaOf(database)) throw new ChangedCatalog('its tables were changed')
  } finally {
    made.close()
  }
}

/**
 * What is wrong with a page of the small tables, or with an index of theirs; null where nothing is. The histories of access
 * points, most of the file, are not read: a damaged one is noticed when it is used, and the volume is then inflated from its
 * start.
 */
function pageFault (database: Database): string | null {
  for (const table of ['migrations', 'studies', 'volumes', 'slices', 'slabs', 'seals', 'data_root']) {
    const check = database.pragma(`integrity_check('${table}')`, { simple: true })
    if (check !== 'ok') return String(check)
  }
  return null
}

/** Apply the numbered migrations that the database lacks, in order, one transaction each. @throws NewerCatalog */
export function migrate (database: Database, folder: string): void {
  database.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)')
  const files = readdirSync(folder).filter((name) => /^\d{3}\..+\.sql$/.test(name)).sort()
  const known = new Set(files)
  const applied = new Set(database.prepare('SELECT name FROM migrations').pluck().all() as string[])
  const unknown = [...applied].find((name) => !known.has(name))
  if (unknown !== undefined) throw new NewerCatalog(`it has the migration ${unknown}, which this version does not know`)
  const missing = files.filter((name) => !applied.has(name))
  if (missing.length === 0) return
  const isSealed = applied.has(SEALS)
  if (isSealed) refuseBrokenSeals(database)
  for (const name of missing) {
    database.transaction(() => {
      database.exec(readFileSync(folder + name, 'utf8'))
      database.prepare("INSERT INTO migrations VALUES (?, datetime('now'))").run(name)
      if (isSealed) sealAnew(database)
    }).immediate()
  }
}

/** The migration that introduced seals and emptied the catalog. */
const SEALS = '003.seals.sql'

/** Compute the seals again after a migration changed sealed rows; they were checked before it. */
function sealAnew (database: Database): void {
  const { seal } = prepareSealer(database)
  database.exec('DELETE FROM seals')
  for (const id of database.prepare('SELECT id FROM studies').pluck().all() as string[]) seal(id)
}

function refuseBrokenSeals (database: Database): void {
  const broken = brokenSeal(database)
  if (broken !== undefined) throw new ChangedCatalog(`its data of the study ${JSON.stringify(broken)} was changed or damaged`)
}

function isUnusable (error: unknown): boolean {
  if (error instanceof SQLite.SqliteError) return !OF_THE_SYSTEM.some((code) => error.code.startsWith(code))
  return error instanceof NewerCatalog || error instanceof ChangedCatalog
}
