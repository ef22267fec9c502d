import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import type { Response } from 'supertest'
import { HONOURED_HOOKS } from '../../src/http/answers/hot-answers.js'
import { makeNifti, type NiftiRecipe } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import { writeContent } from '../support/test-dataset.js'

const recipe = (seed: number): NiftiRecipe => ({ shape: [12, 10, 6], voxels: (i, j, k) => i + 10 * j + 100 * k + 1000 * seed })
const mask: NiftiRecipe = { shape: [12, 10, 6], datatype: 'uint8', voxels: (i) => i % 2 }
const { get, request, settled, dataset, app } = await buildTestApp({ after }, {
  studies: [{ image: recipe(1), mask }, { image: recipe(2), mask }, { image: recipe(3) }]
})
const slice = (n: number, rest: string) => `/v1/studies/study_000${n}/${rest}`

/** What a client is told, without what is another for every answer. */
function told ({ status, headers, body }: Response) {
  const { date, 'x-request-id': id, 'server-timing': timing, ...rest } = headers as Record<string, string>
  return { status, headers: rest, body }
}

/** The first answer is made; the second comes from memory, the whole way; the third the short one. */
const asked = async (path: string) => [await get(path), await get(path), await get(path), await get(path)] as const

describe('an answer that comes from memory', () => {
  for (const path of [
    slice(1, 'image/slices/2.raw'), slice(1, 'image/slices/2.npy'), slice(1, 'mask/slices/2.raw'), slice(1, 'image/slices/3.raw?plane=coronal'),
    slice(1, 'image/slices/3.npy?plane=sagittal&orientation=radiological'), slice(1, 'image/slices/2.png'), slice(1, 'image/slices/2.webp?overlay=mask'), slice(1, 'mask/slices/2.png')
  ]) {
    it(`${path} is the same as when it was made, headers and all`, async () => {
      const [first, ...others] = await asked(path)
      assert.equal(first.status, 200)
      for (const other of others) {
        assert.deepEqual(told(other), told(first))
        assert.match(other.headers['server-timing']!, /^cache;desc=hit, decode;dur=0$/)
        assert.match(other.headers['x-request-id']!, /^[0-9a-f-]{36}$/)
      }
      assert.equal(new Set([first, ...others].map(({ headers }) => headers['x-request-id'])).size, 4)
    })
  }

  it('depends on what else is asked: HEAD, If-None-Match, an origin', async () => {
    const path = slice(1, 'image/slices/4.raw')
    const [{ headers: { etag } }] = await asked(path)
    assert.equal((await get(path).set('If-None-Match', etag!)).status, 304)
    const head = await request.head(path)
    assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '240', undefined])
    assert.equal((await get(path).set('If-None-Match', '"another"')).status, 200)
    assertProblem(await get(`${path}?window=1,2,3`), 400, 'invalid-request')
  })

  it('is counted like any other', async () => {
    const count = async () => Number(/^niiserve_request_duration_seconds_count\{method="GET",route="[^"]*:index\.npy",format="npy",status="200"\} (\d+)$/m.exec((await get('/metrics')).body)?.[1] ?? 0)
    const before = await count()
    await asked(slice(1, 'image/slices/5.npy'))
    assert.equal(await count(), before + 4)
  })

  it('is made anew when the file changes, even if only its times change', async () => {
    const path = slice(2, 'image/slices/2.raw')
    const [old] = await asked(path)
    const file = dataset.image('study_0002')
    const { atimeMs, mtimeMs } = statSync(file)
    writeContent(file, recipe(7))
    utimesSync(file, atimeMs / 1000, mtimeMs / 1000 + 5)
    assertProblem(await get(path), 503, 'catalog-building')
    const now = await settled(path)
    assert.deepEqual(now.body, makeNifti(recipe(7)).subarray(352 + 240 * 2, 352 + 240 * 3))
    assert.notEqual(now.headers['etag'], old.headers['etag'])
  })

  it('is no longer 200 while the service stops', async () => {
    const path = slice(3, 'image/slices/1.raw')
    await asked(path)
    app.isStopping = true
    try {
      assert.equal((await get(path)).headers['connection'], 'close')
    } finally {
      app.isStopping = false
    }
  })
})

describe('where keys are configured', async () => {
  const closed = await buildTestApp({ after }, { studies: [{ image: recipe(1) }], config: { apiKeys: ['lab=one', 'other=two'] } })
  const path = slice(1, 'image/slices/2.raw')

  it('an answer cached for a client with a key is not sent to a client without one', async () => {
    for (let n = 0; n < 4; n++) assert.equal((await closed.get(path).set('X-API-Key', 'one')).status, 200)
    assertProblem(await closed.get(path), 401, 'unauthorized')
    assertProblem(await closed.get(path).set('X-API-Key', 'three'), 401, 'unauthorized')
    assert.equal((await closed.get(path).set('Authorization', 'Bearer two')).status, 200)
    const { body } = await closed.get('/metrics').set('X-API-Key', 'one')
    assert.match(body, /^niiserve_requests_by_key_total\{key="other"\} 1$/m)
  })
})

describe('the short way', () => {
  it('says of every file that adds an onRequest hook how it honours the hook, and of no other', () => {
    const adding = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && readFileSync(`src/${file}`, 'utf8').includes("addHook('onRequest'"))
    assert.deepEqual(Object.keys(HONOURED_HOOKS).sort(), adding.sort())
  })
})
