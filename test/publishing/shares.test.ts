import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { copyCanonical } from '../../src/catalog/canonical.js'
import { openDatabase } from '../../src/catalog/database.js'
import { isOfShare, parseShare } from '../../src/publishing/share.js'
import { catalogContent, studiesSoFar } from '../faults/catalog-content.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { makeDataset } from '../support/test-dataset.js'
import { sourceFile } from '../support/source-file.js'

const SHAPE = [128, 128, 24] as const
const header = makeNifti({ shape: SHAPE }).subarray(0, 352)
const { root, path } = makeDataset({ after }, [
  ...Array.from({ length: 12 }, (_, n) => ({
    category: `CT-${n % 5}`,
    image: gzipSync(Buffer.concat([header, contentOf('ct', 128 * 128 * 24 * 2, n)]), { level: 1 }),
    ...(n % 3 === 0 && { mask: { shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, _j: number, k: number) => i === k ? 1 : 0 } })
  })),
  { image: null },
  { image: Buffer.from('nothing') }
])
const registry = path('dataset_registry.csv')

/** Run the command line in the folder of the test, with a catalog file of that name. */
function niiserve (catalog: string, ...parameters: string[]) {
  const child = spawn(process.execPath, [sourceFile('cli'), ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATA_ROOT: root, CATALOG_FILE: join(root, catalog), DECODE_THREADS: '1', LOG_LEVEL: 'error' }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const ended = new Promise<{ code: number | null, output: string }>((resolve) => child.on('close', (code) => resolve({ code, output })))
  return { child, ended }
}

async function run (catalog: string, ...parameters: string[]): Promise<string> {
  const { code, output } = await niiserve(catalog, ...parameters).ended
  assert.equal(code, 0, output)
  return output
}

async function refusal (catalog: string, ...parameters: string[]): Promise<string> {
  const { code, output } = await niiserve(catalog, ...parameters).ended
  assert.equal(code, 1, output)
  assert.equal(output.trim().split('\n').length, 1, output)
  return output
}

/** The bytes of a catalog's canonical copy. */
function canonical (catalog: string): Buffer {
  const copy = join(root, `${catalog}.copy`)
  copyCanonical([join(root, catalog)], copy)
  return readFileSync(copy)
}

describe('a share', () => {
  it('holds the studies whose SHA-256 says so', () => {
    // Python: int.from_bytes(hashlib.sha256(id.encode()).digest()[:6], 'big') % n
    const ids = Array.from({ length: 8 }, (_, n) => `study_000${n + 1}`)
    const placeOf = (id: string, of: number) => Array.from({ length: of }, (_, index) => index).filter((index) => isOfShare(id, { index, of }))
    assert.deepEqual(ids.map((id) => placeOf(id, 4)), [0, 2, 3, 1, 2, 1, 0, 3].map((place) => [place]))
    assert.deepEqual(ids.map((id) => placeOf(id, 3)), [0, 2, 0, 2, 0, 1, 0, 0].map((place) => [place]))
  })

  it('is said as i/n with i from 0', () => {
    assert.deepEqual(parseShare('0/1'), { index: 0, of: 1 })
    assert.deepEqual(parseShare('11/12'), { index: 11, of: 12 })
    for (const text of ['4/4', '1/0', '-1/4', '1', '1/2/3', '0.5/2', ' 0/4', '0/100001']) {
      assert.throws(() => parseShare(text), /--share: ".*" is not i\/n with n from 1 to 100000 and i from 0 to n - 1, such as 0\/4/)
    }
  })
})

describe('a canonical copy', () => {
  it('knows what becomes of every table: one that is added must be said how to copy', () => {
    const tables = openDatabase(':memory:').prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").pluck().all()
    assert.deepEqual(tables, ['access_points', 'data_root', 'label_sets', 'migrations', 'seals', 'slabs', 'slices', 'studies', 'volumes'])
  })
})

describe('an ingest in shares', () => {
  it('gives the catalog of one machine, byte for byte, also when a task is killed and begun again', async () => {
    const out = join(root, 'run')
    const share = (n: number) => niiserve('tasks.sqlite', 'ingest', '--share', `${n}/3`, '--out', out)
    const alone = run('alone.sqlite', 'ingest')

    const own = join(root, 'tasks.share-1-of-3.sqlite')
    const killed = share(1)
    while (studiesSoFar(own) === 0 && killed.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5))
    killed.child.kill('SIGKILL')
    await killed.ended
    await Promise.all([share(0).ended, share(2).ended])
    assert.match(await refusal('early.sqlite', 'merge', out), /of 3 shares 1 is missing; begin those tasks again, or merge what is there with --partial/)
    assert.equal(existsSync(join(root, 'early.sqlite')), false)
    assert.match(await run('partial.sqlite', 'merge', out, '--partial'), /2 shares merged into .*; 1 missing/)

    const again = await share(1).ended
    assert.match(again.output, /share 1-of-3: \d+ of 14 studies/)
    assert.match(await run('merged.sqlite', 'merge', out), /3 shares merged/)
    await alone
    assert.deepEqual(catalogContent(join(root, 'merged.sqlite')), catalogContent(join(root, 'alone.sqlite')))
    assert.ok(canonical('merged.sqlite').equals(canonical('alone.sqlite')))
    assert.ok(readFileSync(join(root, 'merged.sqlite')).equals(canonical('merged.sqlite')), 'a merged catalog is canonical')
    assert.ok(!canonical('partial.sqlite').equals(canonical('alone.sqlite')))

    const before = readdirSync(join(out, 'parts'))
    assert.match((await share(2).ended).output, /share 2-of-3 exists already/)
    assert.deepEqual(readdirSync(join(out, 'parts')), before)
    // A merged catalog is one to go on with: nothing is read again.
    assert.match(await run('merged.sqlite', 'ingest'), /14 studies: 12 ready, 4 annotated, 288 slices/)
    assert.ok(canonical('merged.sqlite').equals(canonical('alone.sqlite')))
  })

  it('is refused where its tasks read different registries', async () => {
    const out = join(root, 'changed')
    await run('changed.sqlite', 'ingest', '--share', '0/2', '--out', out)
    const text = readFileSync(registry, 'utf8')
    writeFileSync(registry, text.replace('2,CT-1,/studies/CT-1/study_0002', '2,CT-2,/studies/CT-1/study_0002'))
    try {
      assert.match(await refusal('changed.sqlite', 'ingest', '--share', '1/2', '--out', out), /share 0-of-2 read another registry: it was changed between the tasks/)
    } finally {
      writeFileSync(registry, text)
    }
    assert.match(await refusal('changed.sqlite', 'ingest', '--share', '1/3', '--out', out), /parts of an ingest in 2 shares, and this one is in 3/)
    assert.match(await refusal('changed.sqlite', 'ingest', '--share', '1/3'), /--share and --out belong together/)
    assert.match(await refusal('nothing.sqlite', 'merge', join(root, 'nowhere')), /it holds no parts/)
  })

  it('is refused where a part is damaged', async () => {
    const out = join(root, 'damaged')
    await run('damaged.sqlite', 'ingest', '--share', '0/1', '--out', out)
    const packed = readdirSync(join(out, 'parts')).find((name) => name.endsWith('.gz'))!
    const bytes = readFileSync(join(out, 'parts', packed))
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(join(out, 'parts', packed), bytes)
    assert.match(await refusal('mended.sqlite', 'merge', out), /cannot be used: (its SHA-256 is not|it cannot be unpacked)/)
    assert.equal(existsSync(join(root, 'mended.sqlite')), false)
  })
})
