import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { DatasetError } from '../../src/errors.js'
import { readDataset } from '../../src/datasets/mosmed/registry.js'
import { datasetFolder } from '../ingest/dataset-folder.js'

const HEADER = 'study_id,category,study_file,mask_file\n'

/** A dataset whose registry is these lines below the header; it lists files that need not be there. */
function registered (t: TestContext, lines: string[], files: Record<string, string> = {}) {
  return datasetFolder(t, { 'dataset_registry.csv': HEADER + lines.join('\n'), ...files })
}

describe('a row of the registry', () => {
  it('is a study, its id the stem of its file, whether the file is there or not', async (t) => {
    const { store } = registered(t, ['255,CT-1,/studies/CT-1/study_0255.nii.gz,/masks/study_0255_mask.nii.gz'])
    assert.deepEqual(await readDataset(store), {
      source: 'csv',
      studies: [{
        id: 'study_0255',
        number: 255,
        category: 'CT-1',
        imageKey: 'studies/CT-1/study_0255.nii.gz',
        maskKey: 'masks/study_0255_mask.nii.gz',
        row: 2
      }],
      faults: [],
      findings: [
        { kind: 'images-missing', count: 1, detail: '0 of 1 image exists; is DATA_ROOT right?' },
        { kind: 'masks-missing', count: 1, detail: '0 of 1 mask exists; is DATA_ROOT right?' }
      ]
    })
  })

  it('may leave out the leading slash, double one, write "./", backslashes, and .nii', async (t) => {
    const { store } = registered(t, [
      '1,CT-0,studies/CT-0/a.nii,', '2,CT-0,//studies//CT-0/b.nii.gz,', '3,CT-0,./studies/./c.nii,', '4,CT-0,\\studies\\CT-0\\d.nii.gz,'
    ])
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ id, imageKey }) => [id, imageKey]), [
      ['a', 'studies/CT-0/a.nii'], ['b', 'studies/CT-0/b.nii.gz'], ['c', 'studies/c.nii'], ['d', 'studies/CT-0/d.nii.gz']
    ])
    assert.deepEqual(faults, [])
  })

  it('has a number only if study_id is an integer', async (t) => {
    const ids = ['7', '0007', '7.0', '', '7.5', '-7', 'seven', '1e3', '99999999999999999999']
    const { store } = registered(t, ids.map((id, index) => `${id},CT-0,scan-${index}.nii,`))
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ number }) => number), [7, 7, 7, null, null, null, null, null, null])
    assert.deepEqual(faults, [])
  })

  it('keeps its id from the file when study_id says another number, and is reported', async (t) => {
    const { store } = registered(t, ['256,CT-1,study_0255.nii,', '7,CT-1,patient_12.nii,'])
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ id, number }) => [id, number]), [['study_0255', 256], ['patient_12', 7]])
    assert.deepEqual(faults, [{ row: 2, id: 'study_0255', detail: 'study_id 256 is not the number of its file study_0255; it is served as study_0255' }])
  })

  it('may write its category in any case and with blanks around', async (t) => {
    const { store } = registered(t, ['1,ct-4,a.nii,', '2, Ct-3 ,b.nii,'])
    assert.deepEqual((await readDataset(store)).studies.map(({ category }) => category), ['CT-4', 'CT-3'])
  })
})

