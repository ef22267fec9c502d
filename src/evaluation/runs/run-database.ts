import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate } from '../../catalog/database.js'
import { SQLite } from '../../catalog/sqlite.js'
import type { Database } from '../../catalog/sqlite.js'
import { ConfigError } from '../../errors.js'

/** `migrations/` stands beside `src/` and beside the built `dist/`. */
const MIGRATIONS = fileURLToPath(new URL('../../../migrations/evaluations/', import.meta.url))

const BUSY_TIMEOUT_MS = 5_000

/**
 * Open the file of the runs (or `:memory:`), or create it. Unlike the catalog it cannot be rebuilt from the dataset, so an
 * unusable file stops the start and is left unchanged.
 *
 * @throws ConfigError
 */
export function openRunDatabase (file: string): Database {
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
    const database = new SQLite(file)
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    database.pragma('journal_mode = WAL')
    // After a 200 answer the data is on disk, even if the machine loses power.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    migrate(database, MIGRATIONS)
    return database
  } catch (error) {
    throw new ConfigError('EVALUATIONS_FILE', `${file} cannot be used: ${(error as Error).message}`)
  }
}
