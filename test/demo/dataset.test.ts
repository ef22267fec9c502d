import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { makeDemoDataset } from '../../src/demo/dataset.js'
import { DEMO_STUDIES } from '../../src/demo/demo-plan.js'
import { DatasetError } from '../../src/errors.js'

describe('the plan of the demo dataset', () => {
  it('has twelve studies of 33 to 53 slices in all five categories, four of them annotated', () => {
    assert.equal(DEMO_STUDIES.length, 12)
    assert.deepEqual([...new Set(DEMO_STUDIES.map(({ category }) => category))], ['CT-0', 'CT-1', 'CT-2', 'CT-3', 'CT-4'])
    assert.ok(DEMO_STUDIES.every(({ slices }) => slices >= 33 && slices <= 53))
    assert.ok(DEMO_STUDIES.every(({ pixel }) => pixel >= 0.6 && pixel <= 0.8))
    assert.equal(new Set(DEMO_STUDIES.map(({ seed }) => seed)).size, 12, 'no patient twice')
    assert.deepEqual(DEMO_STUDIES.filter(({ annotated }) => annotated).map(({ category }) => category), ['CT-1', 'CT-1', 'CT-2', 'CT-3'])
  })
})

describe('makeDemoDataset', () => {
  // The study with the fewest slices: the rest of the twelve differ in their numbers only.
  const studies = DEMO_STUDIES.filter(({ slices }) => slices === 33)
  const steps: [number, number][] = []
  let folder: string
  let root: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'niiserve-demo-'))
    root = join(folder, 'demo')
    // What a run that was killed leaves behind; no process has the number 0x7ffffff.
    await mkdir(join(folder, 'demo.draft-134217727', 'studies'), { recursive: true })
    await makeDemoDataset(root, { studies, onProgress: (done, total) => { steps.push([done, total]) } })
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('writes a registry as MosMedData has it: byte order mark, CR LF, paths from the root', async () => {
    assert.equal(await readFile(join(root, 'dataset_registry.csv'), 'utf8'),
      '\uFEFFstudy_id,category,study_file,mask_file\r\n' +
      '10,CT-3,/studies/CT-3/study_0010.nii.gz,/masks/study_0010_mask.nii.gz\r\n')
  })

  it('writes study and mask of one shape and geometry, 512 x 512 x 33 int16', async () => {
    const image = gunzipSync(await readFile(join(root, 'studies/CT-3/study_0010.nii.gz')))
    const mask = gunzipSync(await readFile(join(root, 'masks/study_0010_mask.nii.gz')))
    assert.deepEqual([40, 42, 44, 46].map((at) => image.readInt16LE(at)), [3, 512, 512, 33])
    assert.equal(image.readInt16LE(70), 4, 'DT_INT16')
    assert.equal(image.length, 352 + 512 * 512 * 33 * 2)
    assert.ok(image.subarray(0, 352).equals(mask.subarray(0, 352)))
    assert.equal(image.readFloatLE(88), 8, 'mm between slices')
    const values = new Set(new Int16Array(mask.buffer, mask.byteOffset + 352, 512 * 512 * 33))
    assert.deepEqual([...values].sort(), [0, 1])
  })

  it('writes gzip members without a time, so that the files are the same next time', async () => {
    const file = await readFile(join(root, 'studies/CT-3/study_0010.nii.gz'))
    assert.deepEqual([...file.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    const ratio = file.length / (512 * 512 * 33 * 2)
    assert.ok(ratio > 0.4 && ratio < 0.6, `packed to ${ratio}`)
  })

  it('says that it is synthetic and CC0', async () => {
    assert.match(await readFile(join(root, 'README.md'), 'utf8'), /Synthetic/)
    assert.match(await readFile(join(root, 'LICENSE'), 'utf8'), /CC0 1\.0/)
  })

  it('tells its progress, and leaves nothing beside the dataset', async () => {
    assert.deepEqual(steps, [[0, 1], [1, 1]])
    assert.deepEqual(await readdir(folder), ['demo'])
  })

  it('leaves a complete demo as it is', async () => {
    const path = join(root, 'studies/CT-3/study_0010.nii.gz')
    const { mtimeMs, ino } = await stat(path)
    await makeDemoDataset(root, { studies, onProgress: () => assert.fail('nothing to do') })
    const now = await stat(path)
    assert.deepEqual([now.mtimeMs, now.ino], [mtimeMs, ino])
  })

  it('replaces a demo of another version', async () => {
    const old = join(folder, 'old')
    await mkdir(old)
    await writeFile(join(old, '.niiserve-demo.json'), '{"version":0}')
    await writeFile(join(old, 'leftover'), '')
    await makeDemoDataset(old, { studies: [] })
    assert.deepEqual((await readdir(old)).sort(), ['.niiserve-demo.json', 'LICENSE', 'README.md', 'dataset.json', 'dataset_registry.csv', 'masks'])
  })

  it('refuses a folder with somebody\'s data in it', async () => {
    const foreign = join(folder, 'foreign')
    await mkdir(foreign)
    await writeFile(join(foreign, 'thesis.docx'), 'years of work')
    await assert.rejects(makeDemoDataset(foreign, { studies }), DatasetError)
    assert.deepEqual(await readdir(foreign), ['thesis.docx'])
  })
})
