import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SQLite } from '../../src/catalog/sqlite.js'
import type { Database } from '../../src/catalog/sqlite.js'
import { builtCli, start } from '../support/built-cli.js'
import { makeCatalog } from '../support/generated-catalog.js'
import { freePort } from '../support/free-ports.js'

/** With 41 slices each: 4.1 million. */
const STUDIES = Number(process.env.CATALOG_STUDIES ?? 100_000)
const DAMAGED = `study_${String(777).padStart(String(STUDIES).length, '0')}`

const figures: [what: string, figure: string][] = []

describe(`a catalog of ${STUDIES} studies`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-catalog-'))
  let database: Database
  let port = 0
  let server: ReturnType<typeof start>

  before(async () => {
    const begun = performance.now()
    const { root, catalogFile } = makeCatalog(folder, STUDIES)
    figures.push(['generated (not a figure of the service)', `${((performance.now() - begun) / 1000).toFixed(0)} s`])
    database = new SQLite(catalogFile)
    database.exec(`UPDATE studies SET category = 'CT-3', severity = 3 WHERE id = '${DAMAGED}'`)
    port = await freePort()
    const started = performance.now()
    server = start(process.execPath, [builtCli(), 'serve'], { DATA_ROOT: root, CATALOG_FILE: catalogFile, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'error', CACHE_BYTES: String(64 * 2 ** 20) })
    const builtIn = performance.now()
    await until(async () => await answers('/healthz'))
    figures.push(['start to listening', `${Math.round(performance.now() - builtIn)} ms, ${cpuMs()} ms of CPU`])
    await until(async () => (await json('/v1/dataset')).catalog.state === 'ready')
    figures.push(['start to every file looked at and every row checked', `${((performance.now() - started) / 1000).toFixed(1)} s`])
  })

  after(async () => {
    server.child.kill('SIGTERM')
    await server.ended
    database.close()
    rmSync(folder, { recursive: true, force: true })
    const width = Math.max(...figures.map(([what]) => what.length))
    console.log(figures.map(([what, figure]) => `${what.padEnd(width)}  ${figure}`).join('\n'))
  })

  const sql = (text: string) => database.prepare(text).pluck().get() as number
  const get = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`)
  const json = async (path: string) => {
    const answer = await get(path)
    assert.equal(answer.status, 200, path)
    return await answer.json() as any
  }
  const answers = async (path: string) => (await get(path).catch(() => undefined))?.ok === true
  const cpuMs = () => {
    const fields = readFileSync(`/proc/${server.child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  /** Ask three times; the figures are the first answer, which may have to work something out, and the median; and the slowest `/healthz` meanwhile. */
  async function measured (path: string): Promise<any> {
    const asking = new AbortController()
    let slowest = 0
    const probe = (async () => {
      while (!asking.signal.aborted) {
        const asked = performance.now()
        await (await get('/healthz')).arrayBuffer()
        slowest = Math.max(slowest, performance.now() - asked)
        await sleep(10)
      }
    })()
    const times: number[] = []
    let body = ''
    for (let n = 0; n < 3; n++) {
      const asked = performance.now()
      const answer = await get(path)
      body = await answer.text()
      times.push(performance.now() - asked)
      assert.equal(answer.status, 200, `${path}: ${body.slice(0, 300)}`)
    }
    asking.abort()
    await probe
    const median = [...times].sort((a, b) => a - b)[1]!
    figures.push([path, `first ${times[0]!.toFixed(0)} ms, median ${median.toFixed(0)} ms; /healthz at most ${slowest.toFixed(0)} ms`])
    return path.endsWith('.csv') ? body : JSON.parse(body)
  }

  it('lists, counts and sorts as SQL does', async () => {
    for (const [query, where] of [
      ['', '1'],
      ['category=CT-1,CT-2&minSlices=40&sort=-bytes', "category IN ('CT-1', 'CT-2') AND slices >= 40"],
      ['annotated=true&minLesionMl=10&sort=-lesionMl', 'annotated = 1 AND lesion_ml >= 10'],
      ['search=999&sort=-id', "id LIKE '%999%'"],
      ['problem=true&sort=severity', "status IN ('missing', 'unreadable')"],
      ['maxSpacing=2.5&sort=spacing', "json_extract(facts, '$.spacing[2]') <= 2.5"]
    ] as const) {
      const page = await measured(`/v1/studies?limit=100&facets=category,annotated,status,warned${query === '' ? '' : `&${query}`}`)
      assert.equal(page.total, sql(`SELECT COUNT(*) FROM studies WHERE ${where}`), query)
    }
    const { facets } = await json('/v1/studies?limit=1&facets=category,status')
    assert.deepEqual(facets.category, Object.fromEntries(database.prepare('SELECT category, COUNT(*) FROM studies GROUP BY 1 ORDER BY 1').raw().all() as [string, number][]))
    const [first] = (await json('/v1/studies?limit=1&sort=-lesionMl')).items
    assert.equal(first.mask.volumeMl, sql('SELECT MAX(lesion_ml) FROM studies'))
  })

  it('sums up as SQL does', async () => {
    const { totals } = await measured('/v1/stats')
    assert.equal(totals.slices, sql('SELECT COUNT(*) FROM slices'))
    assert.equal(totals.lesionSlices, sql('SELECT COUNT(*) FROM slices WHERE lesion_pixels > 0'))
    assert.equal(totals.bytes, sql('SELECT SUM(bytes) FROM volumes'))
    const some = await measured('/v1/stats?category=CT-2&minSpacing=2')
    assert.equal(some.totals.studies, sql("SELECT COUNT(*) FROM studies WHERE category = 'CT-2' AND json_extract(facts, '$.spacing[2]') >= 2"))
    await measured('/v1/dataset')
    await measured(`/v1/studies/study_${String(4711).padStart(String(STUDIES).length, '0')}`)
  })

  it('splits every study once', async () => {
    const split = await measured('/v1/splits?seed=3')
    const ids = [...split.train, ...split.val, ...split.test]
    assert.equal(new Set(ids).size, STUDIES)
    // Hamilton's method leaves each category within one of its share.
    assert.ok(Math.abs(split.train.length - 0.7 * STUDIES) < 5)
    const { folds } = await measured('/v1/splits?seed=3&folds=5')
    assert.equal(new Set(folds.flatMap(({ val }: { val: string[] }) => val)).size, STUDIES)
    assert.equal((await measured('/v1/studies?split=val&seed=3&limit=1')).total, split.val.length)
  })

  it('shuffles in the order of SHA-256, as one would by hand', async () => {
    const page = await measured('/v1/slices?shuffle=7&limit=100')
    assert.equal(page.total, sql('SELECT COUNT(*) FROM slices'))
    const sought = 100
    // Twice as many hashes as needed are below this on average.
    const below = Math.floor(2 * sought / page.total * 2 ** 32)
    const found: { hash: string, study: string, index: number }[] = []
    for (const [study, index] of database.prepare('SELECT study_id, slice FROM slices').raw().iterate() as Iterable<[string, number]>) {
      const hash = createHash('sha256').update(`7:${study}:${index}`).digest()
      if (hash.readUInt32BE(0) < below) found.push({ hash: hash.toString('hex'), study, index })
    }
    found.sort((a, b) => a.hash < b.hash ? -1 : 1)
    assert.deepEqual(page.items.map(({ study, index }: { study: string, index: number }) => [study, index]), found.slice(0, sought).map(({ study, index }) => [study, index]))
    for (const [query, where] of [['minLungFraction=0.3', 'lung_fraction >= 0.3'], ['lesion=true', 'lesion_pixels > 0']] as const) {
      assert.equal((await measured(`/v1/slices?shuffle=7&${query}`)).total, sql(`SELECT COUNT(*) FROM slices WHERE ${where}`))
      assert.equal((await measured(`/v1/slices?${query}&limit=10`)).total, sql(`SELECT COUNT(*) FROM slices WHERE ${where}`))
    }
    await measured('/v1/slices?shuffle=7&balance=category&shard=1&shards=4')
  })

  it('streams its table while others are answered', async () => {
    const table = await measured('/v1/studies.csv')
    assert.equal(table.trimEnd().split('\r\n').length, STUDIES + 1)
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8')
    figures.push(['memory at its highest', `${Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024)} MB`])
  })

  it('noticed the study whose category had been changed in the file, and listed it anew', async () => {
    const { category } = await json(`/v1/studies/${DAMAGED}`)
    const registry = readFileSync(join(folder, 'root', 'dataset_registry.csv'), 'utf8')
    assert.equal(category, /^777,(CT-\d),/m.exec(registry)![1])
  })
})

async function until (isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await sleep(20)
}
