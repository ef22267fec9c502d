import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { contentOf } from '../gzip/gzip-streams.js'
import type { DecodeTask } from '../../src/threads/tasks.js'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp, type TestApp } from '../support/test-app.js'

const NK = 48
const SLAB = 128 * 128 * 2
const SEEDS = [0, 1, 2, 3, 4, 5]
/** CT-like noise packs to about half, in DEFLATE blocks of some 30 KB, so there are access points. */
const contents = SEEDS.map((seed) => Buffer.concat([makeNifti({ shape: [128, 128, NK] }).subarray(0, 352), contentOf('ct', NK * SLAB, seed)]))
const expected = (study: number, k: number) => contents[study - 1]!.subarray(352 + k * SLAB, 352 + (k + 1) * SLAB)
const slice = (study: number, k: number, query = '') => `/v1/studies/study_000${study}/image/slices/${k}.raw${query}`
const studies = contents.map((content) => ({ image: gzipSync(content) }))

/** The slabs that were decoded while `work` ran, as `file k`. */
async function decodedDuring (app: TestApp, work: () => Promise<unknown>): Promise<string[]> {
  const { pool } = app.services
  const submit = pool.submit.bind(pool)
  const slabs: string[] = []
  pool.submit = ((name: 'decode', task: DecodeTask, priority: 'now') => {
    if (name === 'decode') slabs.push(...new Set(task.pieces.map(({ at }) => `${task.key} ${Math.floor(at / SLAB)}`)))
    return submit(name, task as never, priority)
  }) as typeof pool.submit
  try {
    await work()
  } finally {
    pool.submit = submit
  }
  return slabs
}

describe('cold reads', async () => {
  const app = await buildTestApp({ after }, { studies, config: { decodeThreads: 2 } })
  const { bytes, get, services, port } = app

  it('begin at access points, of which there are several', () => {
    const count = services.catalog['database'].prepare('SELECT COUNT(*) FROM access_points').pluck().get() as number
    assert.ok(count >= 2 * SEEDS.length, `${count} points`)
    const total = services.catalog['database'].prepare('SELECT SUM(LENGTH(history)) FROM access_points').pluck().get() as number
    assert.ok(total < 0.08 * studies.reduce((sum, { image }) => sum + image.length, 0))
  })

  it('decode a slice once for ten simultaneous requests', async () => {
    const slabs = await decodedDuring(app, async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, async () => await bytes(slice(1, 7))))
      for (const answer of answers) assert.ok(answer.equals(expected(1, 7)))
    })
    assert.equal(slabs.filter((slab) => slab.endsWith('study_0001.nii.gz 7')).length, 1)
    assert.equal(new Set(slabs).size, slabs.length, 'none twice')
  })

  it('decode a volume once for ten simultaneous requests, whatever they ask', async () => {
    const slabs = await decodedDuring(app, async () => {
      const answers = await Promise.all([
        ...Array.from({ length: 4 }, async () => await bytes('/v1/studies/study_0002/image.raw')),
        ...Array.from({ length: 3 }, async () => await bytes('/v1/studies/study_0002/image.nii')),
        ...Array.from({ length: 3 }, async (_, n) => await bytes(slice(2, 5 + 8 * n)))
      ])
      for (const answer of answers.slice(0, 4)) assert.ok(answer.equals(contents[1]!.subarray(352)))
      for (const answer of answers.slice(4, 7)) assert.ok(answer.equals(contents[1]!))
    })
    assert.equal(slabs.length, NK)
    assert.equal(new Set(slabs).size, NK)
  })

  it('say miss, partial and hit', async () => {
    const use = async (path: string) => /cache;desc=(\w+), decode;dur=([\d.]+)/.exec((await get(path)).headers['server-timing']!)!.slice(1)
    const [miss, decodeMs] = await use(slice(3, 12))
    assert.equal(miss, 'miss')
    assert.ok(Number(decodeMs) > 0)
    assert.equal((await use(slice(3, 2)))[0], 'partial')
    assert.deepEqual(await use(slice(3, 12)), ['hit', '0'])
    assert.deepEqual((await use('/v1/studies/study_0003/image/slices/3.raw?plane=coronal'))[0], 'partial')
    assert.deepEqual((await use('/v1/studies/study_0003/image/slices/4.raw?plane=coronal'))[0], 'hit')
  })

  it('decode the next slices ahead for a client that reads on', async () => {
    const slabs = await decodedDuring(app, async () => {
      for (const k of [0, 1, 2]) assert.ok((await bytes(slice(4, k))).equals(expected(4, k)))
      await new Promise((resolve) => setTimeout(resolve, 300))
    })
    assert.ok(slabs.length > 3, `${slabs.length} slabs`)
    assert.match((await get(slice(4, 3))).headers['server-timing']!, /desc=hit/)
  })

  it('decode nothing ahead for a client that reads at random, even if two slices follow each other', async () => {
    const slabs = await decodedDuring(app, async () => {
      for (const k of [17, 5, 6, 21]) assert.ok((await bytes(slice(1, k))).equals(expected(1, k)))
      await new Promise((resolve) => setTimeout(resolve, 100))
    })
    assert.ok(slabs.length <= 4, `${slabs.length} slabs`)
  })

  it('cost nothing where the client has the answer already', async () => {
    const etag = (await app.request.head(slice(5, 9))).headers['etag']!
    const slabs = await decodedDuring(app, async () => {
      assert.equal((await get(slice(5, 9)).set('If-None-Match', etag)).status, 304)
      assert.equal((await get('/v1/studies/study_0005/image.raw').set('If-None-Match', '*')).status, 304)
      assert.equal((await get('/v1/studies/study_0005/image/slices/9.png').set('If-None-Match', '*')).status, 304)
      assert.equal((await app.request.head('/v1/studies/study_0005/image.npy')).status, 200)
    })
    assert.deepEqual(slabs, [])
  })

  it('go on for the other clients when some waiting clients disconnect', async () => {
    const leavers = Array.from({ length: 8 }, (_, n) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`GET ${n % 2 === 0 ? slice(6, 20) : '/v1/studies/study_0006/image.npy'} HTTP/1.1\r\nHost: x\r\n\r\n`)
      setTimeout(() => socket.destroy(), n)
      return new Promise((resolve) => socket.on('close', resolve))
    })
    const [one, whole] = await Promise.all([bytes(slice(6, 20)), bytes('/v1/studies/study_0006/image.raw'), ...leavers])
    assert.ok(one.equals(expected(6, 20)))
    assert.ok(whole.equals(contents[5]!.subarray(352)))
    await assertNothingHeld(app)
  })
})

