import assert from 'node:assert/strict'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { isMosMedData, MOSMEDDATA } from '../../src/datasets/mosmed/mosmed.js'
import { findDataset } from '../../src/datasets/layouts.js'
import { readDataset } from '../../src/datasets/mosmed/registry.js'
import type { MosMedListing } from '../../src/datasets/mosmed/registry.js'
import { LocalStore } from '../../src/storage/local-store.js'
import { datasetFolder } from '../ingest/dataset-folder.js'

const REAL = '../shared/mosmed'

describe('the registry of MosMedData', { skip: !existsSync(REAL) && `${REAL} is not here` }, () => {
  function onlyRegistry (t: TestContext, name: string): LocalStore {
    const { root, store } = datasetFolder(t)
    copyFileSync(join(REAL, name), join(root, name))
    return store
  }

  it('lists 1110 studies, 254, 684, 125, 45 and 2 by category, and 50 masks, of which 25 are there', async () => {
    const store = LocalStore.open(REAL)
    const { source, studies, faults } = await readDataset(store)
    assert.equal(source, 'xlsx')
    assert.deepEqual(faults, [])
    assert.deepEqual(studies.map(({ id }) => id), Array.from({ length: 1110 }, (_, index) => `study_${String(index + 1).padStart(4, '0')}`))
    assert.ok(studies.every(({ number, row }, index) => number === index + 1 && row === index + 2))
    const counts = ['CT-0', 'CT-1', 'CT-2', 'CT-3', 'CT-4'].map((id) => studies.filter(({ category }) => category === id).length)
    assert.deepEqual(counts, [254, 684, 125, 45, 2])
    const masks = studies.flatMap(({ maskKey }) => maskKey ?? [])
    assert.equal(masks.length, 50)
    assert.equal(masks.filter((key) => store.identity(key) !== undefined).length, 25)
  })

  it('says the same as xlsx and as csv', async (t) => {
    const xlsx = await readDataset(onlyRegistry(t, 'dataset_registry.xlsx'))
    const csv = await readDataset(onlyRegistry(t, 'dataset_registry.csv'))
    assert.deepEqual([xlsx.source, csv.source], ['xlsx', 'csv'])
    assert.deepEqual(csv, { ...xlsx, source: 'csv' } satisfies MosMedListing)
  })

  it('is read in a moment', async (t) => {
    const store = onlyRegistry(t, 'dataset_registry.csv')
    const started = performance.now()
    await readDataset(store)
    assert.ok(performance.now() - started < 2000)
  })

  it('is known by its README or by its distribution', async (t) => {
    for (const store of [LocalStore.open(REAL), onlyRegistry(t, 'dataset_registry.csv')]) {
      assert.equal(isMosMedData(store, (await readDataset(store)).studies), true)
      assert.deepEqual((await findDataset(store)).description, MOSMEDDATA)
    }
  })
})
