import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { FILE_CASES } from './cases.js'
import { place, studyIdOf } from './file-case.js'
import type { FileCase } from './file-case.js'

// Every broken file stands in one dataset, among good ones. The folder's own name must appear in no answer.
const SECRET = 'niiserve-corpus-where-nobody-looks'

/** What reading all of it may take: a few slabs, inflaters and threads. The largest slab that is claimed is 256 MiB, of which nothing comes. */
const MEMORY_BYTES = 400 * 2 ** 20

/** Warnings of nearly every file here, since they are made without forms and of small numbers; other tests are about them. */
const OF_MADE_FILES = /has neither sform nor qform|Nothing in it is below -500 HU/

const GOOD = makeNifti({ shape: [4, 5, 6] })
const GOOD_IDS = ['good-first', 'good-amidst', 'good-last']

let parent: string
let dataset: TestApp
let close: () => unknown
let peakBytes = 0
const texts: string[] = []

/** Over a real connection: whole volumes are written to it piece by piece. */
async function get (url: string) {
  const { status: statusCode, headers, body } = await dataset.get(url)
  const text = Buffer.isBuffer(body) ? body.toString('latin1') : JSON.stringify(body)
  if (/json/.test(String(headers['content-type']))) texts.push(text)
  return { statusCode, headers, rawPayload: body as Buffer, json: () => body, body: text }
}

before(async () => {
  parent = realpathSync(mkdtempSync(join(tmpdir(), SECRET)))
  const [root, beside] = [join(parent, 'dataset'), join(parent, 'beside')]
  mkdirSync(root)
  mkdirSync(beside)
  const rows = ['study_id,category,study_file,mask_file']
  const list = (id: string, { extension = '.nii.gz', image, mask }: Pick<FileCase, 'image' | 'mask' | 'extension'>) => {
    const [imageFile, maskFile] = [`studies/CT-1/${id}${extension}`, `masks/${id}_mask${extension}`]
    if (image !== null) place(image, join(root, imageFile), beside)
    if (mask != null) place(mask, join(root, maskFile), beside)
    rows.push(`${rows.length},CT-1,${imageFile},${mask === undefined ? '' : maskFile}`)
  }
  const cases = FILE_CASES.filter(({ skip }) => skip === undefined || skip === false)
  const middle = cases.length >> 1
  list(GOOD_IDS[0]!, { image: GOOD, extension: '.nii' })
  for (const made of cases.slice(0, middle)) list(studyIdOf(made.name), made)
  list(GOOD_IDS[1]!, { image: GOOD, extension: '.nii' })
  for (const made of cases.slice(middle)) list(studyIdOf(made.name), made)
  list(GOOD_IDS[2]!, { image: GOOD, extension: '.nii' })
  writeFileSync(join(root, 'dataset_registry.csv'), rows.join('\n'))

  dataset = await buildTestApp({ after: (clean) => { close = clean } }, { root, ingest: false, config: { decodeThreads: 2 } })
  const baseline = process.memoryUsage().rss
  const sampling = setInterval(() => { peakBytes = Math.max(peakBytes, process.memoryUsage().rss - baseline) }, 10)
  const { ingest, listing } = dataset.services
  await ingest.run(listing.studies.map(({ id }) => id))
  clearInterval(sampling)
})
after(async () => {
  await close()
  rmSync(parent, { recursive: true })
})

describe('the corpus of broken files', () => {
  it('has at least 150 of them, each of its own name', () => {
    assert.ok(FILE_CASES.length >= 150, `${FILE_CASES.length} files`)
    assert.equal(new Set(FILE_CASES.map(({ name }) => studyIdOf(name))).size, FILE_CASES.length)
  })

  it('is read in bounded memory, bombs included', () => {
    assert.ok(peakBytes < MEMORY_BYTES, `${Math.round(peakBytes / 2 ** 20)} MiB`)
  })

  for (const id of GOOD_IDS) {
    it(`does nothing to ${id}, which stands among them`, async () => {
      const study = (await get(`/v1/studies/${id}`)).json()
      assert.deepEqual([study.status, study.problem, othersOf(study.warnings), study.shape], ['ready', null, [], [4, 5, 6]])
      const { rawPayload } = await get(`/v1/studies/${id}/image.raw`)
      assert.deepEqual(rawPayload, GOOD.subarray(352))
    })
  }
})

