import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { prepareSealer } from '../../src/catalog/seal.js'
import { SQLite } from '../../src/catalog/sqlite.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import type { Scope } from '../support/test-dataset.js'
import { writeFiles } from '../support/write-files.js'

// nnU-Net: voxels that nobody annotated have the value of the label `ignore`, here 2.
const GEOMETRY = { shape: [2, 2, 2], sform: [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], pixdim: [1, 1, 1] }
const LABELS = [0, 1, 2, 2, /**/ 2, 0, 1, 1]

function dataset (scope: Scope): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
  scope.after(() => rmSync(root, { recursive: true }))
  const write = (key: string, content: string | Buffer) => writeFiles(root, { [key]: content })
  write('dataset.json', JSON.stringify({ channel_names: { 0: 'CT' }, labels: { background: 0, tumour: 1, ignore: 2 }, file_ending: '.nii.gz' }))
  write('imagesTr/case_0000.nii.gz', makeNifti({ ...GEOMETRY, gzip: true }))
  write('labelsTr/case.nii.gz', makeNifti({ ...GEOMETRY, datatype: 'uint8', voxels: LABELS, gzip: true }))
  return root
}

describe('a label that marks what nobody annotated', () => {
  it('is a label like others, and not of the mask that is the union', async (t) => {
    const service = await buildTestApp(t, { root: dataset(t) })
    assert.deepEqual([...await service.bytes('/v1/studies/case/labels/labels.raw')], LABELS)
    assert.deepEqual([...await service.bytes('/v1/studies/case/labels/labels.raw?label=ignore')], LABELS.map((value) => value === 2 ? 1 : 0))
    assert.deepEqual([...await service.bytes('/v1/studies/case/mask.raw')], LABELS.map((value) => value === 1 ? 1 : 0))
    const { mask } = await service.json('/v1/studies/case')
    assert.deepEqual([mask.voxels, mask.slices], [3, [0, 1]])
    assert.deepEqual((await service.json('/v1/slices')).items.map(({ lesionPixels, labelPixels }: { lesionPixels: number, labelPixels: object }) => [lesionPixels, labelPixels]), [[1, { labels: { tumour: 1, ignore: 2 } }], [2, { labels: { tumour: 2, ignore: 1 } }]])
  })
})

describe('a catalog that an older version wrote', () => {
  it('keeps its labels, gets those of each slice, and the texts of its files are looked at', async (t) => {
    const root = dataset(t)
    const folder = mkdtempSync(join(tmpdir(), 'niiserve-test-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const catalogFile = join(folder, 'catalog.sqlite')
    const known = await buildTestApp(t, { root, config: { catalogFile } })
    const before = [await known.json('/v1/studies/case'), (await known.json('/v1/slices')).items]
    await known.app.close()
    const database = new SQLite(catalogFile)
    database.exec("UPDATE slices SET label_pixels = NULL; UPDATE volumes SET texts = NULL, voxels = NULL; UPDATE studies SET facts = json_remove(facts, '$.labels'); PRAGMA user_version = 4")
    database.exec('DELETE FROM seals; DELETE FROM migrations WHERE name = \'011.quality.sql\'; DROP INDEX images_by_voxels; ALTER TABLE slices DROP COLUMN label_pixels; ALTER TABLE studies DROP COLUMN quality; ALTER TABLE volumes DROP COLUMN texts; ALTER TABLE volumes DROP COLUMN voxels')
    prepareSealer(database).seal('case')
    database.close()
    let read = 0
    const again = await buildTestApp(t, { root, config: { catalogFile }, listener: { read: () => { read++ } } })
    assert.deepEqual([await again.json('/v1/studies/case'), (await again.json('/v1/slices')).items], before)
    assert.equal(read, 0, 'no file is read whole again')
    assert.deepEqual(again.services.catalog.study('case')!.image!.texts, [])
  })
})
