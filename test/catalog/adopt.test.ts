import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SQLite } from '../../src/catalog/sqlite.js'
import { prepareSealer } from '../../src/catalog/seal.js'
import { readConfig } from '../../src/config.js'
import { createServices } from '../../src/services.js'
import { makeDataset } from '../support/test-dataset.js'

const SFORM = [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 8, 0]]
const CT = { sform: SFORM, pixdim: [1, 1, 6], inter: -1024 }

describe('a catalog that older rules wrote', () => {
  it('is brought up to date: facts are computed again from what is kept, only files that must be are read again, and one line says so', async (t) => {
    const dataset = makeDataset(t, [{ image: CT }, { image: CT, mask: { ...CT, datatype: 'uint8', inter: 0, voxels: (i) => i } }, { image: { ...CT, sform: [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]] } }])
    const config = { ...readConfig({}), catalogFile: dataset.path('catalog.sqlite'), decodeThreads: 1, logLevel: 'silent' as const }
    const run = async () => {
      const told: object[] = []
      const read: string[] = []
      const services = await createServices(config, dataset.root, { catalogOutdated: (studies) => told.push(studies), read: ({ id }) => read.push(id) })
      const pending = services.listing.studies.map(({ id }) => id).filter((id) => services.catalog.study(id)!.status === 'pending')
      await services.ingest.run(services.listing.studies.map(({ id }) => id))
      const facts = services.listing.studies.map(({ id }) => JSON.parse(services.catalog.factsJson(id)!))
      await services.close()
      return { told, read: read.sort(), pending, facts }
    }
    const first = await run()
    assert.deepEqual([first.told, first.read.length], [[], 3])
    assert.deepEqual((await run()).read, [])

    // As the first rules left it: spacing by pixdim, masks without a table of values.
    const older = new SQLite(config.catalogFile)
    older.pragma('user_version = 0')
    older.exec(`UPDATE volumes SET label_values = NULL;
      UPDATE studies SET facts = json_set(facts, '$.spacing', json('[1,1,6]'), '$.warnings', json('[]'))`)
    const { seal } = prepareSealer(older)
    for (const id of ['study_0001', 'study_0002', 'study_0003']) seal(id)
    older.close()

    const { told, read, pending, facts } = await run()
    assert.deepEqual(told, [{ updated: 1, pending: 2 }])
    assert.deepEqual([pending, read], [['study_0002', 'study_0003'], ['study_0002', 'study_0003']])
    assert.deepEqual(facts, first.facts)
    assert.deepEqual(facts[0].spacing, [1, 1, 8])
    assert.match(facts[0].warnings[0], /pixdim is 1 x 1 x 6 mm and its sform has 1 x 1 x 8 mm/)
    assert.deepEqual((await run()).told, [])
  })
})
