import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'
import { startWebServer } from '../support/web-server.js'

const [NI, NJ, NK] = [512, 400, 10]
/** Noise, which hardly compresses: a slice can be decoded without its neighbours. */
const voxelOf = (seed: number) => (i: number, j: number, k: number) => {
  let x = Math.imul(i + NI * (j + NJ * k) + 7919 * seed, 2_654_435_761)
  x = Math.imul(x ^ x >>> 15, 2_246_822_519)
  return ((x ^ x >>> 13) >>> 8) % 4000 - 1000
}
const scan = (seed: number): NiftiRecipe => ({ shape: [NI, NJ, NK], datatype: 'int16', voxels: voxelOf(seed) })
const slice = (study: number, k: number) => `/v1/studies/study_000${study}/image/slices/${k}.raw`

/** By hand, from the recipe. */
function expected (seed: number, k: number): Buffer {
  const voxel = voxelOf(seed)
  return Buffer.from(Int16Array.from({ length: NI * NJ }, (_, n) => voxel(n % NI, Math.floor(n / NI), k)).buffer)
}

function folder (t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'niiserve-test-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

function filesIn (root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

async function settled (services: TestApp['services'], written: number): Promise<void> {
  for (let left = 200; services.disk!.stats.written < written && left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(services.disk!.stats.written, written)
}

describe('a cache on local disk', () => {
  it('answers a second process without reading or inflating the file again', async (t) => {
    const dataset = makeDataset(t, [{ image: scan(1) }])
    const web = await startWebServer(dataset.root)
    t.after(async () => await web.close())
    const config = { diskCacheBytes: 2 ** 26, diskCacheDir: folder(t) }
    const first = await buildTestApp(t, { root: web.url, config })
    for (const k of [0, 4, 9]) await first.bytes(slice(1, k))
    await settled(first.services, 3)
    const second = await buildTestApp(t, { root: web.url, config })
    await new Promise((resolve) => setTimeout(resolve, 100)) // it finds what is on disk in the background
    web.requests.length = 0
    for (const k of [0, 4, 9]) assert.deepEqual(await second.bytes(slice(1, k)), expected(1, k))
    assert.deepEqual(web.requests.filter((request) => request.startsWith('GET')), [])
    assert.equal(second.services.disk!.stats.hits, 3)
  })

  it('gives a whole volume, and a plane across its slices, as it was decoded', async (t) => {
    const dataset = makeDataset(t, [{ image: scan(1) }])
    const config = { diskCacheBytes: 2 ** 26, diskCacheDir: folder(t) }
    const first = await buildTestApp(t, { root: dataset.root, config })
    const [volume, plane] = ['/v1/studies/study_0001/image.raw', '/v1/studies/study_0001/image/slices/100.raw?plane=coronal']
    const whole = await first.bytes(volume)
    assert.deepEqual(whole, Buffer.concat(Array.from({ length: NK }, (_, k) => expected(1, k))))
    const across = await first.bytes(plane)
    await settled(first.services, NK)
    const second = await buildTestApp(t, { root: dataset.root, config })
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.deepEqual(await second.bytes(plane), across)
    assert.deepEqual(await second.bytes(volume), whole)
    assert.equal(second.services.disk!.stats.hits, NK)
  })

  it('decodes again what is damaged, cut or gone there, and answers the right bytes', async (t) => {
    const diskCacheDir = folder(t)
    const config = { diskCacheBytes: 2 ** 26, diskCacheDir }
    const dataset = makeDataset(t, [{ image: scan(1) }])
    const first = await buildTestApp(t, { root: dataset.root, config })
    for (const k of [0, 4, 6, 9]) await first.bytes(slice(1, k))
    await settled(first.services, 4)
    const [a, b, c] = filesIn(diskCacheDir).sort((x, y) => x < y ? -1 : 1)
    const second = await buildTestApp(t, { root: dataset.root, config })
    await new Promise((resolve) => setTimeout(resolve, 100))
    writeFileSync(a!, Buffer.alloc(statSync(a!).size, 1))
    truncateSync(b!, 1000)
    rmSync(c!)
    for (const k of [0, 4, 6, 9]) assert.deepEqual(await second.bytes(slice(1, k)), expected(1, k))
    assert.equal(second.services.disk!.stats.wrong, 3)
  })

  it('never answers from slabs of a file that has changed', async (t) => {
    const dataset = makeDataset(t, [{ image: scan(1) }])
    const { bytes, get, settled: whenRead, services } = await buildTestApp(t, { root: dataset.root, config: { diskCacheBytes: 2 ** 26, diskCacheDir: folder(t) } })
    await bytes(slice(1, 4))
    await settled(services, 1)
    writeFileSync(dataset.image('study_0001'), gzipSync(makeNifti(scan(2))))
    assertProblem(await get(slice(1, 4)), 503, 'catalog-building')
    assert.deepEqual((await whenRead(slice(1, 4))).body, expected(2, 4))
  })

  it('holds images in the form they are stored in, and no masks', async (t) => {
    const diskCacheDir = folder(t)
    const mask: NiftiRecipe = { shape: [NI, NJ, NK], datatype: 'uint8', voxels: (i) => i % 2 }
    const dataset = makeDataset(t, [{ image: { ...scan(1), littleEndian: false }, mask }, { image: scan(2) }])
    const { bytes, services } = await buildTestApp(t, { root: dataset.root, config: { diskCacheBytes: 2 ** 26, diskCacheDir } })
    await bytes(slice(1, 3))
    await bytes('/v1/studies/study_0001/mask/slices/3.raw')
    await bytes(slice(2, 3))
    await settled(services, 1)
    assert.equal(filesIn(diskCacheDir).length, 1)
  })
})
