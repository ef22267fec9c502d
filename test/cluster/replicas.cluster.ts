import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { relative, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { builtCli, start } from '../support/built-cli.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { makeDataset } from '../support/test-dataset.js'
import type { Scope, TestDataset } from '../support/test-dataset.js'
import { freePorts } from '../support/free-ports.js'
import { missing as missingEngine, startVersitygw, temporary, VERSITYGW } from './object-stores.js'
import type { TestS3 } from './object-stores.js'

const STUDIES = 24
const SHAPE = [128, 128, 24] as const
const SLICE_BYTES = SHAPE[0] * SHAPE[1] * 2
const CLIENTS = 8
const REPLICAS = 3
const header = makeNifti({ shape: SHAPE }).subarray(0, 352)
const voxelsOf = (seed: number) => Buffer.from(contentOf('ct', SLICE_BYTES * SHAPE[2], seed))
const fileOf = (voxels: Buffer) => gzipSync(Buffer.concat([header, voxels]), { level: 1 })
const idOf = (n: number) => `study_${String(n + 1).padStart(4, '0')}`
const missing = spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).error === undefined ? false : 'haproxy is not installed'

/** Where the dataset and what is published of it are. */
interface Place {
  settings: Record<string, string>
  published: string
  /** replace a file of the dataset */
  write: (key: string, content: Buffer) => Promise<void>
  store?: TestS3
}

/** On a disk that all replicas see. A scan is copied in place (the same inode), the registry is renamed over the old one. */
async function folderOf (dataset: TestDataset): Promise<Place> {
  return {
    settings: { DATA_ROOT: dataset.root },
    published: dataset.path('published'),
    write: async (key, content) => {
      if (key.endsWith('.gz')) return writeFileSync(dataset.path(key), content)
      writeFileSync(dataset.path(`${key}.new`), content)
      renameSync(dataset.path(`${key}.new`), dataset.path(key))
    }
  }
}

