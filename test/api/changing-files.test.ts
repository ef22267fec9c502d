import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makeNifti, type NiftiRecipe } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'

/** Noise that does not pack, so that every seed gives a file of the same size when stored. */
const noisy = (seed: number): NiftiRecipe => ({ shape: [64, 48, 6], voxels: (i, j, k) => ((i * 7919 + j * 104729 + k * 1299709 + seed * 15485863) * 2654435761 >>> 7) % 4001 - 1000 })
const stored = (recipe: NiftiRecipe) => gzipSync(makeNifti(recipe), { level: 0 })
const expected = (recipe: NiftiRecipe, k: number) => makeNifti(recipe).subarray(352 + k * 64 * 48 * 2, 352 + (k + 1) * 64 * 48 * 2)

const { get, bytes, settled, dataset, json } = await buildTestApp({ after }, {
  studies: Array.from({ length: 9 }, (_, n) => ({ image: stored(noisy(n)), ...(n === 5 && { mask: { shape: [64, 48, 6], datatype: 'uint8' as const } }) }))
})
const slice = (n: number, k: number) => `/v1/studies/study_000${n}/image/slices/${k}.raw`
const file = (n: number) => dataset.image(`study_000${n}`)

describe('a file that changes while it is served', () => {
  it('is read again: catalog-building meanwhile, then the new content, and never a mix', async () => {
    assert.deepEqual(await bytes(slice(1, 2)), expected(noisy(0), 2))
    const before = (await get(slice(1, 2))).headers['etag']
    const revision = (await json('/v1/dataset')).revision
    writeFileSync(`${file(1)}.new`, stored(noisy(100)).subarray(0))
    renameSync(`${file(1)}.new`, file(1))
    const first = await get(slice(1, 2))
    assertProblem(first, 503, 'catalog-building')
    assert.match(first.headers['retry-after']!, /^[1-9]\d*$/)
    const then = await settled(slice(1, 2))
    assert.deepEqual(then.body, expected(noisy(100), 2))
    assert.notEqual(then.headers['etag'], before)
    assert.equal((await get(slice(1, 2)).set('If-None-Match', before!)).status, 200)
    assert.notEqual((await json('/v1/dataset')).revision, revision)
    for (const k of [0, 1, 3, 4, 5]) assert.deepEqual(await bytes(slice(1, k)), expected(noisy(100), k))
  })

  it('is noticed although size and modification time are those of before, as after cp -p', async () => {
    for (const k of [0, 1, 2, 3, 4, 5]) assert.deepEqual(await bytes(slice(2, k)), expected(noisy(1), k))
    const { atimeMs, mtimeMs, size } = statSync(file(2))
    writeFileSync(file(2), stored(noisy(101)))
    utimesSync(file(2), atimeMs / 1000, mtimeMs / 1000)
    assert.equal(statSync(file(2)).size, size)
    const first = await get(slice(2, 1))
    assert.notDeepEqual(first.body, expected(noisy(1), 1), 'nothing of the old content')
    const then = await settled(slice(2, 1))
    assert.deepEqual(then.body, expected(noisy(101), 1))
    for (const k of [0, 2, 3, 4, 5]) assert.deepEqual(await bytes(slice(2, k)), expected(noisy(101), k))
    const now = await settled('/v1/studies/study_0002/image.nii.gz')
    assert.deepEqual(now.body, stored(noisy(101)))
  })

  it('is noticed too if only the file itself is requested', async () => {
    const path = '/v1/studies/study_0009/image.nii.gz'
    const { headers: { etag } } = await get(path)
    const { atimeMs, mtimeMs } = statSync(file(9))
    writeFileSync(file(9), stored(noisy(109)))
    utimesSync(file(9), atimeMs / 1000, mtimeMs / 1000)
    assertProblem(await get(path), 503, 'catalog-building')
    const then = await settled(path)
    assert.deepEqual(then.body, stored(noisy(109)))
    assert.notEqual(then.headers['etag'], etag)
  })

  it('that is only touched keeps its content and its validator', async () => {
    const { headers: { etag } } = await get(slice(3, 0))
    utimesSync(file(3), 1e9, 1e9)
    const then = await settled(slice(3, 0))
    assert.deepEqual(then.body, expected(noisy(2), 0))
    assert.equal(then.headers['etag'], etag)
  })

  it('and is deleted is volume-missing; returned, it is served again', async () => {
    const path = slice(4, 3)
    assert.deepEqual(await bytes(path), expected(noisy(3), 3))
    renameSync(file(4), `${file(4)}.away`)
    assertProblem(await get(path), 404, 'volume-missing')
    await waitFor(async () => (await json('/v1/studies/study_0004')).status === 'missing')
    assertProblem(await get(path), 404, 'volume-missing')
    renameSync(`${file(4)}.away`, file(4))
    await new Promise((resolve) => setTimeout(resolve, 1100)) // a study is read again once a second at the most
    const back = await settled(path)
    assert.deepEqual(back.body, expected(noisy(3), 3))
    assert.equal((await json('/v1/studies/study_0004')).status, 'ready')
  })

  it('into nonsense is unreadable, and into a volume again is served', async () => {
    writeFileSync(file(5), 'no volume any more')
    const response = await settled(slice(5, 0))
    assertProblem(response, 500, 'volume-unreadable')
    assert.equal((await get('/v1/studies/study_0005/image.nii.gz')).body.toString(), 'no volume any more')
    await new Promise((resolve) => setTimeout(resolve, 1100))
    writeFileSync(file(5), stored(noisy(105)))
    assert.deepEqual((await settled(slice(5, 0))).body, expected(noisy(105), 0))
  })

  it('is noticed by the mask, too, and by whatever is asked about the study', async () => {
    writeFileSync(dataset.mask('study_0006'), gzipSync(makeNifti({ shape: [64, 48, 6], datatype: 'uint8', voxels: (i) => i === 0 ? 1 : 0 })))
    await json('/v1/studies/study_0006')
    await waitFor(async () => (await json('/v1/studies/study_0006')).mask?.voxels === 48 * 6)
  })

  it('during a stream of it breaks the stream off, or all of the stream is the old content', async () => {
    const path = '/v1/studies/study_0007/image.raw'
    const old = makeNifti(noisy(6)).subarray(352)
    const { settledBodies } = await race(path, () => {
      copyFileSync(file(1), `${file(7)}.new`)
      renameSync(`${file(7)}.new`, file(7))
    })
    for (const body of settledBodies) assert.ok(body.equals(old) || body.equals(makeNifti(noisy(100)).subarray(352)), 'one content or the other')
  })
})

