import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { DatasetError } from '../../src/errors.js'
import { findDataset } from '../../src/datasets/layouts.js'
import { readDataset } from '../../src/datasets/mosmed/registry.js'
import { datasetFolder } from '../ingest/dataset-folder.js'

const HEADER = 'study_id,category,study_file,mask_file'

function withFiles (t: TestContext, paths: readonly string[], rows?: readonly string[]) {
  const files = Object.fromEntries(paths.map((path) => [path, '']))
  return datasetFolder(t, rows === undefined ? files : { ...files, 'dataset_registry.csv': [HEADER, ...rows].join('\n') })
}

async function detailsOf (t: TestContext, paths: readonly string[], rows?: readonly string[]): Promise<string[]> {
  return (await readDataset(withFiles(t, paths, rows).store)).findings.map(({ detail }) => detail)
}

describe('what is left out or not there is said, a line per kind', () => {
  it('nothing, where nothing is', async (t) => {
    assert.deepEqual(await detailsOf(t, ['studies/CT-1/a.nii.gz', 'masks/a_mask.nii.gz', 'masks/.DS_Store', 'studies/CT-1/._a.nii.gz', 'studies/CT-1/b.nii.gz.part']), [])
    assert.deepEqual(await detailsOf(t, ['studies/CT-1/a.nii.gz', 'masks/a_mask.nii.gz'], ['1,CT-1,studies/CT-1/a.nii.gz,masks/a_mask.nii.gz']), [])
  })

  it('no image is where the registry says: the root may be another', async (t) => {
    assert.deepEqual(await detailsOf(t, [], ['1,CT-1,data/a.nii.gz,', '2,CT-1,data/b.nii.gz,data/b_mask.nii.gz']), [
      '0 of 2 images exist; is DATA_ROOT right?', '0 of 1 mask exists; is DATA_ROOT right?'
    ])
  })

  it('some files are not there, the first by name', async (t) => {
    assert.deepEqual(await detailsOf(t, ['a.nii', 'd.nii'], ['1,CT-1,a.nii,', '2,CT-1,b.nii,', '3,CT-1,c.nii,', '4,CT-1,d.nii,']), [
      '2 of 4 images exist; missing: b.nii and 1 more'
    ])
  })

  it('links whose files were not fetched', async (t) => {
    const { root, store } = withFiles(t, ['a.nii'], ['1,CT-1,a.nii,', '2,CT-1,b.nii,'])
    symlinkSync('.git/annex/objects/b.nii', join(root, 'b.nii'))
    assert.deepEqual((await readDataset(store)).findings.map(({ detail }) => detail), [
      '1 of 2 images exist; 1 of them is a link to files that are not here (git-annex, DVC: fetch them); missing: b.nii'
    ])
  })

  it('folders of a category with folders in them, and no study at all', async (t) => {
    assert.deepEqual(await detailsOf(t, ['CT-0/CT-0/study_0001.nii.gz', 'CT-1/CT-1/study_0002.nii.gz']), [
      'No study is listed, so nothing is served',
      'CT-0 and 1 more hold a folder and no scans; scans are looked for in them, not deeper'
    ])
    assert.deepEqual((await detailsOf(t, ['CT-1/deep/b.nii', 'CT-0/a.nii'])), ['CT-1 holds a folder and no scans; scans are looked for in it, not deeper'])
  })

  it('masks of no study', async (t) => {
    assert.deepEqual(await detailsOf(t, ['CT-0/a.nii', 'masks/a.nii', 'masks/b_mask.nii.gz']), [
      'masks/a.nii and 1 more belong to no study; a mask is named after its study, <study>_mask.nii.gz'
    ])
  })

  it('scans that the registry does not list, but not the other form of one that it does', async (t) => {
    assert.deepEqual(await detailsOf(t, ['s/a.nii', 's/a.nii.gz', 's/b.nii'], ['1,CT-0,s/a.nii.gz,']), ['s/b.nii is not in the registry and is not served'])
  })

  it('scans in formats that are not served', async (t) => {
    assert.deepEqual(await detailsOf(t, ['CT-4/a.nii', 'CT-4/b.hdr', 'CT-4/b.img', 'CT-4/c.nii.bz2', 'CT-4/d.nrrd', 'CT-4/notes.txt']), [
      'CT-4/b.hdr and 3 more are neither .nii nor .nii.gz and are not served'
    ])
  })

  it('rows that cannot be used', async (t) => {
    assert.deepEqual(await detailsOf(t, ['b.nii'], ['1,CT-7,a.nii,', '2,CT-0,b.nii,', '3,CT-0,,']), [
      '2 of 3 rows of dataset_registry.csv cannot be used; row 2: category "CT-7" is none of CT-0 to CT-4'
    ])
  })

  it('a dataset that lies one folder deeper', async (t) => {
    for (const path of ['COVID19_1110/dataset_registry.csv', 'COVID19_1110/studies/CT-1/a.nii', 'COVID19_1110/CT-1/a.nii']) {
      await assert.rejects(findDataset(withFiles(t, [path, 'readme.txt']).store), (error: Error) =>
        error instanceof DatasetError && /; its folder COVID19_1110 is in the layout mosmed: DATA_ROOT must name that one$/.test(error.message), path)
    }
  })
})