/** In a bucket; files count as unchanged for a second after they were asked for. */
async function bucketOf (dataset: TestDataset, scope: Scope): Promise<Place> {
  const store = await startVersitygw(scope, temporary(scope))
  await store.upload(dataset.root, 'root/')
  return {
    settings: {
      DATA_ROOT: `s3://${store.bucket}/root`,
      S3_ENDPOINT: store.endpoint,
      STORE_FRESH: '1',
      ...Object.fromEntries(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_EC2_METADATA_DISABLED'].map((name) => [name, process.env[name]!]))
    },
    published: `s3://${store.bucket}/published`,
    write: async (key, content) => await store.put(`root/${key}`, content),
    store
  }
}

const PLACES = [['in a folder', folderOf, false], ['in a bucket', bucketOf, missingEngine(VERSITYGW)]] as const

interface Answer { status: number, type: string, retryAfter: string | undefined, timing: string, body: Buffer }

/** What clients saw: answers that were right, honest refusals, and connections that were cut before the answer was whole. */
interface Seen { right: number, refused: number, cut: number, wrong: string[] }

const testsOf = (placeOf: (dataset: TestDataset, scope: Scope) => Promise<Place>) => () => {
  const cleanings: Array<() => unknown> = []
  const scope = { after: (clean: () => unknown) => { cleanings.push(clean) } }
  const agent = new Agent({ keepAlive: true })
  /** the voxels that a study may be answered with, by when they were put there; the last is the newest */
  const truth = Array.from({ length: STUDIES }, (_, n) => [voxelsOf(n)])
  const replicas: Array<{ port: number, child: ChildProcess, ended: Promise<{ code: number | null }> }> = []
  let cli: string
  let dataset: TestDataset
  let place: Place
  let registry = ''
  let balancer: number
  let stats: number
  const settings = () => ({ ...place.settings, DECODE_THREADS: '1', CACHE_BYTES: String(64 * 2 ** 20), LOG_LEVEL: 'warn' })

  before(async () => {
    cli = builtCli()
    dataset = makeDataset(scope, truth.map(([voxels]) => ({ image: fileOf(voxels!) })))
    registry = readFileSync(dataset.path('dataset_registry.csv'), 'utf8')
    place = await placeOf(dataset, scope)
    await publish()
    const ports = await freePorts(REPLICAS + 2)
    ;[balancer, stats] = ports.splice(REPLICAS) as [number, number]
    await Promise.all(ports.map(async (port, n) => await begin(n, port)))
    const haproxy = spawn('haproxy', ['-q', '-f', resolve('deploy/haproxy.cfg')], {
      stdio: 'ignore',
      env: { ...process.env, LISTEN: `127.0.0.1:${balancer}`, STATS: `127.0.0.1:${stats}`, CHECK_EVERY: '200ms', ...Object.fromEntries(ports.map((port, n) => [`REPLICA_${n + 1}`, `127.0.0.1:${port}`])) }
    })
    scope.after(() => haproxy.kill('SIGKILL'))
    await replicasUp(REPLICAS)
  })
  after(async () => {
    agent.destroy()
    for (const { child } of replicas) child.kill('SIGKILL')
    for (const clean of cleanings.reverse()) await clean()
  })

  it('send each study to one replica, and decode it there only', async () => {
    for (let round = 0; round < 3; round++) for (let n = 0; n < STUDIES; n++) assert.equal((await ask(balancer, slice(n, 5))).status, 200)
    const shares = new Array<number>(REPLICAS).fill(0)
    for (let n = 0; n < STUDIES; n++) {
      const holders = await Promise.all(replicas.map(async ({ port }) => /desc=hit/.test((await ask(port, slice(n, 5))).timing)))
      assert.equal(holders.filter(Boolean).length, 1, `${idOf(n)} is decoded by ${holders.filter(Boolean).length} replicas`)
      shares[holders.indexOf(true)]!++
    }
    console.log(`studies by replica: ${shares.join(', ')}`)
    assert.ok(shares.every((count) => count > 0), shares.join(', '))
    const total = await Promise.all(Array.from({ length: 6 }, async () => JSON.parse((await ask(balancer, '/v1/studies?limit=1')).body.toString()).total as number))
    assert.deepEqual(total, new Array(6).fill(STUDIES), 'lists are answered by any')
  })

  it('answer nothing wrong while one is killed, and the other two take its studies', async () => {
    const seen = await underLoad(async () => {
      replicas[1]!.child.kill('SIGKILL')
      await replicas[1]!.ended
      await replicasUp(2)
      await sleep(500)
    })
    report('one killed', seen)
    // An answer of which a part had left cannot be sent again: at most one for each connection.
    assert.ok(seen.cut <= CLIENTS, `${seen.cut} were cut`)
    assertCalm(await underLoad(async () => await sleep(1000)), 'after the kill')
  })

  it('take one that is added while there is load', async () => {
    const seen = await underLoad(async () => {
      await begin(1, replicas[1]!.port)
      await replicasUp(3)
      await sleep(500)
    })
    assertCalm(seen, 'one added')
  })

  it('lose no request when one is drained', async () => {
    const seen = await underLoad(async () => {
      replicas[2]!.child.kill('SIGTERM')
      assert.equal((await replicas[2]!.ended).code, 0)
      await sleep(300)
    })
    assertCalm(seen, 'one drained')
    await begin(2, replicas[2]!.port)
    await replicasUp(3)
  })

  it('take a newer catalog under load, without a refusal', async () => {
    const before = await namesServed()
    assert.equal(new Set(before).size, 1)
    const seen = await underLoad(async () => {
      const voxels = voxelsOf(STUDIES)
      await place.write(`studies/CT-0/${idOf(STUDIES)}.nii.gz`, fileOf(voxels))
      await place.write('dataset_registry.csv', Buffer.from(`${registry}${STUDIES + 1},CT-0,/studies/CT-0/${idOf(STUDIES)}.nii.gz,\r\n`))
      await untilAllServe(await publish())
      truth.push([voxels])
      await sleep(500)
    })
    assertCalm(seen, 'published')
    assert.notEqual((await namesServed())[0], before[0])
    const totals = await Promise.all(replicas.map(async ({ port }) => JSON.parse((await ask(port, '/v1/studies?limit=1')).body.toString()).total as number))
    assert.deepEqual(totals, new Array(REPLICAS).fill(STUDIES + 1))
  })

  it('refuse honestly what was overwritten, and answer the new file once it is published', async () => {
    const n = 3
    const [old] = truth[n]!
    const voxels = voxelsOf(1000)
    const seen = await underLoad(async () => {
      truth[n] = [old!, voxels]
      await place.write(relative(dataset.root, dataset.image(idOf(n))), fileOf(voxels))
      let stale = await ask(balancer, slice(n, 7))
      // In a bucket the file counts as unchanged for a second.
      for (const until = Date.now() + 5_000; place.store !== undefined && stale.status === 200 && Date.now() < until; stale = await ask(balancer, slice(n, 7))) await sleep(50)
      assert.deepEqual([stale.status, stale.type, Number(stale.retryAfter) > 0], [503, 'application/problem+json', true])
      // Another replica may have asked a moment before: it says what is old for a second (STORE_FRESH).
      if (place.store !== undefined) await sleep(1_100)
      truth[n] = [voxels] // from now on the old voxels are wrong
      await untilAllServe(await publish())
      await sleep(300)
    })
    report('overwritten', seen)
    assert.equal(seen.cut, 0)
    assert.ok(seen.refused > 0)
    for (let k = 0; k < SHAPE[2]; k++) assert.ok((await ask(balancer, slice(n, k))).body.equals(voxels.subarray(k * SLICE_BYTES, (k + 1) * SLICE_BYTES)))
    const noticed = await Promise.all(replicas.map(async ({ port }) => (await ask(port, '/metrics')).body.toString()))
    assert.ok(noticed.every((text) => /^niiserve_catalog_changed_studies 0$/m.test(text)), 'nothing is stale any more')
  })

  it('answer rightly or refuse while the store is away, and all is as before when it is back', { skip: placeOf === folderOf && 'the dataset is in a folder' }, async () => {
    const store = place.store!
    const seen = await underLoad(async () => {
      await store.stop()
      await sleep(8_000) // reads are tried again for five seconds
      await replicasUp(REPLICAS)
      await store.start()
    })
    report('store away', seen)
    assert.equal(seen.cut, 0)
    assert.ok(seen.refused > 0)
    const back = Date.now()
    // Each replica asks the store again for itself, about each file that it knows.
    for (const { port } of replicas) {
      for (let n = 0; n < truth.length; n++) {
        for (let answer = await ask(port, slice(n, 0)); answer.status !== 200; answer = await ask(port, slice(n, 0))) {
          if (Date.now() > back + 15_000) assert.fail(`the store is back, and ${idOf(n)} is ${answer.status}: ${answer.body.toString()}`)
          await sleep(50)
        }
      }
    }
    console.log(`all studies were answered ${((Date.now() - back) / 1000).toFixed(1)} s after the store was back`)
    assertCalm(await underLoad(async () => await sleep(1_000)), 'store back')
  })

  it('leave a problem with Retry-After where none of them is left', async () => {
    for (const { child, ended } of replicas) {
      child.kill('SIGKILL')
      await ended
    }
    await replicasUp(0)
    const { status, type, retryAfter, body } = await ask(balancer, slice(0, 0))
    assert.deepEqual([status, type, retryAfter], [503, 'application/problem+json', '5'])
    const { type: problem, status: said } = JSON.parse(body.toString())
    assert.deepEqual([problem, said], ['urn:niiserve:problem:overloaded', 503])
  })

  /** Start a replica, as a fresh process with a folder of its own. */
  async function begin (n: number, port: number): Promise<void> {
    const { child, ended } = start(process.execPath, [cli, 'serve'], {
      ...settings(), CATALOG_URL: place.published, CATALOG_FILE: dataset.path(`replica-${n}/catalog.sqlite`), CATALOG_REFRESH: '1', HOST: '127.0.0.1', PORT: String(port), SHUTDOWN_DELAY: '2'
    })
    replicas[n] = { port, child, ended }
    for (;;) {
      if (child.exitCode !== null) assert.fail((await ended).output)
      if ((await ask(port, '/readyz').catch(() => undefined))?.status === 200) return
      await sleep(50)
    }
  }

  /** Ingest and publish. @returns the name of what is published now */
  async function publish (): Promise<string> {
    let said = ''
    for (const parameters of [['ingest'], ['publish', '--to', place.published]]) {
      const { code, output } = await start(process.execPath, [cli, ...parameters], { ...settings(), CATALOG_FILE: dataset.path('writer.sqlite') }).ended
      assert.equal(code, 0, output)
      said = output
    }
    const [, isNew, old] = /^published (\S+):|^(\S+) is published already/m.exec(said)!
    return (isNew ?? old)!
  }

  async function namesServed (): Promise<string[]> {
    return await Promise.all(replicas.map(async ({ port }) => JSON.parse((await ask(port, '/v1/dataset')).body.toString()).catalog.name as string))
  }

  async function untilAllServe (name: string): Promise<void> {
    while ((await namesServed()).some((served) => served !== name)) await sleep(50)
  }

  /** Wait until HAProxy counts so many replicas as up. */
  async function replicasUp (count: number): Promise<void> {
    for (const until = Date.now() + 60_000; Date.now() < until; await sleep(50)) {
      const csv = (await ask(stats, '/;csv').catch(() => undefined))?.body.toString() ?? ''
      const up = csv.split('\n').filter((line) => /^by_study,r\d,/.test(line) && line.split(',')[17]!.startsWith('UP')).length
      if (up === count) return
    }
    assert.fail(`HAProxy does not see ${count} replicas`)
  }

  /** Clients that ask for random slices, one after the other, while something happens. */
  async function underLoad (happen: () => Promise<void>): Promise<Seen> {
    const seen: Seen = { right: 0, refused: 0, cut: 0, wrong: [] }
    const load = { isOver: false }
    const client = async () => {
      while (!load.isOver) {
        const n = Math.floor(Math.random() * truth.length)
        const k = Math.floor(Math.random() * SHAPE[2])
        const allowed = truth[n]!
        const answer = await ask(balancer, slice(n, k)).catch(() => undefined)
        const isRight = (voxels: Buffer) => answer!.body.equals(voxels.subarray(k * SLICE_BYTES, (k + 1) * SLICE_BYTES))
        if (answer === undefined) seen.cut++
        else if (answer.status === 200 && [...allowed, ...truth[n]!].some(isRight)) seen.right++
        else if (answer.status === 503 && Number(answer.retryAfter) > 0 && answer.type.startsWith('application/problem+json')) seen.refused++
        else seen.wrong.push(`${idOf(n)} ${k}: ${answer.status} ${answer.body.subarray(0, 200).toString('latin1')}`)
      }
    }
    const clients = Array.from({ length: CLIENTS }, client)
    try {
      await happen()
    } finally {
      load.isOver = true
      await Promise.all(clients)
    }
    assert.deepEqual(seen.wrong.slice(0, 3), [])
    assert.ok(seen.right > CLIENTS, JSON.stringify(seen))
    return seen
  }

  async function ask (port: number, path: string): Promise<Answer> {
    const [response] = await once(get({ port, path, agent, host: '127.0.0.1' }), 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const { statusCode: status, headers } = response
    return { status, type: headers['content-type'] ?? '', retryAfter: headers['retry-after'], timing: headers['server-timing'] ?? '', body: Buffer.concat(chunks) }
  }
}

const slice = (n: number, k: number) => `/v1/studies/${idOf(n)}/image/slices/${k}.raw?orientation=native`

function report (what: string, { right, refused, cut }: Seen): void {
  console.log(`${what}: ${right} right answers, ${refused} refused with Retry-After, ${cut} cut`)
}

/** Every request was answered, and rightly. */
function assertCalm (seen: Seen, what: string): void {
  report(what, seen)
  assert.deepEqual([seen.refused, seen.cut], [0, 0], what)
}

for (const [name, placeOf, lack] of PLACES) {
  describe(`three replicas behind HAProxy, of a dataset ${name}`, { skip: missing !== false ? missing : lack, timeout: 600_000 }, testsOf(placeOf))
}
