import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from './dataset.js'
import { PEERS, WORKSPACE } from './paths.js'
import { ready, run, start } from './processes.js'
import type { Server } from './server.js'
import { peersPython } from './tools.js'
import { freePort } from '../test/support/free-ports.js'

/** The folder of indexed_gzip's prebuilt indexes. */
export async function indexFolder (dataset: Dataset): Promise<string> {
  const folder = join(WORKSPACE, 'indexes', dataset.name)
  await mkdir(folder, { recursive: true })
  return folder
}

/** peers/slices_app.py: FastAPI, tuned indexed_gzip, Pillow. */
export async function startSlicesApp (dataset: Dataset, workers: number): Promise<Server> {
  const folder = await indexFolder(dataset)
  await buildIndexes(dataset, folder)
  return await startApp('slices_app:app', workers, {
    BENCH_MANIFEST: join(WORKSPACE, 'datasets', dataset.name, 'manifest.json'),
    BENCH_INDEX_FOLDER: folder
  })
}

/** peers/studies_app.py: FastAPI and SQLite, one worker. */
export async function startStudiesApp (studiesJson: string): Promise<Server> {
  return await startApp('studies_app:app', 1, {
    BENCH_STUDIES: studiesJson,
    BENCH_DATABASE: join(WORKSPACE, 'peer-studies.sqlite')
  })
}

/** Build the indexes before any worker starts, so that two of them do not build the same one. */
async function buildIndexes (dataset: Dataset, folder: string): Promise<void> {
  const script = 'import sys; from tuned import build_index; [build_index(path, sys.argv[1]) for path in sys.argv[2:]]'
  await run('indexed_gzip indexes', await peersPython(), ['-c', script, folder, ...dataset.studies.map(({ file }) => file)],
    { cwd: PEERS, env: { PYTHONDONTWRITEBYTECODE: '1' } })
}

async function startApp (app: string, workers: number, env: Record<string, string>): Promise<Server> {
  const port = await freePort()
  const server = start(app, await peersPython(), ['-m', 'uvicorn', app, '--app-dir', PEERS, '--workers', String(workers),
    '--host', '127.0.0.1', '--port', String(port), '--no-access-log', '--log-level', 'warning'],
  { env: { ...env, PYTHONDONTWRITEBYTECODE: '1' } })
  await ready(server, `http://127.0.0.1:${port}/ready`)
  return { ...server, port }
}