describe('a cache smaller than a volume', async () => {
  // A quarter of one volume: a slab of 32 KiB takes a page of 64 KiB.
  const app = await buildTestApp({ after }, { studies, config: { decodeThreads: 2, cacheBytes: 12 * 65_536 } })
  const { bytes, get, services, port } = app

  it('serves everything, and is never over its bounds', async () => {
    for (const [study, content] of contents.entries()) {
      assert.ok((await bytes(`/v1/studies/study_000${study + 1}/image.raw`)).equals(content.subarray(352)))
      const { bytes: used, capacity } = services.cache.stats
      assert.ok(used <= capacity && capacity === 12 * 65_536)
    }
    const sagittal = await bytes('/v1/studies/study_0001/image/slices/5.raw?plane=sagittal')
    const voxel = (j: number, k: number) => contents[0]!.readInt16LE(352 + k * SLAB + 2 * (5 + 128 * j))
    for (let k = 0; k < NK; k++) for (let j = 0; j < 128; j++) if (sagittal.readInt16LE(2 * (128 * k + j)) !== voxel(j, k)) assert.fail(`k ${k}, j ${j}`)
    const coronal = await bytes('/v1/studies/study_0002/image/slices/9.raw?plane=coronal&orientation=radiological')
    // The pixdim fallback is L A S: the first column is the patient's right already, the first row superior.
    for (let row = 0; row < NK; row++) for (let i = 0; i < 128; i++) assert.equal(coronal.readInt16LE(2 * (128 * row + i)), contents[1]!.readInt16LE(352 + (NK - 1 - row) * SLAB + 2 * (i + 128 * 9)))
    assert.match((await get('/metrics')).body, /^niiserve_cache_capacity_bytes 786432$/m)
    await assertNothingHeld(app)
  })

  it('serves many clients at once, right to the byte, each an answer or a 503', async () => {
    const asked = Array.from({ length: 60 }, (_, n) => [1 + n % 6, (n * 7) % NK] as const)
    const answers = await Promise.all(asked.map(async ([study, k]) => await get(slice(study, k, n(study) ? '?dtype=float32' : ''))))
    function n (study: number) { return study % 2 === 0 }
    let right = 0
    for (const [at, { status, body, headers }] of answers.entries()) {
      const [study, k] = asked[at]!
      if (status === 503) {
        assert.match(headers['retry-after']!, /^\d+$/)
        continue
      }
      const wanted = expected(study, k)
      const found = n(study) ? Buffer.from(Int16Array.from(new Float32Array(Uint8Array.from(body as Buffer).buffer)).buffer) : body as Buffer
      assert.ok(found.equals(wanted), `study ${study}, slice ${k}`)
      right++
    }
    assert.ok(right >= 12, `${right} answers`)
    await assertNothingHeld(app)
  })

  it('is not stalled by clients that stop reading', async () => {
    const stalled = Array.from({ length: 3 }, (_, n) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.pause()
      socket.write(`GET /v1/studies/study_000${n + 1}/image.raw HTTP/1.1\r\nHost: x\r\n\r\n`)
      return socket
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.ok((await bytes(slice(5, 3))).equals(expected(5, 3)))
    assert.ok((await bytes('/v1/studies/study_0006/image.raw')).equals(contents[5]!.subarray(352)))
    for (const socket of stalled) socket.destroy()
    await assertNothingHeld(app)
  })
})

describe('damaged access points', async () => {
  it('cost time only: the answer is right, from the start of the file', async (t) => {
    const { services, bytes } = await buildTestApp(t, { studies })
    const database = services.catalog['database']
    const damage = (study: number, sql: string, ...values: unknown[]) => {
      const { changes } = database.prepare(`UPDATE access_points SET ${sql} WHERE volume_id = (SELECT id FROM volumes WHERE study_id = ?) AND out_offset > 0`).run(...values, `study_000${study}`)
      assert.ok(changes > 0)
    }
    damage(1, 'history = ?', Buffer.from('no deflate stream'))
    damage(2, 'history = ?', deflateRawSync(Buffer.alloc(32768, 1)))
    damage(3, 'in_offset = in_offset + 3')
    damage(4, 'bit = (bit + 1) % 8')
    damage(5, 'out_offset = out_offset - 12')
    damage(6, 'history = ?', Buffer.alloc(0))
    for (const study of [1, 2, 3, 4, 5, 6]) {
      for (const k of [20, 3, 11]) assert.ok((await bytes(slice(study, k))).equals(expected(study, k)), `study ${study}, slice ${k}`)
    }
  })
})

describe('a full queue', () => {
  it('is 503 overloaded with Retry-After, and passes', async (t) => {
    const { services, get, bytes, dataset } = await buildTestApp(t, { studies: studies.slice(0, 1) })
    const state = services.store.identity('studies/CT-0/study_0001.nii.gz')!
    const tickets = Array.from({ length: 65 }, () => services.pool.submit('head', { key: 'studies/CT-0/study_0001.nii.gz', state, gzip: true, length: NK * SLAB }))
    const response = await get(slice(1, 3))
    assertProblem(response, 503, 'overloaded')
    assert.match(response.headers['retry-after']!, /^[1-9]\d*$/)
    await Promise.all(tickets.map(({ done }) => done))
    assert.ok((await bytes(slice(1, 3))).equals(expected(1, 3)), dataset.root)
  })
})

/** Everything in the cache can be put out: no reader that is gone holds a slab. */
async function assertNothingHeld ({ services: { cache, pool } }: TestApp): Promise<void> {
  for (let left = 40; ; left--) {
    await new Promise((resolve) => setTimeout(resolve, 25))
    const busy = pool.stats.running + pool.stats.waiting > 0
    const slab = busy ? undefined : cache.reserve('everything', 0, cache.stats.capacity)
    if (slab !== undefined) return cache.abandon(slab)
    assert.ok(left > 0, 'slabs are still held')
  }
}
