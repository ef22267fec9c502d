import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeNifti } from '../support/make-nifti.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp, TestAppOptions } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'
import { startWebServer } from '../support/web-server.js'
import type { WebServer } from '../support/web-server.js'

const [NI, NJ, NK] = [64, 48, 24]

/** Voxels that compress a little, each slice in its own way. */
function scan (seed: number): NiftiRecipe {
  return { shape: [NI, NJ, NK], datatype: 'int16', voxels: Array.from({ length: NI * NJ * NK }, (_, n) => (n * 7919 * seed + (n >> 3)) % 3000 - 1000) }
}

const mask: NiftiRecipe = { shape: [NI, NJ, NK], datatype: 'uint8', voxels: Array.from({ length: NI * NJ * NK }, (_, n) => n % 97 === 0 ? 1 : 0) }
const STUDIES = [{ image: scan(1), mask }, { image: scan(2), suffix: 'nii' as const }, { image: scan(3) }]

const PATHS = [
  ...[0, 1, 11, NK - 1].flatMap((k) => [1, 2, 3].map((n) => `/v1/studies/study_000${n}/image/slices/${k}.npy`)),
  '/v1/studies/study_0001/mask/slices/5.npy',
  '/v1/studies/study_0001/image/slices/20.npy?plane=coronal',
  '/v1/studies/study_0001/image/slices/9.png?overlay=contour',
  '/v1/studies/study_0003/montage.png?columns=4&tile=32',
  '/v1/studies/study_0001/image.npy',
  '/v1/studies/study_0001/image.npy?i=3:20&j=4:9&k=2:17',
  '/v1/studies/study_0001/image.nii',
  '/v1/studies/study_0001/image.nii.gz',
  '/v1/studies/study_0002/image.nii',
  '/v1/studies/study_0001/mask.nii.gz',
  '/v1/webdataset.tar?arrays=image,mask&annotated=true&shuffle=3'
]

const scope = { after }
const served = makeDataset(scope, STUDIES)
const web = await startWebServer(served.root)
after(async () => await web.close())
const local = await buildTestApp(scope, { root: served.root })
const remote = await buildTestApp(scope, { root: web.url })

describe('a data root behind a web server', () => {
  for (const path of PATHS) {
    it(`answers the bytes of a folder: ${path}`, async () => {
      const [here, there] = [await local.get(path), await remote.get(path)]
      assert.deepEqual([there.status, there.headers['content-type']], [200, here.headers['content-type']])
      assert.ok(Buffer.compare(here.body, there.body) === 0, 'byte for byte')
      assert.equal(there.headers.etag, here.headers.etag)
    })
  }

  it('answers a range of a file, and of a decoded volume', async () => {
    for (const path of ['/v1/studies/study_0001/image.nii.gz', '/v1/studies/study_0001/image.nii']) {
      const [here, there] = await Promise.all([local, remote].map(async ({ get }) => await get(path).set('Range', 'bytes=1000-1999')))
      assert.equal(there!.status, 206)
      assert.deepEqual(there!.body, here!.body)
    }
  })

  it('answers the facts of a folder, but for the times of its files', async () => {
    const facts = (study: any) => JSON.stringify({ ...study, revision: null })
    for (const n of [1, 2, 3]) assert.equal(facts(await remote.json(`/v1/studies/study_000${n}`)), facts(await local.json(`/v1/studies/study_000${n}`)))
  })

  it('answers a batch as a folder does', async () => {
    const body = { items: [{ study: 'study_0003', index: 4 }, { study: 'study_0001', index: 7 }], arrays: ['image'] }
    const [here, there] = await Promise.all([local, remote].map(async ({ request }) => await request.post('/v1/batches.raw').send(body).buffer(true).parse((response, done) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => done(null, Buffer.concat(chunks)))
    })))
    assert.equal(there!.status, 200)
    assert.deepEqual(there!.body, here!.body)
  })

  it('needs one GET for a cold slice, and no HEAD for a slice of a volume that is being read', async (t) => {
    const { bytes } = await buildTestApp(t, { root: web.url })
    web.requests.length = 0
    await bytes('/v1/studies/study_0001/image/slices/3.npy')
    await bytes('/v1/studies/study_0001/image/slices/3.npy')
    await bytes('/v1/studies/study_0001/image/slices/17.npy')
    assert.deepEqual(web.requests.map((request) => request.split(' ', 2).join(' ')), ['GET studies/CT-0/study_0001.nii.gz', 'GET studies/CT-0/study_0001.nii.gz'])
  })
})

