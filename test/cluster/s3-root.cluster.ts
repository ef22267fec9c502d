import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { makeDemoDataset } from '../../src/demo/dataset.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { missing, startSeaweedFs, startVersitygw, temporary, VERSITYGW, WEED } from './object-stores.js'
import type { TestS3 } from './object-stores.js'

// scale.md, proofs 1 and 2 (the part of the store): a data root on S3 answers the bytes of a local one, and never others.
const scope = { after }
const folder = join(temporary(scope), 'data', 'root')
mkdirSync(folder, { recursive: true })
await makeDemoDataset(folder)
const config = { decodeThreads: 2, cacheBytes: 64 * 2 ** 20 }
const local = await buildTestApp(scope, { root: folder, config })

/** All studies with the first engine; with the second some, which keeps the suite within its time. */
const engines: Array<[name: string, lack: string | false, most: number, start: () => Promise<TestS3>]> = [
  ['SeaweedFS', missing(WEED), 100, async () => {
    const s3 = await startSeaweedFs(scope)
    await s3.upload(folder, 'root/')
    return s3
  }],
  ['versitygw, whose bucket is a folder', missing(VERSITYGW), 4, async () => {
    const top = temporary(scope)
    const s3 = await startVersitygw(scope, top)
    await s3.upload(folder, 'root/')
    return s3
  }]
]

