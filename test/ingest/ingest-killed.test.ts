import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { SQLite } from '../../src/catalog/sqlite.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { makeDataset } from '../support/test-dataset.js'
import { sourceFile } from '../support/source-file.js'

const STUDIES = 20
const SHAPE = [128, 128, 24] as const
const header = makeNifti({ shape: SHAPE }).subarray(0, 352)

function ingest (root: string, catalogFile: string) {
  const child = spawn(process.execPath, [sourceFile('cli'), 'ingest'], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATA_ROOT: root, CATALOG_FILE: catalogFile, DECODE_THREADS: '2', LOG_LEVEL: 'warn' }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const ended = new Promise<{ code: number | null, output: string }>((resolve) => child.on('close', (code) => resolve({ code, output })))
  return { child, ended }
}

/** How many studies are read, as another process sees it. */
function ready (catalogFile: string): number {
  if (!existsSync(catalogFile)) return 0
  const database = new SQLite(catalogFile, { readonly: true, timeout: 1000 })
  try {
    return database.prepare("SELECT COUNT(*) FROM studies WHERE status = 'ready'").pluck().get() as number
  } catch {
    return 0 // its tables are not made yet
  } finally {
    database.close()
  }
}

/** All that the catalog knows, without the ids of rows. */
function contentOfCatalog (catalogFile: string): unknown[] {
  const database = new SQLite(catalogFile, { readonly: true })
  const all = (sql: string) => database.prepare(sql).raw().all()
  const content = [
    database.pragma('integrity_check'),
    all('SELECT * FROM studies ORDER BY id'),
    all('SELECT study_id, kind, file, status, problem, warnings, bytes, mtime_ms, edges, sha256, header, intensity, lesion FROM volumes ORDER BY 1, 2'),
    all('SELECT * FROM slices ORDER BY 1, 2'),
    all('SELECT v.study_id, v.kind, s.ends, s.crcs FROM slabs s JOIN volumes v ON v.id = s.volume_id ORDER BY 1, 2'),
    all('SELECT v.study_id, v.kind, p.out_offset, p.in_offset, p.bit, p.history FROM access_points p JOIN volumes v ON v.id = p.volume_id ORDER BY 1, 2, 3'),
    all('SELECT COUNT(*) FROM slabs'),
    all('SELECT COUNT(*) FROM access_points')
  ]
  database.close()
  return content
}

it('ingest that is killed at any moment goes on from there, and ends with the same catalog', async (t) => {
  const { root } = makeDataset(t, Array.from({ length: STUDIES }, (_, n) => ({
    image: gzipSync(Buffer.concat([header, contentOf('ct', 128 * 128 * 24 * 2, n)]), { level: 1 }),
    ...(n % 3 === 0 && { mask: { shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, _j: number, k: number) => i === k ? 1 : 0 } })
  })))
  const [disturbed, undisturbed] = [join(root, 'disturbed.sqlite'), join(root, 'undisturbed.sqlite')]
  const whole = ingest(root, undisturbed)

  // Once some studies were stored, at whatever moment of the next ones; test/faults kills it fifty times.
  const { child, ended } = ingest(root, disturbed)
  while (ready(disturbed) < 4 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
  child.kill('SIGKILL')
  await ended
  assert.ok(ready(disturbed) >= 4, 'what was stored stays')

  const { code, output } = await ingest(root, disturbed).ended
  assert.equal(code, 0, output)
  assert.match(output, /20 studies: 20 ready, 7 annotated, 480 slices/)
  assert.equal((await whole.ended).code, 0)
  assert.deepEqual(contentOfCatalog(disturbed), contentOfCatalog(undisturbed))
})
