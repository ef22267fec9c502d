import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { openDatabase } from '../../src/catalog/database.js'
import { brokenSeal, prepareSealer } from '../../src/catalog/seal.js'
import { SQLite } from '../../src/catalog/sqlite.js'
import type { Database } from '../../src/catalog/sqlite.js'
import { makeDataset } from '../support/test-dataset.js'

const MIGRATIONS = readdirSync('migrations').filter((name) => name.endsWith('.sql')).sort()
const catalogFile = (t: TestContext) => join(makeDataset(t, []).root, 'catalog', 'catalog.sqlite')
const applied = (database: Database) => database.prepare('SELECT name FROM migrations ORDER BY rowid').pluck().all()
const schema = (database: Database) => database.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all()

/** A study as one transaction leaves it stores it, but for its seal. */
const STUDY = "INSERT INTO studies (id, category, severity, image_file, facts) VALUES ('study_0001', 'CT-0', 0, 'a.nii.gz', '{}')"

describe('openDatabase', () => {
  it('makes the file and its folder, and applies the migrations in order, each recorded', (t) => {
    const file = catalogFile(t)
    const database = openDatabase(file)
    assert.deepEqual(applied(database), MIGRATIONS)
    assert.ok(MIGRATIONS.length >= 2 && MIGRATIONS.every((name, n) => name.startsWith(String(n + 1).padStart(3, '0'))))
    database.close()
    assert.ok(existsSync(file))
  })

  it('is safe to run twice', (t) => {
    const file = catalogFile(t)
    const first = openDatabase(file)
    const [tables, times] = [schema(first), first.prepare('SELECT * FROM migrations').all()]
    first.exec(STUDY)
    prepareSealer(first).seal('study_0001')
    first.close()
    const second = openDatabase(file, () => assert.fail('nothing is wrong with it'))
    assert.deepEqual(schema(second), tables)
    assert.deepEqual(second.prepare('SELECT * FROM migrations').all(), times)
    assert.equal(second.prepare('SELECT COUNT(*) FROM studies').pluck().get(), 1)
    second.close()
  })

  /** A catalog as it was when migrations up to number `last` were all there were, with one sealed study. */
  function olderCatalog (file: string, last: number): Database {
    mkdirSync(dirname(file), { recursive: true })
    const older = new SQLite(file)
    older.exec('CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)')
    for (const name of MIGRATIONS.slice(0, last)) {
      older.exec(readFileSync(join('migrations', name), 'utf8'))
      older.prepare("INSERT INTO migrations VALUES (?, '')").run(name)
    }
    older.exec(STUDY)
    if (last >= 3) prepareSealer(older).seal('study_0001')
    return older
  }

  it('goes on from an older catalog: what was sealed is kept, and sealed as it is now', (t) => {
    const file = catalogFile(t)
    olderCatalog(file, 3).close()
    const database = openDatabase(file, () => assert.fail('it can be brought up to date'))
    assert.deepEqual(applied(database), MIGRATIONS)
    assert.equal(database.prepare('SELECT id FROM studies').pluck().get(), 'study_0001')
    assert.equal(brokenSeal(database), undefined)
    database.close()
  })

  it('goes on from a catalog that had no seals, whose studies are read again', (t) => {
    const file = catalogFile(t)
    olderCatalog(file, 2).close()
    const database = openDatabase(file, () => assert.fail('it can be brought up to date'))
    assert.deepEqual([applied(database), database.prepare('SELECT COUNT(*) FROM studies').pluck().get()], [MIGRATIONS, 0])
    database.close()
  })

  it('gives an older catalog that was changed no new seal: it is set aside', (t) => {
    const file = catalogFile(t)
    const older = olderCatalog(file, 3)
    older.exec("UPDATE studies SET category = 'CT-4'")
    older.close()
    const told: string[] = []
    openDatabase(file, (_name, reason) => told.push(reason)).close()
    assert.match(told.join(), /study "study_0001" was changed or damaged/)
  })

  for (const [what, spoil] of [
    ['is no database', (file: string) => writeFileSync(file, 'this is not a database, but some text that is long enough to be one')],
    ['is empty of sense', (file: string) => writeFileSync(file, Buffer.alloc(8192, 0xa5))],
    ['is corrupt', (file: string) => {
      const bytes = readFileSync(file)
      for (let page = 1; page < bytes.length / 4096; page++) bytes.fill(0x5a, page * 4096 + 8, page * 4096 + 4000)
      writeFileSync(file, bytes)
    }],
    ['is of a newer version', (file: string) => {
      const database = new SQLite(file)
      database.prepare("INSERT INTO migrations VALUES ('999.something-new.sql', '')").run()
      database.close()
    }]
  ] as const) {
    it(`sets a file aside that ${what}, says so, and begins anew`, (t) => {
      const file = catalogFile(t)
      const before = openDatabase(file)
      before.exec(STUDY)
      before.pragma('wal_checkpoint(TRUNCATE)')
      before.close()
      spoil(file)
      const spoilt = readFileSync(file)
      const told: string[] = []
      const database = openDatabase(file, (name, reason) => told.push(name, reason))
      assert.equal(database.prepare('SELECT COUNT(*) FROM studies').pluck().get(), 0)
      assert.deepEqual(applied(database), MIGRATIONS)
      assert.equal(told.length, 2)
      assert.notEqual(told[0], file)
      assert.ok(told[1] !== '')
      assert.ok(readFileSync(told[0]!).equals(spoilt), 'what was there is kept')
      database.close()
    })
  }

  it('keeps a log that survives a killed process', (t) => {
    const database = openDatabase(catalogFile(t))
    assert.equal(database.pragma('journal_mode', { simple: true }), 'wal')
    assert.equal(database.pragma('foreign_keys', { simple: true }), 1)
    database.close()
  })
})