describe('a file that is there under another spelling', () => {
  async function imageOf (t: TestContext, cell: string, ...paths: string[]) {
    const { studies, findings, faults } = await readDataset(withFiles(t, paths, [`1,CT-1,${cell},`]).store)
    assert.deepEqual(faults, [])
    return [studies[0]?.imageKey, ...findings.map(({ detail }) => detail)]
  }

  it('is .nii for .nii.gz, and the reverse; the form of the registry wins', async (t) => {
    assert.deepEqual(await imageOf(t, 'a.nii.gz', 'a.nii'), ['a.nii', 'a.nii, for a.nii.gz in the registry, is there and is served'])
    assert.deepEqual(await imageOf(t, 'a.nii', 'a.nii.gz'), ['a.nii.gz', 'a.nii.gz, for a.nii in the registry, is there and is served'])
    assert.deepEqual(await imageOf(t, 'a.nii.gz', 'a.nii.gz', 'a.nii'), ['a.nii.gz'])
  })

  it('is found for a mask as well', async (t) => {
    const { store } = withFiles(t, ['a.nii', 'm/a.nii'], ['1,CT-1,a.nii,/m/a.nii.gz'])
    assert.deepEqual((await readDataset(store)).studies.map(({ maskKey }) => maskKey), ['m/a.nii'])
  })

  it('is composed otherwise: й and ё of macOS are two characters each', async (t) => {
    const composed = 'исследований/Третий/a.nii'
    const decomposed = composed.normalize('NFD')
    assert.notEqual(decomposed, composed)
    assert.equal((await imageOf(t, composed, decomposed))[0], decomposed)
    assert.equal((await imageOf(t, decomposed, composed))[0], composed)
    assert.equal((await imageOf(t, composed, composed, decomposed))[0], composed)
  })

  it('has other capitals, if no two files differ by those alone', async (t) => {
    assert.equal((await imageOf(t, '/Studies/ct-1/A.nii.gz', 'studies/CT-1/a.NII.GZ'))[0], 'studies/CT-1/a.NII.GZ')
    assert.equal((await imageOf(t, 'A.nii', 'a.nii', 'a.NII'))[0], 'A.nii', 'which is not there')
  })

  it('in the folders of a tree', async (t) => {
    const { store, root } = withFiles(t, ['studies/ct-0/a.nii', 'studies/CT1/b.nii', 'studies/CT_2/c.nii', 'studies/CT 3/d.nii', 'studies/CT-4/UPPER.NII.GZ', 'studies/CT-4/Mixed.Nii'])
    mkdirSync(join(root, 'studies/CT 9'))
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ id, category }) => [id, category]), [['Mixed', 'CT-4'], ['UPPER', 'CT-4'], ['a', 'CT-0'], ['b', 'CT-1'], ['c', 'CT-2'], ['d', 'CT-3']])
    assert.deepEqual(faults.map(({ detail }) => detail), ['folder "studies/CT 9" is none of CT-0 to CT-4'])
  })
})

describe('a text that is refused', () => {
  it('is shown with everything escaped that is not printable ASCII', async (t) => {
    const { store } = withFiles(t, [], ['1,CT\u20111,a.nii,', '2,CT-1\u200b,b.nii,', '3,CT-1,\u0430.nii,'])
    assert.deepEqual((await readDataset(store)).faults.map(({ detail }) => detail), [
      'category "CT\\u20111" is none of CT-0 to CT-4',
      'category "CT-1\\u200b" is none of CT-0 to CT-4',
      'study_file "\\u0430.nii" gives the id "\\u0430"; ids match ^[A-Za-z0-9][A-Za-z0-9._-]*$'
    ])
  })

  it('is no text where programs write that there is none', async (t) => {
    for (const nothing of ['nan', 'NaN', 'NA', 'n/a', '#N/A', 'None', 'NULL', '-']) {
      const { studies, faults } = await readDataset(withFiles(t, ['a.nii', 'masks/a_mask.nii'], [`1,CT-1,a.nii,${nothing}`]).store)
      assert.deepEqual([studies.map(({ maskKey }) => maskKey), faults], [['masks/a_mask.nii'], []], nothing)
    }
  })
})