describe('a row that cannot be used', () => {
  const rows: Array<[what: string, line: string, id: string | null, detail: RegExp]> = [
    ['no category', '1,,bad.nii,', 'bad', /category "" is none of CT-0 to CT-4/],
    ['an unknown category', '1,CT-5,bad.nii,', 'bad', /category "CT-5"/],
    ['a category in Cyrillic letters', '1,СТ-1,bad.nii,', 'bad', /category "\\u0421\\u0422-1"/],
    ['no path', '1,CT-1,,', null, /study_file is empty/],
    ['only the id', '1', null, /study_file is empty/],
    ['a step up that leads out', '1,CT-1,../bad.nii,', null, /leads out of its folder/],
    ['a step up that comes back', '1,CT-1,studies/../bad.nii,', null, /leads out of its folder/],
    ['steps up with backslashes', '1,CT-1,..\\..\\bad.nii,', null, /leads out of its folder/],
    ['a drive letter', '1,CT-1,C:\\studies\\bad.nii,', null, /not a path below the data root/],
    ['an address', '1,CT-1,https://example.org/bad.nii,', null, /not a path below the data root/],
    ['a NUL', '1,CT-1,bad\0.nii,', null, /control characters/],
    ['a line break', '1,CT-1,"bad\nworse.nii",', null, /control characters/],
    ['a folder', '1,CT-1,/studies/CT-1/,', null, /not a \.nii or \.nii\.gz file/],
    ['the root', '1,CT-1,/,', null, /not a \.nii or \.nii\.gz file/],
    ['another kind of file', '1,CT-1,bad.dcm,', null, /not a \.nii or \.nii\.gz file/],
    ['an extension without a name', '1,CT-1,studies/.nii.gz,', null, /not a \.nii or \.nii\.gz file|ids match/],
    ['a hidden file', '1,CT-1,.bad.nii,', null, /ids match/],
    ['an id with a blank', '1,CT-1,bad study.nii,', null, /ids match/],
    ['an id beyond ASCII', '1,CT-1,исследование.nii,', null, /ids match/],
    ['a huge path', `1,CT-1,${'x'.repeat(5000)}.nii,`, null, /has 5004 characters/],
    ['a huge category', `1,${'x'.repeat(5000)},bad.nii,`, 'bad', /category "x{80}…"/],
    ['an id listed before', '9,CT-2,elsewhere/good.nii.gz,', 'good', /listed already, in row 2/]
  ]
  for (const [what, line, id, detail] of rows) {
    it(`is reported by its row and left out, the rest is served: ${what}`, async (t) => {
      const { store } = registered(t, ['1,CT-1,good.nii,', line, '2,CT-2,fine.nii,'])
      const { studies, faults } = await readDataset(store)
      assert.deepEqual(studies.map((study) => study.id), ['good', 'fine'])
      assert.equal(studies[1]?.imageKey, 'fine.nii')
      assert.equal(faults.length, 1)
      assert.deepEqual([faults[0]?.row, faults[0]?.id], [3, id])
      assert.match(faults[0]?.detail ?? '', detail)
      assert.ok((faults[0]?.detail.length ?? 0) < 300 && !faults[0]?.detail.includes('\n'))
    })
  }

  it('is one whose file, or a folder on its way, is a link out of the root', async (t) => {
    const { root, beside, store } = registered(t, ['1,CT-1,studies/a.nii,', '2,CT-1,elsewhere/b.nii,', '3,CT-1,inside/c.nii,'])
    writeFileSync(join(beside, 'a.nii'), '')
    writeFileSync(join(beside, 'b.nii'), '')
    mkdirSync(join(root, 'studies'))
    symlinkSync('../../beside/a.nii', join(root, 'studies/a.nii'))
    symlinkSync(beside, join(root, 'elsewhere'))
    symlinkSync('studies', join(root, 'inside'))
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ id }) => id), ['c'])
    assert.deepEqual(faults, [
      { row: 2, id: 'a', detail: 'study_file: studies/a.nii leads outside the data root' },
      { row: 3, id: 'b', detail: 'study_file: elsewhere/b.nii leads outside the data root' }
    ])
  })

  it('is not one whose file is a folder or a FIFO: that is the study\'s problem, and nothing waits for it', async (t) => {
    const { root, store } = registered(t, ['1,CT-1,folder.nii,', '2,CT-1,fifo.nii,'])
    mkdirSync(join(root, 'folder.nii'))
    execFileSync('mkfifo', [join(root, 'fifo.nii')])
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ id }) => id), ['folder', 'fifo'])
    assert.deepEqual(faults, [])
  })
})

