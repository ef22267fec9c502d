import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Catalog } from '../../src/catalog/catalog.js'
import { openDatabase } from '../../src/catalog/database.js'
import { pageOfStudies } from '../../src/catalog/study-query.js'
import { Ingest } from '../../src/ingest/ingest.js'
import { findDataset } from '../../src/datasets/layouts.js'
import { LocalStore } from '../../src/storage/local-store.js'
import { SurveyPool } from '../../src/threads/survey-pool.js'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import { makeDataset, type MadeStudy } from '../support/test-dataset.js'

const studies: MadeStudy[] = [
  { category: 'CT-1', image: { shape: [6, 5, 4] }, mask: { shape: [6, 5, 4], datatype: 'uint8', voxels: (i) => i === 0 ? 1 : 0 } },
  { category: 'CT-0', image: { shape: [6, 5, 3] } },
  { category: 'CT-2', image: null },
  { category: 'CT-2', image: Buffer.from('nothing') }
]

const { root, path, image, mask } = makeDataset({ after }, studies)
const store = LocalStore.open(root)
const pool = new SurveyPool(1, store.spec)
after(async () => await pool.close())

/** Bring a catalog file up to date with the folder, as one process does; says which studies were read. */
async function run (catalogFile: string) {
  const read: string[] = []
  const listing = (await findDataset(store)).listing
  const catalog = new Catalog(openDatabase(catalogFile))
  const ingest = new Ingest(catalog, store, pool, { read: ({ id }) => read.push(id), failed: (id, error) => assert.fail(`${id}: ${error.message}`) })
  ingest.list(listing)
  await ingest.run(listing.studies.map(({ id }) => id))
  const studies = pageOfStudies(catalog['database'], {}, { by: 'id', descending: false }, 100, null).items.map((json) => JSON.parse(json))
  const revision = catalog.revision()
  const slices = catalog.slices('study_0001')
  catalog.close()
  return { read: read.sort(), revision, studies, slices, study: (id: string) => studies.find((study) => study.id === id) }
}

