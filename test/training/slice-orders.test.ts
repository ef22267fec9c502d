import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { Catalog } from '../../src/catalog/catalog.js'
import { openDatabase } from '../../src/catalog/database.js'
import { ShortHashes } from '../../src/training/short-hashes.js'
import { SliceOrders } from '../../src/training/slice-orders.js'
import { SliceSet } from '../../src/training/slice-set.js'
import { wholeOrder } from '../../src/training/whole-order.js'
import { makeCatalog, SLICES_A_STUDY } from '../support/generated-catalog.js'
import { makeDataset } from '../support/test-dataset.js'
import { sourceFile } from '../support/source-file.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('hashes of short texts', () => {
  for (const length of [1, 2, 17, 44, 45, 46, 55, 56, 64, 119]) {
    it(`are those of node:crypto behind a prefix of ${length} characters`, () => {
      const prefix = 'x:y.z-'.repeat(20).slice(0, length)
      const numbers = [0, 9, 10, 99, 100, 4095, 4096, 65535, 99999, 2 ** 31, 2 ** 32 - 1]
      const heads = new Uint32Array(numbers.length)
      new ShortHashes().headsOf(prefix, (n) => numbers[n]!, numbers.length, heads, 0)
      assert.deepEqual(Array.from(heads, (head) => head.toString(16).padStart(8, '0')), numbers.map((number) => sha256(prefix + String(number)).slice(0, 8)))
    })
  }

  it('are the same where there is no WebAssembly', () => {
    const script = `import { ShortHashes } from ${JSON.stringify(sourceFile('training/short-hashes'))}; const heads = new Uint32Array(3); new ShortHashes().headsOf('7:a:', (n) => n, 3, heads, 0); console.log(heads.join())`
    const { stdout, stderr } = spawnSync(process.execPath, ['--jitless', '--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.equal(stdout, `${[0, 1, 2].map((n) => parseInt(sha256(`7:a:${n}`).slice(0, 8), 16)).join()}\n`, stderr)
  })

  it('are the same for more numbers than are hashed at a time', () => {
    const count = 10_001
    const heads = new Uint32Array(count + 3)
    new ShortHashes().headsOf('7:round:', (n) => n, count, heads, 2)
    for (const n of [0, 1, 4095, 4096, 8191, 8192, count - 1]) assert.equal(heads[n + 2], parseInt(sha256(`7:round:${n}`).slice(0, 8), 16), String(n))
    assert.deepEqual([heads[0], heads[1], heads[count + 2]], [0, 0, 0])
  })
})

describe('the order of a whole set of slices', () => {
  it('is that of the hex SHA-256, also where the first 32 bits of two are the same', () => {
    // 300,000 hashes of 32 bits have ten such pairs.
    const ids = Array.from({ length: 3000 }, (_, n) => `study_${n}`)
    const set = SliceSet.of(ids, new Uint32Array(3000).fill(100), null)
    const order = wholeOrder(set, '7.2')
    const hashes = Array.from(order, (slice) => sha256(`7.2:${ids[Math.floor(slice / 100)]}:${slice % 100}`))
    assert.ok(hashes.some((hash, n) => n > 0 && hash.slice(0, 8) === hashes[n - 1]!.slice(0, 8)), 'the case is there')
    assert.ok(hashes.every((hash, n) => n === 0 || hashes[n - 1]! < hash))
    assert.equal(new Set(order).size, 300_000)
  })
})

describe('orders of a large catalog', () => {
  it('are worked out in a thread: others get their turn, and each order is worked out once', async (t) => {
    const { catalogFile } = makeCatalog(makeDataset(t, []).path('generated'), 1000)
    const catalog = new Catalog(openDatabase(catalogFile))
    const orders = new SliceOrders(catalog)
    t.after(async () => {
      await orders.close()
      catalog.close()
    })
    const hash = t.mock.method(ShortHashes.prototype, 'headsOf')
    let turns = 0
    const count = setInterval(() => turns++, 1)
    const [first, second] = await Promise.all([orders.order({ studies: {} }, '7'), orders.order({ studies: {} }, '7')])
    clearInterval(count)
    assert.equal(hash.mock.callCount(), 0, 'nothing is hashed here')
    assert.ok(turns > 0, 'the event loop went on')
    assert.equal(first, second)
    assert.equal(first.length, SLICES_A_STUDY * catalog.ask.counts().ready)
    // Four bytes a slice, and as many a study as its place takes: no object for each.
    assert.ok(first.bytes < 5 * first.length)
  })

  it('are the same slices in a thread as here, whatever is asked of single slices', async (t) => {
    const { catalogFile } = makeCatalog(makeDataset(t, []).path('generated'), 1000)
    const catalog = new Catalog(openDatabase(catalogFile))
    const orders = new SliceOrders(catalog)
    t.after(async () => {
      await orders.close()
      catalog.close()
    })
    const sql = (text: string) => (catalog['database'].prepare(text).raw().all() as [string, number][]).map(([study, index]) => `${study}:${index}`)
    const byHash = (seed: string, keys: string[]) => keys.sort((a, b) => sha256(`${seed}:${a}`) < sha256(`${seed}:${b}`) ? -1 : 1)
    for (const [filter, where] of [
      [{ minLungFraction: 0.25 }, 'lung_fraction >= 0.25'],
      [{ lesion: true }, 'lesion_pixels > 0'],
      [{ lesion: false }, 'lesion_pixels = 0'],
      [{ minLesionPixels: 2000, minLungFraction: 0.1 }, 'lesion_pixels >= 2000 AND lung_fraction >= 0.1']
    ] as const) {
      const order = await orders.order({ studies: { category: ['CT-1', 'CT-2'] }, ...filter }, '3')
      const expected = byHash('3', sql(`SELECT study_id, slice FROM slices JOIN studies ON id = study_id WHERE category IN ('CT-1', 'CT-2') AND ${where}`))
      assert.ok(expected.length > 100)
      assert.deepEqual(Array.from({ length: order.length }, (_, n) => order.at(n)).map(({ study, index }) => `${study}:${index}`), expected, where)
    }
  })
})
