import { rmSync } from 'node:fs'
import { InvalidCatalog } from '../errors.js'
import { makeTables, schemaOf } from './database.js'
import { prepareSealer } from './seal.js'
import { SQLite } from './sqlite.js'
import type { Database } from './sqlite.js'

/** Tables that a copy does not take over as they are: `fill` says what becomes of each. */
const OWN_WAYS = ['migrations', 'data_root', 'seals', 'volumes', 'slabs', 'access_points', 'label_sets', 'sqlite_sequence']

/** Stands for the date of a migration, which says nothing about the dataset. */
const NO_DATE = '1970-01-01 00:00:00'

/**
 * Write what catalogs hold into one new file, in an order of its own: equal facts give equal bytes, whatever order the
 * files were read in and on however many machines. Rows of `volumes` are numbered by study and kind, access points by
 * volume and place; the data root is left out, because the catalog is to be used elsewhere.
 *
 * @param sources catalog files, of different studies; another process may be writing to one that stands alone
 * @throws InvalidCatalog for a source whose tables, rules or label sets are not the others'
 */
export function copyCanonical (sources: readonly string[], target: string): void {
  const [only, ...others] = sources
  if (only !== undefined && others.length === 0) return fill(target, only)
  const gathered = `${target}.gathered`
  try {
    gather(sources, gathered)
    fill(target, gathered)
  } finally {
    rmSync(gathered, { force: true })
  }
}

/** All rows in one file, in any order; ids are moved up to make place. */
function gather (sources: readonly string[], target: string): void {
  withNewFile(target, (database) => {
    for (const source of sources) {
      withAttached(database, source, () => {
        for (const table of plainTables(database)) database.exec(`INSERT INTO main.${table} SELECT * FROM source.${table}`)
        takeLabelSets(database, source)
        const base = database.prepare('SELECT COALESCE(MAX(id), 0) FROM main.volumes').pluck().get() as number
        const others = columnsBut(database, 'volumes', 'id')
        database.exec(`INSERT INTO main.volumes (id, ${others}) SELECT id + ${base}, ${others} FROM source.volumes`)
        database.exec(`INSERT INTO main.slabs SELECT volume_id + ${base}, ends, crcs FROM source.slabs`)
        database.exec(`INSERT INTO main.access_points (volume_id, out_offset, in_offset, bit, history) SELECT volume_id + ${base}, out_offset, in_offset, bit, history FROM source.access_points`)
      })
    }
  })
}

function fill (target: string, source: string): void {
  withNewFile(target, (database) => {
    withAttached(database, source, () => {
      for (const table of plainTables(database)) database.exec(`INSERT INTO main.${table} SELECT * FROM source.${table}`)
      takeLabelSets(database, source)
      database.exec('CREATE TEMP TABLE numbered AS SELECT id AS old, row_number() OVER (ORDER BY study_id, kind) AS new FROM source.volumes')
      database.exec('CREATE UNIQUE INDEX temp.numbered_by_new ON numbered (new)')
      database.exec('CREATE UNIQUE INDEX temp.numbered_by_old ON numbered (old)')
      const others = columnsBut(database, 'volumes', 'id')
      database.exec(`INSERT INTO main.volumes (id, ${others}) SELECT new, ${others} FROM temp.numbered JOIN source.volumes ON id = old ORDER BY new`)
      database.exec('INSERT INTO main.slabs SELECT new, ends, crcs FROM temp.numbered JOIN source.slabs ON volume_id = old ORDER BY new')
      // CROSS JOIN: SQLite reads the points in the order in which they are to be numbered, and sorts no histories.
      database.exec(`INSERT INTO main.access_points (volume_id, out_offset, in_offset, bit, history)
        SELECT new, out_offset, in_offset, bit, history FROM temp.numbered CROSS JOIN source.access_points ON volume_id = old ORDER BY new, out_offset`)
      database.exec(`UPDATE main.migrations SET applied_at = '${NO_DATE}'`)
    })
    database.transaction(() => {
      const { seal } = prepareSealer(database)
      for (const id of database.prepare('SELECT id FROM studies ORDER BY id').pluck().all() as string[]) seal(id)
    })()
    database.exec('VACUUM')
  })
}

/** A database with the catalog's tables, without a journal: a copy that was cut short is made again. */
function withNewFile (file: string, write: (database: Database) => void): void {
  rmSync(file, { force: true })
  const database = new SQLite(file)
  try {
    database.pragma('journal_mode = OFF')
    database.pragma('synchronous = OFF')
    makeTables(database)
    write(database)
  } finally {
    database.close()
  }
}

/** Run statements with a catalog attached as `source`, in one transaction: they see one state of it. */
function withAttached (database: Database, source: string, run: () => void): void {
  database.prepare('ATTACH ? AS source').run(source)
  try {
    if (schemaOf(database, 'source') !== schemaOf(database)) throw new InvalidCatalog(source, 'its tables come from another version of niiserve')
    database.transaction(() => {
      takeRules(database, source)
      run()
    })()
  } finally {
    database.exec('DETACH source')
  }
}

/** Facts that were read by different rules do not mix. */
function takeRules (database: Database, source: string): void {
  const [own, rules] = ['main', 'source'].map((name) => database.pragma(`${name}.user_version`, { simple: true }) as number)
  if (own !== 0 && own !== rules) throw new InvalidCatalog(source, `its facts were read by rules ${rules}, and those of others by rules ${own}`)
  database.pragma(`main.user_version = ${rules}`)
}

function takeLabelSets (database: Database, source: string): void {
  const [own, sets] = ['main', 'source'].map((name) => database.prepare(`SELECT sets FROM ${name}.label_sets`).pluck().get() as string | undefined)
  if (own !== undefined && own !== sets) throw new InvalidCatalog(source, 'its label sets differ from those of the other parts')
  if (own === undefined && sets !== undefined) database.prepare('INSERT INTO main.label_sets VALUES (1, ?)').run(sets)
}

/** Tables whose rows are copied as they are: they refer to studies by id only. */
function plainTables (database: Database): string[] {
  const all = database.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name = 'studies' DESC, name").pluck().all() as string[]
  return all.filter((name) => !OWN_WAYS.includes(name) && !name.startsWith('sqlite_stat'))
}

function columnsBut (database: Database, table: string, column: string): string {
  return (database.pragma(`main.table_info(${table})`) as { name: string }[]).map(({ name }) => name).filter((name) => name !== column).join(', ')
}