describe('a remote file that changes', () => {
  const changed = gzipSync(makeNifti(scan(9)))
  const slice = '/v1/studies/study_0001/image/slices/3.raw'

  async function changing (t: Parameters<typeof buildTestApp>[0], options: TestAppOptions = {}): Promise<TestApp & { web: WebServer, path: string }> {
    const dataset = makeDataset(t, STUDIES)
    const web = await startWebServer(dataset.root)
    t.after(async () => await web.close())
    const app = await buildTestApp(t, { root: web.url, ...options })
    return { ...app, web, path: dataset.image('study_0001') }
  }

  it('is noticed by the next read, and then read again', async (t) => {
    const { get, settled, bytes, path } = await changing(t)
    const before = await bytes(slice)
    writeFileSync(path, changed)
    assertProblem(await get('/v1/studies/study_0001/image/slices/20.raw'), 503, 'catalog-building')
    const now = await settled(slice)
    assert.equal(now.status, 200)
    assert.notDeepEqual(now.body, before)
    assert.deepEqual(now.body, Buffer.from(Int16Array.from(scan(9).voxels as number[]).slice(3 * NI * NJ, 4 * NI * NJ).buffer))
  })

  it('is noticed by a read even if the server ignores If-Match', async (t) => {
    const { get, web, path } = await changing(t)
    web.ignoresIfMatch = true
    writeFileSync(path, changed)
    assertProblem(await get(slice), 503, 'catalog-building')
  })

  it('is answered from memory at most STORE_FRESH seconds long', async (t) => {
    const { get, bytes, path } = await changing(t, { config: { storeFreshSeconds: 1 } })
    const before = await bytes(slice)
    writeFileSync(path, changed)
    assert.deepEqual(await bytes(slice), before)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    assertProblem(await get(slice), 503, 'catalog-building')
  })

  it('is not confirmed by 304 after STORE_FRESH seconds', async (t) => {
    const { get, path } = await changing(t, { config: { storeFreshSeconds: 1 } })
    const { headers } = await get(slice)
    assert.equal((await get(slice).set('If-None-Match', headers.etag!)).status, 304)
    writeFileSync(path, changed)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    assertProblem(await get(slice).set('If-None-Match', headers.etag!), 503, 'catalog-building')
  })
})

describe('a store that misbehaves', () => {
  it('costs time or a 503, and never gives a wrong voxel', async (t) => {
    const dataset = makeDataset(t, [{ image: scan(1) }, { image: scan(2), suffix: 'nii' }])
    const web = await startWebServer(dataset.root)
    t.after(async () => await web.close())
    const { get } = await buildTestApp(t, { root: web.url, config: { cacheBytes: 16 * 2 ** 20 } })
    const expected = (study: number, k: number) => Buffer.from(Int16Array.from(scan(study).voxels as number[]).slice(k * NI * NJ, (k + 1) * NI * NJ).buffer)
    const faults = ['reset', 'cut', 'whole', 'shifted', 'slow-down', 'broken', 'stall', 'wrong-etag', 'no-etag', 'weak-etag', 'forbidden'] as const
    let right = 0
    for (const [n, fault] of faults.entries()) {
      for (const study of [1, 2]) {
        web.next = [fault, n % 2 === 0 ? undefined : fault]
        const answer = await get(`/v1/studies/study_000${study}/image/slices/${2 * n}.raw`)
        web.next = []
        if (answer.status === 200) {
          assert.deepEqual(answer.body, expected(study, 2 * n), fault)
          right++
        } else {
          assert.match(answer.body.type, /:(overloaded|catalog-building|volume-unreadable)$/, fault)
        }
      }
    }
    assert.ok(right >= 12, `${right} of 22 answered in spite of one or two faults`)
  })
})

describe('a store that is gone', () => {
  it('is 503, not "missing"; what is in memory is answered while its state is recent; and it is used again when it is back', async (t) => {
    const dataset = makeDataset(t, STUDIES)
    const web = await startWebServer(dataset.root)
    t.after(async () => await web.close())
    const { get, bytes } = await buildTestApp(t, { root: web.url })
    const hot = await bytes('/v1/studies/study_0001/image/slices/3.raw')
    await web.down()
    assertProblem(await get('/v1/studies/study_0003/image/slices/3.raw'), 503, 'overloaded')
    assert.deepEqual(await bytes('/v1/studies/study_0001/image/slices/3.raw'), hot)
    assert.equal((await get('/v1/studies/study_0003')).status, 200)
    await web.up()
    assert.equal((await get('/v1/studies/study_0003/image/slices/3.raw')).status, 200)
    assert.equal((await get('/readyz')).status, 200)
  })

  it('is used again for what was in memory too, when it was away for longer than STORE_FRESH', async (t) => {
    const dataset = makeDataset(t, STUDIES)
    const web = await startWebServer(dataset.root)
    t.after(async () => await web.close())
    const { get, bytes } = await buildTestApp(t, { root: web.url, config: { storeFreshSeconds: 1 } })
    const path = '/v1/studies/study_0001/image/slices/3.raw'
    const hot = await bytes(path)
    await web.down()
    await sleep(1_100)
    assertProblem(await get(path), 503, 'overloaded')
    await web.up()
    for (const until = Date.now() + 10_000; Date.now() < until && (await get(path)).status === 503;) await sleep(50)
    assert.deepEqual(await bytes(path), hot)
  })
})
