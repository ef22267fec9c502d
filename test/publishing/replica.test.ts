import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Test } from 'supertest'
import { SQLite } from '../../src/catalog/sqlite.js'
import { newestPublication, publish } from '../../src/publishing/publication.js'
import { servedDataset } from '../../src/publishing/served-dataset.js'
import { LocalFolder } from '../../src/storage/local-folder.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildReplicaApp } from '../support/replica-app.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'
import type { Scope } from '../support/test-dataset.js'
import { freePort } from '../support/free-ports.js'
import { sourceFile } from '../support/source-file.js'

const SHAPE = [16, 12, 5] as const
const voxels = (seed: number) => (i: number, j: number, k: number) => (i * 7 + j * 13 + k * 29 + seed * 101) % 900 - 400

/** A dataset with its writer, which ingests; and a folder to publish to. */
async function published (scope: Scope) {
  const dataset = makeDataset(scope, Array.from({ length: 6 }, (_, n) => ({
    category: `CT-${n % 3}`,
    image: { shape: SHAPE, voxels: voxels(n) },
    ...(n % 2 === 0 && { mask: { shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number) => i === n ? 1 : 0 } })
  })))
  const folder = new LocalFolder(join(dataset.root, 'published'))
  const catalogFile = join(dataset.root, 'writer.sqlite')
  const writer = await buildTestApp(scope, { root: dataset.root, config: { catalogFile } })
  const publishNow = async () => await publish(folder, catalogFile, servedDataset({ listing: writer.services.listing, description: writer.services.dataset }))
  await publishNow()
  return { dataset, folder, catalogFile, writer, publishNow }
}

const replicaOf = async (scope: Scope, { dataset }: Awaited<ReturnType<typeof published>>) => await buildReplicaApp(scope, dataset.root, dataset.path('published'))

/** Everything that a client may ask of the studies, as status and bytes. */
async function answers (get: (path: string) => Test, ids: readonly string[]): Promise<Record<string, string>> {
  const paths = [
    '/v1/studies?sort=-lesionMl&facets=category', '/v1/studies.csv', '/v1/studies.ndjson', '/v1/stats', '/v1/categories', '/v1/splits?seed=3',
    '/v1/slices?shuffle=5', '/v1/slices.csv',
    ...ids.flatMap((id) => [`/v1/studies/${id}`, `/v1/studies/${id}/slices`, `/v1/studies/${id}/image/slices/2.npy`, `/v1/studies/${id}/mask/slices/3.raw`, `/v1/studies/${id}/image/slices/1.png?overlay=contour`, `/v1/studies/${id}/image.nii.gz`])
  ]
  const found: Record<string, string> = {}
  for (const path of paths) {
    const { status, body } = await get(path).buffer(true).parse((response, done) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => done(null, Buffer.concat(chunks)))
    })
    found[path] = `${status} ${status < 400 ? Buffer.from(body).toString('base64') : JSON.parse(String(body)).type}`
  }
  return found
}

const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `study_000${n + 1}`)

