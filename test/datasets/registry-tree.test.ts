import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { DatasetError } from '../../src/errors.js'
import { readDataset } from '../../src/datasets/mosmed/registry.js'
import { datasetFolder } from '../ingest/dataset-folder.js'

function filesOf (...paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, '']))
}

describe('a data root without a registry', () => {
  for (const top of ['studies/', '']) {
    it(`lists the studies in ${top}CT-n by id, with the masks named after them`, async (t) => {
      const { store } = datasetFolder(t, filesOf(
        `${top}CT-1/study_0255.nii.gz`, `${top}CT-1/study_0003.nii`, `${top}CT-0/patient-7.nii.gz`, `${top}CT-4/study_1110.nii.gz`,
        'masks/study_0255_mask.nii.gz', 'masks/patient-7_mask.nii', 'masks/study_0009_mask.nii.gz'))
      assert.deepEqual(await readDataset(store), {
        source: 'tree',
        studies: [
          { id: 'patient-7', number: null, category: 'CT-0', imageKey: `${top}CT-0/patient-7.nii.gz`, maskKey: 'masks/patient-7_mask.nii', row: null },
          { id: 'study_0003', number: 3, category: 'CT-1', imageKey: `${top}CT-1/study_0003.nii`, maskKey: null, row: null },
          { id: 'study_0255', number: 255, category: 'CT-1', imageKey: `${top}CT-1/study_0255.nii.gz`, maskKey: 'masks/study_0255_mask.nii.gz', row: null },
          { id: 'study_1110', number: 1110, category: 'CT-4', imageKey: `${top}CT-4/study_1110.nii.gz`, maskKey: null, row: null }
        ],
        faults: [],
        findings: [{ kind: 'mask-without-study', count: 1, detail: 'masks/study_0009_mask.nii.gz belongs to no study; a mask is named after its study, <study>_mask.nii.gz' }]
      })
    })
  }

  it('looks into studies/ first, and at its top if there is no CT-n there', async (t) => {
    const both = datasetFolder(t, filesOf('studies/CT-0/a.nii', 'CT-1/b.nii'))
    assert.deepEqual((await readDataset(both.store)).studies.map(({ id }) => id), ['a'])
    const other = datasetFolder(t, filesOf('studies/notes.txt', 'CT-1/b.nii'))
    assert.deepEqual((await readDataset(other.store)).studies.map(({ id }) => id), ['b'])
  })

  it('passes over what is no NIfTI file, what is hidden, and deeper folders', async (t) => {
    const { store } = datasetFolder(t, filesOf(
      'CT-0/a.nii.gz', 'CT-0/._a.nii.gz', 'CT-0/.nii.gz', 'CT-0/.DS_Store', 'CT-0/a.json', 'CT-0/a.nii.gz.part', 'CT-0/deep/b.nii', 'notes/c.nii', '.CT-1/d.nii'))
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ imageKey }) => imageKey), ['CT-0/a.nii.gz'])
    assert.deepEqual(faults, [])
  })

  it('reports what it leaves out: other folders CT-…, ids twice, names that are no id, masks among the studies', async (t) => {
    const { store } = datasetFolder(t, filesOf(
      'CT-0/a.nii', 'CT-0/a.nii.gz', 'CT-1/a.nii.gz', 'CT-5/b.nii', 'ct-2/c.nii', 'CT-1/my scan.nii', 'CT-1/a_mask.nii.gz'))
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ imageKey }) => imageKey), ['CT-0/a.nii', 'ct-2/c.nii'])
    assert.deepEqual(faults.map(({ id, detail }) => [id, detail]), [
      [null, 'folder "CT-5" is none of CT-0 to CT-4'],
      ['a', 'CT-0/a.nii.gz has the id of CT-0/a.nii, which is served'],
      ['a', 'CT-1/a.nii.gz has the id of CT-0/a.nii, which is served'],
      [null, 'CT-1/a_mask.nii.gz has the name of a mask and is not used as a study; masks belong in masks/'],
      [null, '"CT-1/my scan.nii" gives no study id; ids match ^[A-Za-z0-9][A-Za-z0-9._-]*$']
    ])
  })

  it('follows links inside the root, and reports those that lead out', async (t) => {
    const { root, beside, store } = datasetFolder(t, filesOf('pool/a.nii', 'CT-0/b.nii'))
    writeFileSync(join(beside, 'secret.nii'), '')
    mkdirSync(join(root, 'masks'))
    symlinkSync('../pool/a.nii', join(root, 'CT-0/a.nii'))
    symlinkSync('pool', join(root, 'CT-1'))
    symlinkSync(beside, join(root, 'CT-2'))
    symlinkSync('../../beside/secret.nii', join(root, 'CT-0/secret.nii'))
    symlinkSync('../../beside/secret.nii', join(root, 'masks/b_mask.nii'))
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ imageKey, maskKey }) => [imageKey, maskKey]), [['CT-0/a.nii', null], ['CT-0/b.nii', null]])
    assert.deepEqual(faults.map(({ detail }) => detail), [
      'masks/b_mask.nii leads outside the data root',
      'CT-0/secret.nii leads outside the data root',
      'CT-1/a.nii has the id of CT-0/a.nii, which is served',
      'CT-2 leads outside the data root'
    ])
  })

  it('lists a folder or a dangling link in place of a file: ingest says what is wrong with it', async (t) => {
    const { root, store } = datasetFolder(t, filesOf('CT-0/a.nii'))
    mkdirSync(join(root, 'CT-0/b.nii.gz'))
    symlinkSync('gone.nii', join(root, 'CT-0/c.nii'))
    assert.deepEqual((await readDataset(store)).studies.map(({ id }) => id), ['a', 'b', 'c'])
  })

  it('is an empty dataset if its folders are empty, and none if there is no CT-0 to CT-4', async (t) => {
    const empty = datasetFolder(t)
    mkdirSync(join(empty.root, 'studies/CT-0'), { recursive: true })
    assert.deepEqual(await readDataset(empty.store), {
      source: 'tree', studies: [], faults: [], findings: [{ kind: 'nothing-listed', count: 0, detail: 'No study is listed, so nothing is served' }]
    })
    const none = datasetFolder(t, filesOf('CT-7/a.nii', 'CT-1'))
    await assert.rejects(readDataset(none.store), DatasetError)
  })
})