describe('ingest', () => {
  it('reads every study once, and an unchanged one never again', async () => {
    const catalogFile = join(root, 'first.sqlite')
    const first = await run(catalogFile)
    assert.deepEqual(first.read, ['study_0001', 'study_0002', 'study_0003', 'study_0004'])
    const second = await run(catalogFile)
    assert.deepEqual(second.read, [], 'the missing and the unreadable one neither')
    assert.deepEqual(second.studies, first.studies)
    assert.equal(second.revision, first.revision)
  })

  it('reads what has changed, come or gone, and only that', async () => {
    const catalogFile = join(root, 'second.sqlite')
    await run(catalogFile)

    writeFileSync(image('study_0002'), gzipSync(makeNifti({ shape: [6, 5, 7] })))
    writeFileSync(image('study_0003'), gzipSync(makeNifti({ shape: [6, 5, 2] })))
    const changed = await run(catalogFile)
    assert.deepEqual(changed.read, ['study_0002', 'study_0003'])
    assert.deepEqual(changed.study('study_0002').shape, [6, 5, 7])
    assert.equal(changed.study('study_0003').status, 'ready')

    assert.ok(changed.slices.every(({ lesionPixels }) => lesionPixels === 5))
    rmSync(mask('study_0001'))
    const maskGone = await run(catalogFile)
    assert.deepEqual(maskGone.read, ['study_0001'])
    const { status, annotated, mask: lesion } = maskGone.study('study_0001')
    assert.deepEqual([status, annotated, lesion], ['ready', false, null])
    assert.ok(maskGone.slices.every(({ lesionPixels }) => lesionPixels === null))

    utimesSync(image('study_0001'), 1e9, 1e9)
    const touched = await run(catalogFile)
    assert.deepEqual(touched.read, ['study_0001'])
    assert.equal(touched.revision, maskGone.revision)
  })

  it('follows the registry: new and gone studies, and a category without reading', async () => {
    const catalogFile = join(root, 'third.sqlite')
    const { revision } = await run(catalogFile)
    const registry = readFileSync(path('dataset_registry.csv'), 'utf8').split('\r\n')
    writeFileSync(path('studies/CT-0/study_0009.nii.gz'), gzipSync(makeNifti({})))
    writeFileSync(path('dataset_registry.csv'), [registry[0], registry[1], registry[2]!.replace('CT-0,', 'CT-4,'), '9,CT-0,/studies/CT-0/study_0009.nii.gz,', ''].join('\n'))
    const then = await run(catalogFile)
    assert.deepEqual(then.read, ['study_0009'])
    assert.deepEqual(then.studies.map(({ id, category, severity }) => [id, category, severity]), [
      ['study_0001', 'CT-1', 1], ['study_0002', 'CT-4', 4], ['study_0009', 'CT-0', 0]
    ])
    assert.notEqual(then.revision, revision)
  })

  it('takes one transaction per study, all of it or nothing', async (t) => {
    const { services, json } = await buildTestApp(t, { studies: [{}, { image: { shape: [4, 4, 4] } }, {}], ingest: false })
    const { catalog, ingest, listing } = services
    catalog['database'].exec("CREATE TRIGGER refuse BEFORE INSERT ON slices WHEN NEW.study_id = 'study_0002' AND NEW.slice = 2 BEGIN SELECT RAISE(ABORT, 'made to fail'); END")
    const before = catalog.generation
    await ingest.run(listing.studies.map(({ id }) => id))
    assert.equal(catalog.generation, before + 2, 'one write for each that succeeded')
    const rows = (table: string) => catalog['database'].prepare(`SELECT COUNT(*) FROM ${table} WHERE study_id = 'study_0002'`).pluck().get()
    assert.deepEqual([rows('volumes'), rows('slices')], [0, 0])
    assert.deepEqual((await json('/v1/studies')).items.map(({ status }: { status: string }) => status), ['ready', 'pending', 'ready'])
    catalog['database'].exec('DROP TRIGGER refuse')
    await ingest.run(['study_0002'])
    assert.equal((await json('/v1/studies/study_0002')).status, 'ready')
  })

  it('serves what is ready meanwhile; pixels of a pending study are catalog-building', async (t) => {
    const { services, get, json, settled } = await buildTestApp(t, { studies: [{}, {}, {}], ingest: false })
    assert.deepEqual((await json('/v1/dataset')).catalog, { state: 'building', done: 0, total: 3 })
    await services.ingest.run(['study_0001'])
    assert.equal((await get('/v1/studies/study_0001/image/slices/0.raw')).status, 200)
    const study = await json('/v1/studies/study_0003')
    assert.deepEqual([study.status, study.shape, study.problem, study.file], ['pending', null, null, null])
    assert.deepEqual((await json('/v1/studies?status=pending')).total, 2)
    for (const path of ['image/slices/0.png', 'image.raw', 'image.nii', 'image/header']) {
      const response = await get(`/v1/studies/study_0002/${path}`)
      if (response.status === 200) break // it was read because it was asked for
      assertProblem(response, 503, 'catalog-building')
      assert.match(response.headers['retry-after']!, /^[1-9]\d*$/)
    }
    await services.ingest.run(['study_0002', 'study_0003'])
    assert.equal((await settled('/v1/studies/study_0002/image/slices/0.raw')).status, 200)
    assert.equal((await json('/v1/dataset')).catalog.state, 'ready')
  })

  it('does not call every file missing when the root is gone', async (t) => {
    const { services, dataset, json } = await buildTestApp(t, { studies: [{}, {}] })
    renameSync(dataset.root, `${dataset.root}.away`)
    await services.ingest.run(['study_0001', 'study_0002'])
    renameSync(`${dataset.root}.away`, dataset.root)
    assert.deepEqual((await json('/v1/studies')).items.map(({ status }: { status: string }) => status), ['ready', 'ready'])
  })
})
