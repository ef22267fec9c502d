import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCatalog } from '../../test/support/generated-catalog.js'
import { Connection, wireOf } from '../connection.js'
import { CLI } from '../niiserve.js'
import { WORKSPACE } from '../paths.js'
import { ready, start } from '../processes.js'
import type { Row, Scenario } from '../scenario.js'
import { median } from '../stats.js'
import { freePort } from '../../test/support/free-ports.js'

const STUDIES = 100_000
const ANSWER_BYTES = 16 * 2 ** 20

/** What is asked, once cold and then a few times: `{n}` makes an address that was not asked for before. */
const QUESTIONS: ReadonlyArray<{ what: string, path: string, least: number }> = [
  { what: 'list of 100, filtered and sorted, with four facets', path: '/v1/studies?limit=100&category=CT-1,CT-2&minBytes={n}&sort=-bytes&facets=category,annotated,status,warned', least: 50 },
  { what: 'statistics', path: '/v1/stats?minBytes={n}', least: 50 },
  { what: 'a split', path: '/v1/splits?seed={n}', least: 500 },
  { what: 'page of 4 million slices in a new order', path: '/v1/slices?shuffle={n}&limit=100', least: 1000 }
]

/** A catalog of 100,000 studies without voxels, against the limits that were set for it. */
export const catalog100k: Scenario = {
  name: 'catalog-100k',
  title: `a catalog of ${STUDIES} studies, 4 million slices`,
  async run ({ rounds }) {
    const folder = join(WORKSPACE, 'catalog-100k')
    const paths = { root: join(folder, 'root'), catalogFile: join(folder, 'catalog.sqlite') }
    // The registry is written last: where it is, the catalog is complete.
    if (!existsSync(join(paths.root, 'dataset_registry.csv'))) {
      await rm(folder, { recursive: true, force: true })
      process.stderr.write(`making a catalog of ${STUDIES} studies, once: a minute\n`)
      makeCatalog(folder, STUDIES)
    }
    const port = await freePort()
    const serve = () => start('niiserve', process.execPath, [CLI, 'serve'], {
      env: { NODE_ENV: 'production', NODE_OPTIONS: '', DATA_ROOT: paths.root, CATALOG_FILE: paths.catalogFile, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'error' }
    })
    // A catalog of before may have to be brought up to date first.
    const earlier = serve()
    await ready(earlier, `http://127.0.0.1:${port}/healthz`, 180)
    await earlier.stop()
    const begun = performance.now()
    const server = serve()
    await ready(server, `http://127.0.0.1:${port}/healthz`, 120)
    const rows: Row[] = [{ what: 'start to listening', unit: 's', better: 'less', ours: [(performance.now() - begun) / 1000], least: 2 }]
    await ready(server, `http://127.0.0.1:${port}/v1/dataset`, 120, (body) => JSON.parse(body).catalog.state === 'ready')
    const connection = new Connection(port, ANSWER_BYTES)
    const health = new Connection(port, 4096)
    const slowest: number[] = []
    for (const { what, path, least } of QUESTIONS) {
      const times: number[] = []
      for (let n = 1; n <= rounds; n++) {
        const watching = new AbortController()
        const watched = watch(health, watching.signal)
        const { status, lastByteMs } = await connection.request(wireOf(path.replace('{n}', String(n))))
        watching.abort()
        if (status !== 200) throw new Error(`${path} is answered with ${status}`)
        times.push(lastByteMs)
        slowest.push(await watched)
      }
      rows.push({ what: `${what}, asked for the first time`, unit: 'ms', better: 'less', ours: times, least })
    }
    rows.push({ what: '/healthz, the slowest while an order is made', unit: 'ms', better: 'less', ours: slowest.slice(-rounds), least: 50, note: `while a split is made ${median(slowest.slice(-2 * rounds, -rounds)).toFixed(0)} ms` })
    connection.close()
    health.close()
    return rows
  }
}

async function watch (connection: Connection, signal: AbortSignal): Promise<number> {
  let slowest = 0
  while (!signal.aborted) {
    slowest = Math.max(slowest, (await connection.request(wireOf('/healthz'))).lastByteMs)
    await sleep(5)
  }
  return slowest
}
