import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Part } from '../../src/training/bulk-reader.js'
import { planArray } from '../../src/views/slice-plan.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'

const [SIDE, NK] = [256, 20]
const SLICE = SIDE * SIDE * 2
const files = [1, 2, 3, 4].map((seed) => Buffer.concat([makeNifti({ shape: [SIDE, SIDE, NK] }).subarray(0, 352), contentOf('ct', NK * SLICE, seed)]))
const expected = (study: number, k: number) => files[study - 1]!.subarray(352 + k * SLICE, 352 + (k + 1) * SLICE)
// A block is a thirty-second of the cache: 512 KiB, four slices.
const { services, dataset } = await buildTestApp({ after }, { studies: files.map((file) => ({ image: gzipSync(file) })), config: { cacheBytes: 16 * 2 ** 20 } })
const { bulk, volumes, cache, pool } = services

const slice = (study: number, index: number, plane: 'axial' | 'coronal' = 'axial'): Part =>
  ({ slice: planArray(volumes.open(`study_000${study}`, 'image'), { format: 'raw', plane, index, orientation: 'native', dtype: undefined, window: undefined, size: undefined, aspect: 'voxel' } as Parameters<typeof planArray>[1]) })

async function read (parts: Part[]): Promise<Buffer[]> {
  const blocks: Buffer[] = []
  for await (const block of bulk.blocks(parts)) {
    blocks.push(Buffer.concat(block.chunks))
    block.release()
  }
  return blocks
}

/** Nothing is held any more, once what was begun has ended. */
async function assertLetGo (): Promise<void> {
  for (let left = 200; left > 0 && (cache.isHeld || pool.stats.running > 0); left--) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(cache.isHeld, false)
}

describe('bulk reading', () => {
  it('gives slices of many studies in the order asked for, with what stands around them', async () => {
    const wanted = Array.from({ length: 30 }, (_, n) => [1 + n % 3, n * 7 % NK] as const)
    const parts = wanted.map(([study, k]) => ({ before: Buffer.from(`<${study}.${k}>`), ...slice(study, k), after: Buffer.from('.') }))
    const whole = Buffer.concat(await read(parts))
    assert.ok(whole.equals(Buffer.concat(wanted.flatMap(([study, k]) => [Buffer.from(`<${study}.${k}>`), expected(study, k), Buffer.from('.')]))))
    await assertLetGo()
  })

  it('sends blocks of a bounded size, one slice at least', async () => {
    const blocks = await read(Array.from({ length: 10 }, (_, k) => slice(1, k)))
    assert.deepEqual(blocks.map(({ length }) => length / SLICE), [4, 4, 2])
    const coronal = await read([slice(1, 0, 'coronal'), slice(1, 1, 'coronal')])
    // One across the slabs weighs as much as its volume, so each is a block.
    assert.deepEqual(coronal.map(({ length }) => length), [SIDE * NK * 2, SIDE * NK * 2])
    await assertLetGo()
  })

  it('of a coronal slice are the voxels of one j', async () => {
    const [found] = await read([slice(2, 17, 'coronal')])
    const byHand = Buffer.concat(Array.from({ length: NK }, (_, k) => expected(2, k).subarray(17 * SIDE * 2, 18 * SIDE * 2)))
    assert.ok(found!.equals(byHand))
  })

  it('says which part failed, after everything before it was sent', async () => {
    const parts = [0, 1, 2, 3].map((k) => slice(1, k)).concat({ ...slice(4, 0), explain: (error) => new Error(`part 4: ${error.name}`) })
    rmSync(dataset.image('study_0004'))
    const sent: Buffer[] = []
    await assert.rejects(async () => {
      for await (const block of bulk.blocks(parts)) {
        sent.push(Buffer.concat(block.chunks))
        block.release()
      }
    }, /^Error: part 4: /)
    assert.ok(Buffer.concat(sent).equals(Buffer.concat([0, 1, 2, 3].map((k) => expected(1, k)))))
    await assertLetGo()
  })

  it('stops the reads in flight when its client disconnects', async () => {
    const blocks = bulk.blocks(Array.from({ length: 40 }, (_, n) => slice(1 + n % 2, n % NK)))
    const { value } = await blocks.next() as { value: { release: () => void } }
    await blocks.return(undefined)
    value.release()
    await assertLetGo()
  })

  it('waits for a part\'s gate before it reads it', async () => {
    let open!: () => void
    const gate = new Promise<void>((resolve) => { open = resolve })
    const blocks = bulk.blocks([{ ...slice(2, 9), gate }])
    let isThere = false
    const first = blocks.next().then((result) => { isThere = true; return result })
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(isThere, false)
    open()
    const { value } = await first as { value: { chunks: Uint8Array[], release: () => void } }
    assert.ok(Buffer.concat(value.chunks).equals(expected(2, 9)))
    value.release()
    await blocks.return(undefined)
  })
})
