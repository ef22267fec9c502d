import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { copyCanonical } from '../../src/catalog/canonical.js'
import { newestPublication } from '../../src/publishing/publication.js'
import { openFolder } from '../../src/storage/object-folder.js'
import { catalogContent, studiesSoFar } from '../faults/catalog-content.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { builtCli, start } from '../support/built-cli.js'
import { makeNifti } from '../support/make-nifti.js'
import { makeDataset } from '../support/test-dataset.js'
import type { Scope } from '../support/test-dataset.js'
import { missing, startSeaweedFs, temporary, WEED } from './object-stores.js'
import { freePort } from '../support/free-ports.js'

// scale.md, proof 3: tasks ingest in shares, one is killed and begun again; the merged catalog equals one machine's.
const SHARES = 4
const STUDIES = 40
const SHAPE = [128, 128, 24] as const
const SLICE_BYTES = SHAPE[0] * SHAPE[1] * 2
const header = makeNifti({ shape: SHAPE }).subarray(0, 352)
const voxels = Array.from({ length: STUDIES }, (_, n) => Buffer.from(contentOf('ct', SLICE_BYTES * SHAPE[2], n)))
const made = (scope: Scope) => makeDataset(scope, voxels.map((stored, n) => ({
  category: `CT-${n % 5}`,
  image: gzipSync(Buffer.concat([header, stored]), { level: 1 }),
  ...(n % 4 === 0 && { mask: { shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, _j: number, k: number) => i === k ? 1 : 0 } })
})))

let cli: string
before(() => { cli = builtCli() })

async function run (settings: Record<string, string>, ...parameters: string[]): Promise<string> {
  const { code, output } = await start(process.execPath, [cli, ...parameters], { DECODE_THREADS: '1', LOG_LEVEL: 'error', ...settings }).ended
  assert.equal(code, 0, output)
  return output
}

/** All shares at once; one of them is killed when it has stored something, and begun again. */
async function ingestInShares (settings: Record<string, string>, catalogFile: string, out: string): Promise<void> {
  const share = (n: number) => start(process.execPath, [cli, 'ingest', '--share', `${n}/${SHARES}`, '--out', out], { DECODE_THREADS: '1', LOG_LEVEL: 'error', ...settings, CATALOG_FILE: catalogFile })
  const tasks = Array.from({ length: SHARES }, (_, n) => share(n))
  const killed = tasks[2]!
  const own = catalogFile.replace('.sqlite', `.share-2-of-${SHARES}.sqlite`)
  while (studiesSoFar(own) < 2 && killed.child.exitCode === null) await sleep(5)
  killed.child.kill('SIGKILL')
  assert.equal((await killed.ended).signal, 'SIGKILL', 'it was killed before it had ended')
  const before = studiesSoFar(own)
  assert.ok(before >= 2)
  for (const [n, { ended }] of tasks.entries()) if (n !== 2) assert.equal((await ended).code, 0)
  const { code, output } = await share(2).ended
  assert.equal(code, 0, output)
  console.log(output.trim())
}

describe('an ingest in four shares', { timeout: 300_000 }, () => {
  it('gives the catalog of one machine, with one task killed by SIGKILL and begun again', async (t) => {
    const { root } = made(t)
    const [alone, merged, out] = ['alone.sqlite', 'merged.sqlite', 'run'].map((name) => join(root, name)) as [string, string, string]
    await ingestInShares({ DATA_ROOT: root }, join(root, 'tasks.sqlite'), out)
    console.log((await run({ DATA_ROOT: root }, 'merge', out, '--catalog-file', merged)).replace(root, '').trim())
    await run({ DATA_ROOT: root, CATALOG_FILE: alone }, 'ingest')
    assert.deepEqual(catalogContent(merged), catalogContent(alone))
    copyCanonical([alone], join(root, 'copy.sqlite'))
    assert.ok(readFileSync(join(root, 'copy.sqlite')).equals(readFileSync(merged)), 'byte for byte')
  })

  it('is what deploy/ingest-shares.sh does', async (t) => {
    const { root } = made(t)
    const script = spawnSync('sh', ['deploy/ingest-shares.sh', '3', join(root, 'run')], { encoding: 'utf8', env: { ...process.env, NIISERVE: `${process.execPath} ${cli}`, DATA_ROOT: root, CATALOG_FILE: join(root, 'merged.sqlite'), DECODE_THREADS: '1', LOG_LEVEL: 'error' } })
    assert.equal(script.status, 0, script.stderr)
    assert.match(script.stdout, /3 shares merged into/)
    await run({ DATA_ROOT: root, CATALOG_FILE: join(root, 'alone.sqlite') }, 'ingest')
    assert.deepEqual(catalogContent(join(root, 'merged.sqlite')), catalogContent(join(root, 'alone.sqlite')))
  })

  it('publishes to an object store, with files, sidecars, parts and catalogs there, and a replica serves it', { skip: missing(WEED) }, async (t) => {
    const { root } = made(t)
    const s3 = await startSeaweedFs(t)
    await s3.upload(root, 'root/')
    const work = temporary(t)
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env as Record<string, string>
    const settings = { DATA_ROOT: 's3://data/root', S3_ENDPOINT: s3.endpoint, INDEX_ROOT: 's3://data/index', AWS_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID!, AWS_SECRET_ACCESS_KEY: AWS_SECRET_ACCESS_KEY! }
    await ingestInShares(settings, join(work, 'tasks.sqlite'), 's3://data/runs/1')
    const told = await run(settings, 'merge', 's3://data/runs/1', '--publish', 's3://data/published')
    console.log(told.trim())
    await run({ ...settings, CATALOG_FILE: join(work, 'alone.sqlite') }, 'ingest')
    assert.match(await run({ ...settings, CATALOG_FILE: join(work, 'alone.sqlite') }, 'publish', '--to', 's3://data/published'), /is published already, and nothing has changed/)
    process.env['S3_ENDPOINT'] = s3.endpoint
    const { publication } = (await newestPublication(await openFolder('s3://data/published')))!
    assert.equal(publication.counts.ready, STUDIES)

    const port = await freePort()
    const { child, ended } = start(process.execPath, [cli, 'serve', '--catalog', 's3://data/published'], { ...settings, CATALOG_FILE: join(work, 'replica', 'catalog.sqlite'), HOST: '127.0.0.1', PORT: String(port), DECODE_THREADS: '1', LOG_LEVEL: 'warn' })
    t.after(() => child.kill('SIGKILL'))
    const ask = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`)
    while ((await ask('/readyz').catch(() => undefined))?.status !== 200) {
      if (child.exitCode !== null) assert.fail((await ended).output)
      await sleep(50)
    }
    for (let n = 0; n < STUDIES; n++) {
      const k = (n * 7) % SHAPE[2]
      const answer = await ask(`/v1/studies/study_${String(n + 1).padStart(4, '0')}/image/slices/${k}.raw?orientation=native`)
      assert.equal(answer.status, 200, await answer.clone().text())
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(voxels[n]!.subarray(k * SLICE_BYTES, (k + 1) * SLICE_BYTES)), `study ${n + 1}, slice ${k}`)
    }
    const metrics = await (await ask('/metrics')).text()
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1])
    console.log(`${STUDIES} cold slices from S3: ${value('niiserve_sidecar_reads_total')} sidecars read, ${value('niiserve_sidecar_failures_total')} failures`)
    assert.ok(value('niiserve_sidecar_reads_total') > 0)
    assert.equal(value('niiserve_sidecar_failures_total'), 0)
    assert.equal(existsSync(resolve(work, 'replica', 'replicas')), true)
  })
})
