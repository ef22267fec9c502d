import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { Catalog } from '../../src/catalog/catalog.js'
import { damageOf, demandCheck, isUnchecked, openDatabase } from '../../src/catalog/database.js'
import { prepareSealer } from '../../src/catalog/seal.js'
import { SQLite } from '../../src/catalog/sqlite.js'
import { makeDataset } from '../support/test-dataset.js'

/** One more than a catalog may have that is checked before it is used. */
const MANY = 5_001

/** A large catalog; of one study the category is another than was written. */
function largeCatalog (t: TestContext): string {
  const file = makeDataset(t, []).path('catalog.sqlite')
  const database = openDatabase(file)
  database.transaction(() => {
    const insert = database.prepare("INSERT INTO studies (id, category, severity, image_file, facts) VALUES (?, 'CT-1', 1, ?, '{}')")
    const { seal } = prepareSealer(database)
    for (let n = 1; n <= MANY; n++) {
      insert.run(`study_${n}`, `${n}.nii.gz`)
      seal(`study_${n}`)
    }
  })()
  database.exec("UPDATE studies SET category = 'CT-4' WHERE id = 'study_77'")
  database.close()
  return file
}

describe('a large catalog that is damaged', () => {
  it('is opened without a look at its content, which is checked later', (t) => {
    const file = largeCatalog(t)
    const database = openDatabase(file, () => assert.fail('not yet'))
    assert.ok(isUnchecked(database))
    assert.deepEqual(damageOf(file), { whole: null, studies: ['study_77'] })
    database.close()
  })

  it('never uses the study in question: it is reported on its first use, and listed anew', (t) => {
    const catalog = new Catalog(openDatabase(largeCatalog(t)))
    const told: string[] = []
    const entry = { id: 'study_77', number: 77, category: 'CT-1', severity: 1, patient: null, split: null, imageKey: '77.nii.gz', maskKey: null, labelKeys: {} }
    catalog.onUnsound = (id) => {
      told.push(id)
      catalog.renew(entry)
    }
    assert.equal(catalog.study('study_78')?.category, 'CT-1')
    assert.deepEqual(told, [])
    assert.equal(catalog.study('study_77')?.category, 'CT-1')
    assert.deepEqual(told, ['study_77'])
    assert.ok(catalog.isSound('study_77'))
    catalog.close()
  })

  it('is checked as a whole before it is used, once that was demanded', (t) => {
    const file = largeCatalog(t)
    demandCheck(file)
    const told: string[] = []
    const database = openDatabase(file, (_name, reason) => told.push(reason))
    assert.match(told.join(), /study "study_77" was changed or damaged/)
    assert.ok(!isUnchecked(database) && !existsSync(`${file}.check`))
    database.close()
  })

  it('is refused at once if its tables were changed', (t) => {
    const file = largeCatalog(t)
    const database = new SQLite(file)
    database.unsafeMode()
    database.pragma('writable_schema = ON')
    // The index no longer has what the table has.
    database.exec("DELETE FROM sqlite_schema WHERE name = 'studies_in_short'")
    database.pragma('writable_schema = RESET')
    database.exec("UPDATE studies SET category = 'CT-0' WHERE id = 'study_1'")
    database.close()
    const told: string[] = []
    openDatabase(file, (_name, reason) => told.push(reason)).close()
    assert.match(told.join(), /its tables were changed/)
  })
})