describe('a replica', () => {
  it('answers what the writer answers, byte for byte, and writes nothing', async (t) => {
    const made = await published(t)
    const files = () => readdirSync(join(made.dataset.root, 'published'), { recursive: true }).sort()
    const before = files()
    const { request, services } = await replicaOf(t, made)
    const expected = await answers((path) => made.writer.request.get(path), idsOf(6))
    assert.deepEqual(await answers((path) => request.get(path), idsOf(6)), expected)
    assert.equal(Object.values(expected).filter((text) => text.startsWith('200')).length, Object.keys(expected).length - 6, 'all but the masks of three studies, and their contours')
    assert.deepEqual(files(), before)
    assert.throws(() => services.catalog.suspend('study_0001'), /readonly/)
  })

  it('takes a newer catalog as a whole, and keeps what it decoded', async (t) => {
    const made = await published(t)
    const { replica, request, told, services } = await replicaOf(t, made)
    const first = (await request.get('/v1/dataset')).body
    assert.deepEqual([first.catalog.state, first.catalog.name], ['ready', (await newestPublication(made.folder))!.name])
    assert.match(first.catalog.publishedAt, /^\d{4}-\d\d-\d\dT/)
    const slice = (id: string) => request.get(`/v1/studies/${id}/image/slices/2.raw`)
    const timing = async (id: string) => (await slice(id)).headers['server-timing'] ?? ''
    assert.match(await timing('study_0001'), /desc=miss/)
    const page = (await request.get('/v1/studies?limit=2')).headers

    writeFileSync(made.dataset.image('study_0002'), gzipSync(makeNifti({ shape: [16, 12, 7], voxels: voxels(50) })))
    const stale = await slice('study_0002')
    assert.equal(stale.status, 503)
    assert.equal(stale.body.type, 'urn:niiserve:problem:catalog-building')
    assert.ok(Number(stale.headers['retry-after']) >= 1)
    await slice('study_0002')
    assert.deepEqual(told.filter((line) => line.startsWith('changed')), ['changed study_0002'], 'it is told once')
    assert.match((await request.get('/metrics')).text, /^niiserve_catalog_changed_studies 1$/m)

    await made.writer.services.ingest.run(idsOf(6))
    const second = await made.publishNow()
    assert.equal(second.isNew, true)
    await replica.look()
    assert.equal(told.at(-1), `taken ${second.name}`)
    assert.deepEqual(await answers((path) => request.get(path), idsOf(6)), await answers((path) => made.writer.request.get(path), idsOf(6)))
    assert.equal((await request.get('/v1/studies/study_0002')).body.shape[2], 7)
    assert.match(await timing('study_0001'), /desc=hit/, 'its file is the same')
    assert.match((await request.get('/metrics')).text, new RegExp(`^niiserve_catalog_info\\{name="${second.name}"\\} 1$`, 'm'))
    assert.match((await request.get('/metrics')).text, /^niiserve_catalog_changed_studies 0$/m)

    // What was begun at the old revision says so.
    const now = (await request.get('/v1/dataset')).body.revision
    assert.equal(page['dataset-revision'], first.revision)
    assert.equal(page.warning, undefined)
    const next = await request.get(/<(.*)>/.exec(page.link!)![1]!)
    assert.equal(next.headers['dataset-revision'], now)
    assert.equal(next.headers.warning, `299 niiserve "this page is of revision ${now}, and the list was begun at ${first.revision}"`)
    assert.equal((await request.get(/<(.*)>/.exec(next.headers.link!)![1]!)).headers.warning, next.headers.warning, 'and so do the pages after it')
    const gone = await request.get(`/v1/studies?rev=${first.revision}`)
    assert.deepEqual([gone.status, gone.body.revision], [410, now])
    // The copy before is kept for a thread that may be about to open it; older ones are deleted.
    const copies = () => readdirSync(join(made.dataset.root, 'replicas')).filter((name) => name.endsWith('.sqlite'))
    const [older, newer] = copies()
    writeFileSync(made.dataset.image('study_0002'), gzipSync(makeNifti({ shape: SHAPE, voxels: voxels(51) })))
    await made.writer.services.ingest.run(idsOf(6))
    await made.publishNow()
    await replica.look()
    assert.equal(copies().length, 2)
    assert.equal(copies().filter((name) => name === older || name === newer).length, 1)
    assert.equal(services.catalog.ask.counts().studies, 6)
  })

  it('never takes the rows of one catalog for those of another', async (t) => {
    // A study that sorts first moves every other study's row by one.
    const made = await published(t)
    const { replica, services, request } = await replicaOf(t, made)
    const open = services.volumes.open('study_0003', 'image')
    const history = services.catalog.history(open.slabMap.points[0]?.id ?? -1)
    const registry = made.dataset.path('dataset_registry.csv')
    writeFileSync(join(made.dataset.root, 'studies/CT-0/study_0000.nii.gz'), gzipSync(makeNifti({ shape: SHAPE, voxels: voxels(77) })))
    writeFileSync(registry, readFileSync(registry, 'utf8').replace('\r\n', '\r\n0,CT-0,/studies/CT-0/study_0000.nii.gz,\r\n'))
    const catalogFile = join(made.dataset.root, 'second.sqlite')
    const second = await buildTestApp(t, { root: made.dataset.root, config: { catalogFile } })
    await publish(made.folder, catalogFile, servedDataset({ listing: second.services.listing, description: second.services.dataset }))
    await replica.look()
    assert.ok(history !== undefined && history.length >= 0)
    assert.equal(services.catalog.history(open.slabMap.points[0]!.id), undefined, 'a point of the old catalog is no point of the new one')
    assert.equal(services.catalog.slabMap(open.record.id), undefined)
    const expected = await answers((path) => second.request.get(path), ['study_0000', ...idsOf(6)])
    assert.deepEqual(await answers((path) => request.get(path), ['study_0000', ...idsOf(6)]), expected)
  })

  it('goes on serving its catalog where the newer one is damaged, was read by other rules, or is of another dataset', async (t) => {
    const made = await published(t)
    const { replica, request, told } = await replicaOf(t, made)
    const { name, publication } = (await newestPublication(made.folder))!
    const put = async (suffix: string, changed: object) => await made.folder.put(`catalog/manifests/9${suffix}.json`, Buffer.from(JSON.stringify({ ...publication, ...changed })))
    const key = 'catalog/other.sqlite.gz'
    const bytes = gunzipSync((await made.folder.get(publication.catalog.key))!)

    bytes[bytes.length >> 1]! ^= 1
    await made.folder.put(key, gzipSync(bytes))
    await put('1', { catalog: { ...publication.catalog, key, sha256: 'f'.repeat(64) } })
    await replica.look()
    assert.match(told.at(-1) ?? '', /failed catalog\/other.sqlite.gz in .* cannot be used: its SHA-256 is not f+/)

    await put('2', { format: 2 })
    await replica.look()
    assert.match(told.at(-1) ?? '', /this version of niiserve does not know its format/)

    await put('3', { dataset: { ...publication.dataset, description: { ...publication.dataset.description, title: 'Another' } } })
    await replica.look()
    assert.match(told.at(-1) ?? '', /what is said of the dataset .* has changed; start this process again/)

    const otherRules = join(made.dataset.root, 'rules.sqlite')
    writeFileSync(otherRules, gunzipSync((await made.folder.get(publication.catalog.key))!))
    const database = new SQLite(otherRules)
    database.pragma('user_version = 1')
    database.close()
    await assert.rejects(publish(made.folder, otherRules, publication.dataset), /its facts were read by rules 1, and this version of niiserve reads by rules \d/)

    const failures = told.filter((line) => line.startsWith('failed')).length
    await replica.look()
    assert.equal(told.filter((line) => line.startsWith('failed')).length, failures, 'one that was refused is not fetched again')
    const { body } = await request.get('/v1/dataset')
    assert.equal(body.catalog.name, name)
    assert.equal((await request.get('/v1/studies')).body.total, 6)
    assert.match((await request.get('/metrics')).text, new RegExp(`^niiserve_catalog_looks_failed_total ${failures}$`, 'm'))
  })
})