for (const made of FILE_CASES) {
  const { name, status, problem, warnings = [], hasNoDirection = false, voxels, mask, maskAnswer, fault, skip = false } = made
  const id = studyIdOf(name)
  it(`${name}: ${fault !== undefined && voxels === undefined ? 'a row that is refused' : status}`, { skip }, async () => {
    if (fault !== undefined) {
      const found = dataset.services.listing.faults.filter(({ id: of }) => of === id)
      assert.equal(found.length, 1)
      assert.match(found[0]!.detail, fault)
      texts.push(found[0]!.detail)
      if (voxels === undefined) {
        assert.equal((await get(`/v1/studies/${id}`)).statusCode, 404)
        return
      }
    }
    const study = (await get(`/v1/studies/${id}`)).json()
    assert.equal(study.status, status, study.problem)
    if (problem === undefined) assert.equal(study.problem, null)
    else assert.match(study.problem, problem)
    const others = othersOf(study.warnings)
    assert.equal(others.length, warnings.length, others.join('\n'))
    for (const [n, warning] of warnings.entries()) assert.match(others[n]!, warning)

    await answersAs(`/v1/studies/${id}/image`, voxels ?? (status === 'missing' ? 'volume-missing' : 'volume-unreadable'), hasNoDirection)
    if (maskAnswer !== undefined) await answersAs(`/v1/studies/${id}/mask`, maskAnswer)
    else if (mask === undefined) await answersAs(`/v1/studies/${id}/mask`, 'mask-not-found')
    await isNoInternalError(`/v1/studies/${id}/image.nii.gz`)
  })
}

it('no answer about any of them names a path of the server', () => {
  for (const text of texts) assert.ok(!text.includes(SECRET) && !text.includes(tmpdir()), text)
})

const othersOf = (warnings: string[]) => warnings.filter((warning) => !OF_MADE_FILES.test(warning))

const STATUS: Record<string, number> = { 'volume-missing': 404, 'mask-not-found': 404, 'volume-unreadable': 500 }

/** The whole volume, its first slice and its picture; or the same problem from each of them. */
async function answersAs (volume: string, expected: Uint8Array | string, hasNoDirection = false): Promise<void> {
  const whole = await get(`${volume}.raw`)
  if (typeof expected !== 'string') {
    assert.equal(whole.statusCode, 200, whole.body)
    assert.deepEqual(Buffer.from(whole.rawPayload), Buffer.from(expected))
    assert.equal((await get(`${volume}/slices/0.png`)).statusCode, hasNoDirection ? 409 : 200)
    assert.equal((await get(`${volume}/slices/0.png?orientation=native`)).statusCode, 200)
    return
  }
  for (const response of [whole, await get(`${volume}/slices/0.png`), await get(`${volume}/slices/0.raw`)]) {
    assert.equal(response.statusCode, STATUS[expected], response.body)
    assert.match(String(response.headers['content-type']), /^application\/problem\+json/)
    const problem = response.json()
    assert.equal(problem.type, `urn:niiserve:problem:${expected}`)
    if (expected === 'volume-unreadable') assert.equal(problem.retry, false)
  }
}

/** The file as it lies there is served whatever is in it, or a documented problem says why not. */
async function isNoInternalError (url: string): Promise<void> {
  const response = await get(url)
  assert.ok(response.statusCode === 200 || /urn:niiserve:problem:volume-(?:missing|unreadable)/.test(response.body), `${response.statusCode} ${response.body.slice(0, 300)}`)
}