describe('a mask', () => {
  async function maskOf (t: TestContext, cell: string, files: Record<string, string>) {
    const { studies, faults } = await readDataset(registered(t, [`1,CT-1,study_0001.nii.gz,${cell}`], files).store)
    assert.equal(studies.length, 1)
    return [studies[0]?.maskKey, ...faults.map(({ row, detail }) => `${row}: ${detail}`)]
  }

  it('on disk counts where the registry names none', async (t) => {
    assert.deepEqual(await maskOf(t, '', { 'masks/study_0001_mask.nii.gz': '' }), ['masks/study_0001_mask.nii.gz'])
    assert.deepEqual(await maskOf(t, ' ', { 'masks/study_0001_mask.nii': '' }), ['masks/study_0001_mask.nii'])
    assert.deepEqual(await maskOf(t, '', { 'masks/study_0001_mask.nii': '', 'masks/study_0001_mask.nii.gz': '' }), ['masks/study_0001_mask.nii.gz'])
  })

  it('of another study, a hidden one, or one elsewhere does not count', async (t) => {
    const files = { 'masks/study_0002_mask.nii.gz': '', 'masks/._study_0001_mask.nii.gz': '', 'masks/study_0001.nii.gz': '', 'study_0001_mask.nii.gz': '' }
    assert.deepEqual(await maskOf(t, '', files), [null])
  })

  it('is the registry\'s if it names one, even under another name', async (t) => {
    assert.deepEqual(await maskOf(t, 'drawn/one.nii', { 'drawn/one.nii': '', 'masks/study_0001_mask.nii.gz': '' }), ['drawn/one.nii'])
  })

  it('that the registry names and is not there stays listed, unless one is on disk by name', async (t) => {
    assert.deepEqual(await maskOf(t, '/masks/one.nii', {}), ['masks/one.nii'])
    assert.deepEqual(await maskOf(t, '/masks/one.nii', { 'masks/study_0001_mask.nii.gz': '' }), ['masks/study_0001_mask.nii.gz'])
  })

  it('with an unusable path is reported and the study stays, with the mask on disk if there is one', async (t) => {
    const byName = { 'masks/study_0001_mask.nii.gz': '' }
    assert.deepEqual(await maskOf(t, '../m.nii', {}), [null, '2: mask_file "../m.nii" leads out of its folder with ".."'])
    assert.deepEqual(await maskOf(t, '../m.nii', byName), ['masks/study_0001_mask.nii.gz', '2: mask_file "../m.nii" leads out of its folder with ".."'])
    assert.deepEqual(await maskOf(t, 'yes', byName), ['masks/study_0001_mask.nii.gz', '2: mask_file "yes" is not a .nii or .nii.gz file'])
  })

  it('behind a link out of the root is reported and the study stays', async (t) => {
    const { root, beside, store } = registered(t, ['1,CT-1,study_0001.nii,masks/study_0001_mask.nii', '2,CT-1,study_0002.nii,'])
    writeFileSync(join(beside, 'mask.nii'), '')
    mkdirSync(join(root, 'masks'))
    symlinkSync('../../beside/mask.nii', join(root, 'masks/study_0001_mask.nii'))
    symlinkSync('../../beside/mask.nii', join(root, 'masks/study_0002_mask.nii'))
    const { studies, faults } = await readDataset(store)
    assert.deepEqual(studies.map(({ maskKey }) => maskKey), [null, null])
    assert.ok(faults.some(({ row, detail }) => row === 2 && /mask_file: masks\/study_0001_mask\.nii leads outside/.test(detail)))
    assert.ok(faults.some(({ detail }) => /^masks\/study_0002_mask\.nii leads outside/.test(detail)))
  })

  it('is not looked for where the folder of masks leads out of the root', async (t) => {
    const { root, beside, store } = registered(t, ['1,CT-1,study_0001.nii,'])
    writeFileSync(join(beside, 'study_0001_mask.nii'), '')
    symlinkSync(beside, join(root, 'masks'))
    const { studies, faults } = await readDataset(store)
    assert.equal(studies[0]?.maskKey, null)
    assert.deepEqual(faults, [{ row: null, id: null, detail: 'masks leads outside the data root' }])
  })
})

describe('a data root', () => {
  it('serves no file that its registry does not list', async (t) => {
    const { store } = registered(t, ['1,CT-1,studies/CT-1/listed.nii,'], { 'studies/CT-1/unlisted.nii': '', 'studies/CT-1/listed.nii': '' })
    assert.deepEqual((await readDataset(store)).studies.map(({ id }) => id), ['listed'])
  })

  it('with an empty registry is an empty dataset', async (t) => {
    const { store } = registered(t, [], { 'studies/CT-1/unlisted.nii': '' })
    assert.deepEqual(await readDataset(store), {
      source: 'csv', studies: [], faults: [], findings: [{ kind: 'nothing-listed', count: 0, detail: 'No study is listed, so nothing is served' }]
    })
  })

  it('whose registry is a folder, a FIFO or a link that leads out is refused in one line', async (t) => {
    for (const name of ['dataset_registry.csv', 'dataset_registry.xlsx']) {
      for (const make of [
        (path: string) => mkdirSync(path),
        (path: string) => execFileSync('mkfifo', [path]),
        (path: string, beside: string) => symlinkSync(join(beside, 'registry'), path)
      ]) {
        const { root, beside, store } = datasetFolder(t, { 'CT-1/study_0001.nii': '' })
        writeFileSync(join(beside, 'registry'), HEADER)
        make(join(root, name), beside)
        await assert.rejects(readDataset(store), (error: Error) =>
          error instanceof DatasetError && error.message.startsWith(name) && !error.message.includes(root) && !error.message.includes('\n'))
      }
    }
  })

  it('with nothing to list is refused, naming what was looked for', async (t) => {
    const { store } = datasetFolder(t, { 'scans/a.nii': '' })
    await assert.rejects(readDataset(store), new DatasetError(
      'The data root holds neither dataset_registry.xlsx nor dataset_registry.csv nor folders CT-0 to CT-4, at its top or in studies/'))
  })
})