describe('publishing', () => {
  it('is by content: the same facts are not published twice, and names only grow', async (t) => {
    const made = await published(t)
    const first = (await newestPublication(made.folder))!
    assert.deepEqual(await made.publishNow(), { ...first, isNew: false })
    // Another publisher's clock is ahead.
    const ahead = { ...first.publication, publishedAt: '2999-01-01T00:00:00.000Z' }
    await made.folder.put('catalog/manifests/29990101T000000000Z-aaaaaaaaaaaa.json', Buffer.from(JSON.stringify({ ...ahead, revision: 'x', catalog: { ...ahead.catalog, sha256: 'a'.repeat(64) } })))
    const next = await made.publishNow()
    assert.equal(next.isNew, true)
    assert.equal(next.name, `29990101T000000001Z-${first.publication.catalog.sha256.slice(0, 12)}`)
    assert.equal((await newestPublication(made.folder))!.name, next.name)
  })
})

describe('niiserve serve --catalog', () => {
  it('lives and is not ready until something is published; then it serves on the same port', async (t) => {
    const dataset = makeDataset(t, [{ image: { shape: SHAPE } }])
    const [folder, work] = [join(dataset.root, 'shelf'), join(dataset.root, 'work')]
    mkdirSync(work)
    const environment = { ...process.env, DATA_ROOT: dataset.root, CATALOG_FILE: join(work, 'own.sqlite'), CATALOG_REFRESH: '1', LOG_LEVEL: 'info', DECODE_THREADS: '1', HOST: '127.0.0.1' }
    const port = await freePort()
    const child = spawn(process.execPath, [sourceFile('cli'), 'serve', '--catalog', folder], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...environment, PORT: String(port) } })
    t.after(() => child.kill('SIGKILL'))
    let log = ''
    child.stdout.on('data', (chunk: Buffer) => { log += chunk.toString() })
    const status = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`).then(async (response) => ({ status: response.status, body: await response.json() as any, retry: response.headers.get('retry-after') }), () => undefined)
    const until = async (path: string, wanted: number) => {
      for (;;) {
        assert.equal(child.exitCode, null, log)
        const answer = await status(path)
        if (answer?.status === wanted) return answer
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    assert.deepEqual((await until('/healthz', 200)).body, { status: 'ok' })
    const waiting = (await status('/readyz'))!
    assert.deepEqual([waiting.status, waiting.body.type, waiting.body.status, waiting.retry], [503, 'urn:niiserve:problem:catalog-building', 503, '1'])
    assert.equal((await status('/v1/studies'))!.status, 503)

    const run = async (...parameters: string[]) => {
      const command = spawn(process.execPath, [sourceFile('cli'), ...parameters], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, LOG_LEVEL: 'error' } })
      let output = ''
      for (const stream of [command.stdout, command.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
      const [code] = await once(command, 'close') as [number]
      return { code, output }
    }
    const early = await run('publish', '--to', folder)
    assert.equal(early.code, 1)
    assert.match(early.output, /CATALOG_FILE: .*own\.sqlite does not exist: run `niiserve ingest` before/)
    assert.equal((await run('ingest')).code, 0)
    const { code, output } = await run('publish', '--to', folder)
    assert.equal(code, 0, output)
    assert.match(output, /^published \d{8}T\d{9}Z-[0-9a-f]{12}: 1 studies, 1 ready, \d+ bytes$/m)
    await until('/readyz', 200)
    assert.equal((await status('/v1/studies'))!.body.total, 1)
    assert.equal(existsSync(join(work, 'replicas')), true)
    child.kill('SIGTERM')
    const [ended] = await once(child, 'exit') as [number]
    assert.equal(ended, 0)
  })
})
