import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { extract } from 'tar-stream'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const byHash = <Value>(values: readonly Value[], textOf: (value: Value) => string) => [...values].sort((a, b) => sha(textOf(a)) < sha(textOf(b)) ? -1 : 1)

// 20 studies of 3 to 5 slices: more than one group of 16. Values say where they are from.
const COUNTS = Array.from({ length: 20 }, (_, n) => 3 + n % 3)
const idOf = (n: number) => `study_${String(n + 1).padStart(4, '0')}`
const IDS = COUNTS.map((_, n) => idOf(n))
const app = await buildTestApp({ after }, {
  studies: COUNTS.map((slices, n) => ({
    category: `CT-${n % 5}`,
    image: { shape: [4, 3, slices], pixdim: [0.5, 0.75, 8], voxels: (i: number, j: number, k: number) => i + 10 * j + 100 * k + 1000 * n },
    ...(n < 4 && { mask: { shape: [4, 3, slices], voxels: (i: number, _j: number, k: number) => i === k ? 1 : 0 } })
  })),
  config: { cacheBytes: 32 * 2 ** 20, decodeThreads: 2 }
})

const slicesOf = (id: string) => Array.from({ length: COUNTS[IDS.indexOf(id)]! }, (_, index) => ({ id, index }))
const keyOf = ({ id, index }: { id: string, index: number }) => `${id}_${String(index).padStart(3, '0')}`

/** The order of the contract, worked without the service. */
function expectedOrder (seed: number | undefined, shard = 0, shards = 1, ids = IDS): string[] {
  const studies = (seed === undefined ? ids : byHash(ids, (id) => `${seed}:${id}`)).filter((_, n) => n % shards === shard)
  const keys: string[] = []
  for (let first = 0; first < studies.length; first += 16) {
    const slices = studies.slice(first, first + 16).flatMap(slicesOf)
    keys.push(...(seed === undefined ? slices : byHash(slices, ({ id, index }) => `${seed}:${id}:${index}`)).map(keyOf))
  }
  return keys
}

async function filesOf (tar: Buffer): Promise<{ name: string, bytes: Buffer }[]> {
  const files: { name: string, bytes: Buffer }[] = []
  const reader = extract()
  reader.end(tar)
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    files.push({ name: entry.header.name, bytes: Buffer.concat(chunks) })
    assert.equal(entry.header.mtime?.getTime(), 0)
  }
  return files
}
const keysOf = async (query: string) => (await filesOf(await app.bytes(`/v1/webdataset.tar?${query}`))).map(({ name }) => name).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5))

