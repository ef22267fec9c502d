import assert from 'node:assert/strict'
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'
import { ctVolume } from './ct-dataset.js'

describe('a file that is replaced again and again while slices are asked for', () => {
  it('gives slices of one content or the other, each under its own validator', async (t) => {
    const shape = [64, 64, 20] as const
    const contents = [makeNifti(ctVolume(shape, 3)), makeNifti(ctVolume(shape, 4))]
    const files = contents.map((content) => gzipSync(content))
    const { root, image } = makeDataset(t, [{ image: files[0]! }])
    const { get } = await buildTestApp(t, { root })
    const seen = new Map<string, Buffer>()
    const stop = performance.now() + 8_000
    let answers = 0
    let refusals = 0
    const swap = async () => {
      for (let n = 1; performance.now() < stop; n++) {
        writeFileSync(`${image('study_0001')}.next`, files[n % 2]!)
        renameSync(`${image('study_0001')}.next`, image('study_0001'))
        await pause(700)
      }
    }
    const ask = async () => {
      for (let k = 0; performance.now() < stop; k = (k + 7) % 20) {
        const { status, body, headers } = await get(`/v1/studies/study_0001/image/slices/${k}.raw`)
        if (status !== 200) {
          assert.match(body.type, /catalog-building/)
          refusals++
          await pause(20)
          continue
        }
        answers++
        const size = 64 * 64 * 2
        const slices = contents.map((content) => content.subarray(352 + k * size, 352 + (k + 1) * size))
        assert.ok(slices.some((slice) => slice.equals(body)), `slice ${k} is of neither content`)
        const known = seen.get(headers['etag']!)
        assert.ok(known === undefined || known.equals(body), 'one validator for two contents')
        seen.set(headers['etag']!, body)
      }
    }
    await Promise.all([swap(), ask(), ask(), ask()])
    assert.ok(answers > 50 && refusals > 0, `${answers} answers, ${refusals} refusals`)
  })
})

describe('a data root', () => {
  it('that is gone is 503, not a dataset without files; come back, everything is as before', async (t) => {
    const recipes = [1, 2, 3].map((seed) => ctVolume([32, 32, 8], seed))
    const { root } = makeDataset(t, [...recipes.map((image) => ({ image })), { image: null }])
    const { get, json, bytes } = await buildTestApp(t, { root })
    const slice = (n: number) => `/v1/studies/study_000${n}/image/slices/3.raw`
    const before = [await json('/v1/studies'), await bytes(slice(1))]
    renameSync(root, `${root}-away`)
    try {
      assert.equal((await get('/readyz')).status, 503)
      assert.equal((await get('/healthz')).status, 200)
      for (const n of [1, 2, 3, 4]) assert.equal((await get(slice(n))).status, 503)
      await pause(200)
      assert.deepEqual((await json('/v1/studies')), before[0])
    } finally {
      renameSync(`${root}-away`, root)
    }
    assert.equal((await get('/readyz')).status, 200)
    assert.deepEqual([await json('/v1/studies'), await bytes(slice(1))], before)
    for (const n of [2, 3]) assert.ok((await bytes(slice(n))).equals(makeNifti(recipes[n - 1]!).subarray(352 + 3 * 2048, 352 + 4 * 2048)))
  })

  it('that goes while it is read into the catalog leaves nothing recorded as missing', async (t) => {
    const { root } = makeDataset(t, Array.from({ length: 12 }, (_, n) => ({ image: ctVolume([256, 256, 12], n) })))
    const { services, json, settled } = await buildTestApp(t, { root, ingest: false })
    const reading = services.ingest.run(services.listing.studies.map(({ id }) => id))
    while (services.ingest.progress.done < 2) await pause(5)
    renameSync(root, `${root}-away`)
    await pause(300)
    renameSync(`${root}-away`, root)
    await reading
    const { items } = await json('/v1/studies')
    for (const { id, status, problem } of items) {
      // One that was being looked for at that very moment is looked for again when it is asked for.
      if (status !== 'ready') assert.equal((await settled(`/v1/studies/${id}/image/slices/0.raw`)).status, 200, `${id} ${status} ${problem}`)
    }
    await pause(1200)
    for (const { id } of items) {
      const { status, body } = await settled(`/v1/studies/${id}/image/slices/0.raw`)
      assert.equal(status, 200, JSON.stringify(body))
    }
    assert.ok((await json('/v1/studies?status=ready')).total === 12)
  })
})

describe('a file that is still being written while it is ingested', () => {
  it('is read when it is whole', async (t) => {
    const content = makeNifti(ctVolume([128, 128, 20], 9))
    const file = gzipSync(content)
    const { root, image } = makeDataset(t, [{ image: file.subarray(0, 1000) }, {}])
    const { services, settled } = await buildTestApp(t, { root, ingest: false })
    const reading = services.ingest.run(services.listing.studies.map(({ id }) => id))
    const fd = openSync(image('study_0001'), 'r+')
    for (let at = 1000; at < file.length; at += 20_000) {
      writeSync(fd, file, at, Math.min(20_000, file.length - at), at)
      await pause(20)
    }
    closeSync(fd)
    await reading
    await settled('/v1/studies/study_0001/image.raw')
    await pause(1100)
    const { status, body } = await settled('/v1/studies/study_0001/image.raw')
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(body.equals(content.subarray(352)))
  })
})