describe('a byte that flips on the disk after the file was read', () => {
  it('is never served: volume-unreadable, or catalog-building while the file is looked at again', async () => {
    const { atimeMs, mtimeMs } = statSync(file(8))
    const damaged = readFileSync(file(8))
    damaged[damaged.length >> 1]! ^= 0x10
    writeFileSync(file(8), damaged)
    utimesSync(file(8), atimeMs / 1000, mtimeMs / 1000)
    for (let k = 0; k < 6; k++) {
      const { status, body } = await get(slice(8, k))
      if (status === 200) assert.deepEqual(body, expected(noisy(7), k))
      else assert.match(body.type, /volume-unreadable|catalog-building/)
    }
    assertProblem(await settled(slice(8, 3)), 500, 'volume-unreadable')
    assert.equal((await json('/v1/studies/study_0008')).status, 'unreadable')
    rmSync(file(8))
  })
})

async function waitFor (holds: () => Promise<boolean>): Promise<void> {
  for (let left = 60; !await holds(); left--) {
    assert.ok(left > 0, 'in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Ask a few times for the same while something happens; what was answered whole. */
async function race (path: string, happening: () => void): Promise<{ settledBodies: Buffer[] }> {
  const asked = Array.from({ length: 6 }, (_, n) => new Promise<Buffer | undefined>((resolve) => {
    setTimeout(() => get(path).then(({ status, body }) => resolve(status === 200 ? body : undefined), () => resolve(undefined)), 2 * n)
  }))
  setTimeout(happening, 5)
  const bodies = await Promise.all(asked)
  const last = await settled(path)
  assert.equal(last.status, 200)
  return { settledBodies: [...bodies.filter((body): body is Buffer => body !== undefined), last.body] }
}
