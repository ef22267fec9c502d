import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync, readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { SQLite } from '../../src/catalog/sqlite.js'
import { newestPublication, publish } from '../../src/publishing/publication.js'
import { servedDataset } from '../../src/publishing/served-dataset.js'
import { Sidecars } from '../../src/sidecars/sidecars.js'
import { LocalFolder } from '../../src/storage/local-folder.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'
import type { Scope } from '../support/test-dataset.js'

const SHAPE = [256, 256, 24] as const
const SLICE_BYTES = 256 * 256 * 2
const stored = [1, 2].map((seed) => Buffer.from(contentOf('ct', SLICE_BYTES * SHAPE[2], seed)))
const header = makeNifti({ shape: SHAPE }).subarray(0, 352)

function made (scope: Scope) {
  const dataset = makeDataset(scope, stored.map((voxels) => ({ image: gzipSync(Buffer.concat([header, voxels])) })))
  return { dataset, index: join(dataset.root, 'index'), file: (name: string) => join(dataset.root, name) }
}

/** How many points a catalog has with a history of its own, and how many with a reference of 13 bytes. */
function histories (file: string): { own: number, references: number } {
  const database = new SQLite(file, { readonly: true })
  const count = (where: string) => database.prepare(`SELECT COUNT(*) FROM access_points WHERE ${where}`).pluck().get() as number
  const found = { own: count("length(history) > 0 AND NOT (length(history) = 13 AND hex(substr(history, 1, 1)) = '07')"), references: count("length(history) = 13 AND hex(substr(history, 1, 1)) = '07'") }
  database.close()
  return found
}

function bytesOfHistories (file: string): number {
  const database = new SQLite(file, { readonly: true })
  const bytes = database.prepare('SELECT SUM(length(history)) FROM access_points').pluck().get() as number
  database.close()
  return bytes
}

const sidecarsOf = (index: string) => existsSync(index) ? readdirSync(index, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sidecar')) : []

/** Slice k of a study, as the service answers it and as it was stored. */
async function sliceIs (bytes: (path: string) => Promise<Buffer>, study: number, k: number): Promise<void> {
  const answer = await bytes(`/v1/studies/study_000${study + 1}/image/slices/${k}.raw?orientation=native`)
  assert.ok(answer.equals(stored[study]!.subarray(k * SLICE_BYTES, (k + 1) * SLICE_BYTES)), `slice ${k} of study ${study + 1}`)
}

describe('sidecars', () => {
  it('hold the histories: the catalog has references, and every slice is right', async (t) => {
    const { dataset, index, file } = made(t)
    const { bytes, services, get } = await buildTestApp(t, { root: dataset.root, config: { catalogFile: file('a.sqlite'), indexRoot: index, cacheBytes: 16 * 2 ** 20 } })
    const { own, references } = histories(file('a.sqlite'))
    assert.equal(own, 0)
    assert.ok(references >= 2 * 4, `${references} references`)
    assert.deepEqual(sidecarsOf(index).length, 2)
    for (const study of [0, 1]) for (const k of [17, 3, 23, 0, 11]) await sliceIs(bytes, study, k)
    assert.deepEqual(services.sidecars!.stats, { reads: 2, failures: 0 }, 'each is fetched once')
    assert.match((await get('/metrics')).body, /^niiserve_sidecar_reads_total 2$/m)
  })

  it('make the published catalog small; it is the same whenever they were written', async (t) => {
    const { dataset, index, file } = made(t)
    const inline = await buildTestApp(t, { root: dataset.root, config: { catalogFile: file('inline.sqlite') } })
    assert.ok(histories(file('inline.sqlite')).own >= 2 * 4)
    const served = servedDataset({ listing: inline.services.listing, description: inline.services.dataset })
    const [folder, plain] = [new LocalFolder(file('published')), new LocalFolder(file('plain'))]
    const whole = await publish(plain, file('inline.sqlite'), served)
    const stripped = await publish(folder, file('inline.sqlite'), served, new Sidecars(new LocalFolder(index)))
    const saved = whole.publication.catalog.bytes - stripped.publication.catalog.bytes
    assert.ok(saved > 0.8 * bytesOfHistories(file('inline.sqlite')), `${saved} bytes`)
    assert.equal(stripped.publication.revision, whole.publication.revision)
    assert.ok(histories(file('inline.sqlite')).own >= 2 * 4, 'the catalog that is published stays as it is')

    const apart = await buildTestApp(t, { root: dataset.root, config: { catalogFile: file('apart.sqlite'), indexRoot: file('other-index') } })
    assert.deepEqual(sidecarsOf(file('other-index')), sidecarsOf(index))
    for (const name of sidecarsOf(index)) assert.ok(readFileSync(join(index, name)).equals(readFileSync(join(file('other-index'), name))), name)
    await apart.services.ingest.stop()
    assert.equal((await publish(folder, file('apart.sqlite'), served)).isNew, false)
    assert.equal((await newestPublication(folder))!.publication.catalog.sha256, stripped.publication.catalog.sha256)
  })

  it('cost time and never a voxel where they are lost or damaged', async (t) => {
    const { dataset, index, file } = made(t)
    const { bytes, services } = await buildTestApp(t, { root: dataset.root, config: { catalogFile: file('a.sqlite'), indexRoot: index, cacheBytes: 16 * 2 ** 20 } })
    const path = (n: number) => join(index, sidecarsOf(index).find((name) => name.includes(services.catalog.study(`study_000${n + 1}`)!.image!.sha256!))!)
    const damaged = readFileSync(path(0))
    damaged.fill(0x55, damaged.length >> 1)
    writeFileSync(path(0), damaged)
    rmSync(path(1))
    for (const study of [0, 1]) for (const k of [22, 20]) await sliceIs(bytes, study, k)
    assert.ok(services.sidecars!.stats.failures >= 2)
  })

  it('stay as they are where another version has written a different one: the catalog then keeps the histories itself', async (t) => {
    const { dataset, index, file } = made(t)
    const first = await buildTestApp(t, { root: dataset.root, config: { catalogFile: file('a.sqlite'), indexRoot: index } })
    const name = sidecarsOf(index).find((one) => one.includes(first.services.catalog.study('study_0001')!.image!.sha256!))!
    const other = readFileSync(join(index, name))
    other[30]! ^= 1
    writeFileSync(join(index, name), other)
    const second = await buildTestApp(t, { root: dataset.root, config: { catalogFile: file('b.sqlite'), indexRoot: index } })
    assert.ok(readFileSync(join(index, name)).equals(other))
    const { own, references } = histories(file('b.sqlite'))
    assert.ok(own > 0 && references > 0, 'those of one volume')
    for (const k of [22, 4]) await sliceIs(second.bytes, 0, k)
    assert.equal(second.services.sidecars!.stats.reads, 0)
  })

  it('must be named where the catalog refers to them', async (t) => {
    const { dataset, index, file } = made(t)
    const { app } = await buildTestApp(t, { root: dataset.root, config: { catalogFile: file('a.sqlite'), indexRoot: index } })
    await app.close()
    await assert.rejects(buildTestApp(t, { root: dataset.root, config: { catalogFile: file('a.sqlite') } }), /INDEX_ROOT: the catalog keeps its histories in sidecars: name the folder/)
  })
})