describe('GET /v1/webdataset.tar', () => {
  it('gives the slices by study and index, each with its array and its facts', async () => {
    const files = await filesOf(await app.bytes('/v1/webdataset.tar'))
    assert.deepEqual(files.map(({ name }) => name), expectedOrder(undefined).flatMap((key) => [`${key}.image.npy`, `${key}.json`]))
    const { items } = await app.json('/v1/slices?limit=1000')
    for (const [n, { study, ...facts }] of items.entries()) {
      const image = files[2 * n]!.bytes
      assert.match(String(image.subarray(0, 128)), /'descr': '<i2'.*'shape': \(3, 4\)/)
      const values = Array.from({ length: 12 }, (_, at) => image.readInt16LE(128 + 2 * at))
      assert.deepEqual(values, Array.from({ length: 12 }, (_, at) => at % 4 + 10 * Math.floor(at / 4) + 100 * facts.index + 1000 * IDS.indexOf(study)))
      const severity = IDS.indexOf(study) % 5
      assert.deepEqual(JSON.parse(String(files[2 * n + 1]!.bytes)), { study, ...facts, severity, spacing: [0.5, 0.75, 8] })
    }
  })

  for (const [seed, shard, shards] of [[0, 0, 1], [7, 0, 1], [7, 0, 3], [7, 2, 3]] as const) {
    it(`shuffles by the seed alone: ${seed}, shard ${shard} of ${shards}`, async () => {
      assert.deepEqual(await keysOf(`shuffle=${seed}&shard=${shard}&shards=${shards}`), expectedOrder(seed, shard, shards))
    })
  }

  it('gives each slice to one shard', async () => {
    const keys = (await Promise.all([0, 1, 2].map(async (shard) => await keysOf(`shuffle=3&shard=${shard}&shards=3`)))).flat()
    assert.deepEqual(keys.sort(), IDS.flatMap(slicesOf).map(keyOf).sort())
  })

  it('goes on where a connection broke: the same samples behind the first N, byte for byte', async () => {
    const whole = await app.bytes('/v1/webdataset.tar?shuffle=7')
    const all = expectedOrder(7)
    for (const start of [1, 40, 65, all.length - 1, all.length, 1000]) {
      const rest = await app.bytes(`/v1/webdataset.tar?shuffle=7&start=${start}`)
      assert.ok(whole.subarray(whole.length - rest.length).equals(rest))
      assert.deepEqual((await filesOf(rest)).filter(({ name }) => name.endsWith('.json')).map(({ name }) => name.slice(0, -5)), all.slice(start))
    }
  })

  it('shuffles a later epoch by another seed', async () => {
    const studies = byHash(IDS, (id) => `7.2:${id}`)
    const first = byHash(studies.slice(0, 16).flatMap(slicesOf), ({ id, index }) => `7.2:${id}:${index}`).map(keyOf)
    assert.deepEqual((await keysOf('shuffle=7&epoch=2')).slice(0, first.length), first)
  })

  describe('with even', () => {
    const whole = Array.from({ length: 3 }, (_, shard) => expectedOrder(7, shard, 3))
    const [least, most] = [Math.min(...whole.map(({ length }) => length)), Math.max(...whole.map(({ length }) => length))]
    const again = (keys: string[]) => [...keys, ...keys.map((key) => `${key}_r1`)]

    it('cuts every shard where the shortest ends', async () => {
      assert.ok(least < most)
      for (const [shard, keys] of whole.entries()) assert.deepEqual(await keysOf(`shuffle=7&shard=${shard}&shards=3&even=cut`), keys.slice(0, least))
    })

    it('begins a short shard again, under other names', async () => {
      for (const [shard, keys] of whole.entries()) assert.deepEqual(await keysOf(`shuffle=7&shard=${shard}&shards=3&even=pad`), again(keys).slice(0, most))
    })

    it('goes on behind the first N, in the repeats too', async () => {
      const shard = whole.findIndex(({ length }) => length === least)
      assert.deepEqual(await keysOf(`shuffle=7&shard=${shard}&shards=3&even=pad&start=${least}`), again(whole[shard]!).slice(least, most))
    })

    it('says which shard has nothing to repeat', async () => {
      assertProblem(await app.get('/v1/webdataset.tar?shard=0&shards=21&even=pad'), 400, 'invalid-request', ['shards'])
    })
  })

  it('draws equal shares with balance, a slice that comes again under another name', async () => {
    const keys = await keysOf('shuffle=7&balance=category')
    const total = COUNTS.reduce((a, b) => a + b)
    assert.deepEqual([keys.length, new Set(keys).size], [total, total])
    const shares = [0, 1, 2, 3, 4].map((severity) => keys.filter((key) => IDS.indexOf(key.slice(0, 10)) % 5 === severity).length)
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, shares.join())
  })

  it('counts the studies that pass the study filters, and then selects slices', async () => {
    const some = IDS.filter((_, n) => [1, 2].includes(n % 5))
    assert.deepEqual(await keysOf('category=CT-1,CT-2&shuffle=1&shard=1&shards=2'), expectedOrder(1, 1, 2, some))
    const lesion = expectedOrder(7, 0, 1, IDS.slice(0, 4)).filter((key) => Number(key.slice(-3)) < 4)
    assert.deepEqual(await keysOf('annotated=true&lesion=true&shuffle=7'), lesion)
  })

  it('gives masks if asked for', async () => {
    const files = await filesOf(await app.bytes('/v1/webdataset.tar?annotated=true&arrays=image,mask'))
    assert.deepEqual(files.slice(0, 3).map(({ name }) => name), ['study_0001_000.image.npy', 'study_0001_000.mask.npy', 'study_0001_000.json'])
    const mask = files[4]!.bytes
    assert.match(String(mask.subarray(0, 128)), /'descr': '\|u1'.*'shape': \(3, 4\)/)
    assert.deepEqual([...mask.subarray(128)], Array.from({ length: 12 }, (_, at) => at % 4 === 1 ? 1 : 0))
  })

  it('tells before the first byte which study has no mask, or gives zeros', async () => {
    const refused = await app.get('/v1/webdataset.tar?arrays=image,mask')
    assertProblem(refused, 404, 'mask-not-found')
    assert.match(refused.body.detail, /study_0005/)
    const files = await filesOf(await app.bytes('/v1/webdataset.tar?arrays=mask&missingMask=zeros&category=CT-4'))
    assert.deepEqual([...files[0]!.bytes.subarray(128)], Array(12).fill(0))
  })

  it('gives arrays as they are asked for', async () => {
    const [first] = await filesOf(await app.bytes('/v1/webdataset.tar?dtype=float32&window=0,100&size=8x6'))
    assert.match(String(first!.bytes.subarray(0, 128)), /'descr': '<f4'.*'shape': \(6, 8\)/)
    assert.equal(first!.bytes.length, 128 + 6 * 8 * 4)
  })

  it('has a validator of its meaning', async () => {
    const { headers } = await app.request.head('/v1/webdataset.tar?shuffle=7')
    assert.equal(headers['content-type'], 'application/x-tar')
    assert.equal((await app.get('/v1/webdataset.tar?shuffle=7').set('if-none-match', headers.etag!)).status, 304)
    assert.notEqual((await app.request.head('/v1/webdataset.tar?shuffle=8')).headers.etag, headers.etag)
  })

  it('refuses what makes no sense', async () => {
    for (const [query, ...parameters] of [['arrays=label', 'arrays'], ['start=-1', 'start'], ['shard=1', 'shards'], ['dtype=uint8', 'dtype', 'window'], ['limit=3', 'limit'], ['buffer=4', 'buffer']] as const) {
      assertProblem(await app.get(`/v1/webdataset.tar?${query}`), 400, 'invalid-request', parameters)
    }
  })
})