for (const [name, lack, most, start] of engines) {
  describe(`a data root on S3 of ${name}`, { skip: lack }, async () => {
    if (lack !== false) return
    const s3 = await start()
    const remote = await buildTestApp(scope, { root: `s3://${s3.bucket}/root`, config: { ...config, s3Endpoint: s3.endpoint } })
    const { items: studies } = await local.json(`/v1/studies?limit=${most}`)
    /** Study and file, for the image of each study and for each mask. */
    const volumes: Array<[path: string, count: number]> = studies.flatMap(({ id, shape, mask }: any) => [[`/v1/studies/${id}/image`, shape[2]], ...(mask === null ? [] : [[`/v1/studies/${id}/mask`, shape[2]]])])

    const same = async (path: string, headers: Record<string, string> = {}) => {
      const [here, there] = await Promise.all([local, remote].map(async ({ get }) => await get(path).set(headers)))
      assert.equal(there!.status, here!.status, path)
      assert.ok(here!.status < 300, path)
      assert.equal(there!.headers['etag'], here!.headers['etag'], path)
      assert.ok(Buffer.compare(here!.body, there!.body) === 0, `${path} differs`)
    }

    it('answers every slice of every volume', async () => {
      for (const [path, count] of volumes) await inTurns(Array.from({ length: count }, (_, k) => k), async (k) => await same(`${path}/slices/${k}.raw`))
    })

    it('answers every volume: decoded, as .nii, and the file itself', async () => {
      for (const [path] of volumes) for (const form of ['.npy', '.nii', '.nii.gz']) await same(`${path}${form}`)
    })

    it('answers boxes, ranges, planes and pictures', async () => {
      for (const [path, count] of volumes) {
        await same(`${path}.raw?i=10:90&j=33:70&k=1:${Math.min(count, 9)}`)
        await same(`${path}.nii.gz`, { range: 'bytes=1000-70000' })
        await same(`${path}.nii`, { range: 'bytes=300-400000' })
        for (const plane of ['coronal', 'sagittal']) await same(`${path}/slices/40.npy?plane=${plane}`)
        await same(`${path}/slices/3.png`)
      }
      for (const { id } of studies.slice(0, 4)) await same(`/v1/studies/${id}/montage.png?columns=6&tile=64`)
    })

    it('answers batches and streams', async () => {
      const items = studies.map(({ id, shape }: any, n: number) => ({ study: id, index: n % shape[2] }))
      const [here, there] = await Promise.all([local, remote].map(async ({ origin }) => {
        const answer = await fetch(`${origin}/v1/batches.raw`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ items, arrays: ['image'] }) })
        assert.equal(answer.status, 200)
        return Buffer.from(await answer.arrayBuffer())
      }))
      assert.ok(here!.equals(there!))
      await same('/v1/webdataset.tar?arrays=image,mask&annotated=true&shuffle=5')
    })

    it('reads a cold slice with one request, in a process that begins anew', async (t) => {
      const { bytes, services } = await buildTestApp(t, { root: `s3://${s3.bucket}/root`, config: { ...config, s3Endpoint: s3.endpoint } })
      const { remote: files } = services
      assert.ok(files !== undefined)
      const before = { ...files.sent }
      const start = process.cpuUsage()
      const began = performance.now()
      const asked = studies.flatMap(({ id, shape }: any) => [0, 0.3, 0.6, 0.9].map((part) => `/v1/studies/${id}/image/slices/${Math.floor(shape[2] * part)}.raw`))
      for (const path of asked) await bytes(path)
      const { user, system } = process.cpuUsage(start)
      const [gets, heads] = [files.sent.GET - before.GET, files.sent.HEAD - before.HEAD]
      console.log(`${name}: ${asked.length} cold slices, ${gets} GET, ${heads} HEAD; ${((performance.now() - began) / asked.length).toFixed(1)} ms and ${((user + system) / 1000 / asked.length).toFixed(1)} ms of CPU a slice (client and service together)`)
      assert.ok(gets <= 1.1 * asked.length && heads <= studies.length, `${gets} GET, ${heads} HEAD`)
    })

    it('never answers bytes of an object that was overwritten, and answers those of the new one soon', async () => {
      const [first, second] = studies
      const path = `/v1/studies/${first.id}/image/slices/7.raw`
      const key = await keyOf(remote, first.id)
      const before = await local.bytes(path)
      await s3.put(`root/${key}`, await local.bytes(`/v1/studies/${second.id}/image.nii.gz`))
      // Slice 7 may be in memory, and then be answered for STORE_FRESH seconds; what has to be read is noticed at once.
      const kept = await remote.get(path)
      if (kept.status === 200) assert.ok(before.equals(kept.body))
      else assertProblem(kept, 503, 'catalog-building')
      const asked = Array.from({ length: 20 }, (_, k) => `/v1/studies/${first.id}/image/slices/${k}.raw`)
      for (const one of asked) {
        const answer = await remote.get(one)
        if (answer.status !== 200) assertProblem(answer, 503, 'catalog-building')
        else assert.ok(answer.body.equals(await local.bytes(one)) || answer.body.equals(await local.bytes(one.replace(first.id, second.id))))
      }
      const now = await remote.settled(path)
      assert.ok(now.body.equals(await local.bytes(`/v1/studies/${second.id}/image/slices/7.raw`)))
      await s3.put(`root/${key}`, await local.bytes(`/v1/studies/${first.id}/image.nii.gz`))
    })

    it('says 503 while the store is away, and answers again when it is back', async (t) => {
      const { get, settled } = await buildTestApp(t, { root: `s3://${s3.bucket}/root`, config: { ...config, s3Endpoint: s3.endpoint } })
      const { id } = studies[2]
      await s3.stop()
      const answers = await Promise.all([1, 5, 9].map(async (k) => await get(`/v1/studies/${id}/image/slices/${k}.raw`)))
      for (const answer of answers) assertProblem(answer, 503, 'overloaded')
      assert.equal((await get(`/v1/studies/${id}`)).status, 200)
      await s3.start()
      const now = await settled(`/v1/studies/${id}/image/slices/5.raw`)
      assert.ok(now.body.equals(await local.bytes(`/v1/studies/${id}/image/slices/5.raw`)))
    })
  })
}

async function keyOf ({ services }: TestApp, id: string): Promise<string> {
  return services.catalog.study(id)!.imageKey
}

/** Eight at a time. */
async function inTurns<Item> (items: Item[], use: (item: Item) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]()
  await Promise.all(Array.from({ length: 8 }, async () => { for (const item of rest) await use(item) }))
}
