import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { Dataset } from './dataset.js'
import { CHECKOUT, WORKSPACE } from './paths.js'
import { ready, run, start } from './processes.js'
import type { Server } from './server.js'
import { freePort } from '../test/support/free-ports.js'

/** The service to measure: this checkout's, or another build of it to compare with. */
export const CLI = process.env.NIISERVE_CLI ?? join(CHECKOUT, 'dist', 'cli.js')
const MIB = 1024 * 1024

/** The cache of the cold scenarios: an eighth of the full-size dataset. */
export const SMALL_CACHE_BYTES = 64 * MIB
/** A cache that holds what a hot scenario asks for. */
export const LARGE_CACHE_BYTES = 512 * MIB

/** All measuring is done with two threads and, for ingest, on two cores: the figures are for such a machine. */
const DECODE_THREADS = '2'

/** Compile the service as users run it; the bench measures dist/, never a TypeScript loader. */
export async function build (): Promise<void> {
  if (process.env.NIISERVE_CLI !== undefined) return
  await run('npm run build', 'npm', ['run', '--silent', 'build'], { cwd: CHECKOUT })
  if (!existsSync(CLI)) throw new Error('npm run build made no dist/cli.js')
}

/** Ingest a dataset with the CLI: seconds from start to end of the process. A fresh catalog unless told to keep. */
export async function ingest (dataset: Dataset, { keepCatalog = false } = {}): Promise<number> {
  const catalog = catalogOf(dataset)
  await mkdir(dirname(catalog), { recursive: true })
  if (!keepCatalog) for (const suffix of ['', '-wal', '-shm']) await rm(catalog + suffix, { force: true })
  const args = [process.execPath, CLI, 'ingest']
  const [command, ...rest] = availableParallelism() > 2 ? ['taskset', '-c', '0,1', ...args] : args
  return await run('niiserve ingest', command as string, rest, { env: environment(dataset) })
}

/** Serve an ingested dataset. Every start is a cold one: nothing is decoded yet. @param settings further ones */
export async function serve (dataset: Dataset, cacheBytes: number, settings: Record<string, string> = {}): Promise<Server> {
  if (!existsSync(catalogOf(dataset))) await ingest(dataset)
  const port = await freePort()
  const server = start('niiserve', process.execPath, [CLI, 'serve'], {
    env: { ...environment(dataset), HOST: '127.0.0.1', PORT: String(port), CACHE_BYTES: String(cacheBytes), ...settings }
  })
  await ready(server, `http://127.0.0.1:${port}/v1/dataset`, 120, (body) => {
    const { catalog, counts } = JSON.parse(body)
    return catalog.state === 'ready' && counts.ready === dataset.studies.length
  })
  return { ...server, port }
}

/** Publish the catalog of an ingested dataset to a folder. */
export async function publish (dataset: Dataset, folder: string): Promise<void> {
  await run('niiserve publish', process.execPath, [CLI, 'publish', '--to', folder], { env: environment(dataset) })
}

/** Serve what was published to a folder; the replica's copy lies in that folder too. */
export async function serveReplica (dataset: Dataset, folder: string, cacheBytes: number): Promise<Server> {
  const port = await freePort()
  const server = start('niiserve replica', process.execPath, [CLI, 'serve', '--catalog', folder], {
    env: { ...environment(dataset), CATALOG_FILE: join(folder, 'copies', 'catalog.sqlite'), HOST: '127.0.0.1', PORT: String(port), CACHE_BYTES: String(cacheBytes) }
  })
  await ready(server, `http://127.0.0.1:${port}/v1/dataset`)
  return { ...server, port }
}

export function catalogOf (dataset: Dataset): string {
  return join(WORKSPACE, 'catalogs', `${dataset.name}.sqlite`)
}

function environment (dataset: Dataset): Record<string, string> {
  return {
    NODE_ENV: 'production',
    NODE_OPTIONS: '',
    GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1', // as the container image sets it
    DATA_ROOT: dataset.root,
    CATALOG_FILE: catalogOf(dataset),
    DECODE_THREADS,
    LOG_LEVEL: 'warn',
    API_KEYS: ''
  }
}
