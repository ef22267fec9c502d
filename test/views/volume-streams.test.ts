import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { InvalidRequest } from '../../src/errors.js'
import type { AxisRange, StreamPlan, VolumeQuery } from '../../src/views/volume-streams.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'

const [NI, NJ, NK] = [100, 80, 12]
const file = Buffer.concat([makeNifti({ shape: [NI, NJ, NK] }).subarray(0, 352), contentOf('ct', NI * NJ * NK * 2, 3)])
const { services } = await buildTestApp({ after }, { studies: [{ image: gzipSync(file) }] })
const { streams, volumes, cache, pool } = services
const volume = () => volumes.open('study_0001', 'image')
const query = (changes: Partial<VolumeQuery> = {}): VolumeQuery => ({ format: 'raw', dtype: undefined, window: undefined, box: [undefined, undefined, undefined], ...changes })

/** A box of the file's voxels, cut out by hand. */
function boxOf ([i0, i1]: AxisRange, [j0, j1]: AxisRange, [k0, k1]: AxisRange): Buffer {
  const rows: Buffer[] = []
  for (let k = k0; k < k1; k++) for (let j = j0; j < j1; j++) rows.push(file.subarray(352 + 2 * (i0 + NI * (j + NJ * k)), 352 + 2 * (i1 + NI * (j + NJ * k))))
  return Buffer.concat(rows)
}

async function read (plan: StreamPlan, range: AxisRange): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const part of streams.stream(plan, range, new AbortController().signal)) {
    chunks.push(...part.chunks.map((chunk) => Buffer.from(chunk)))
    part.release()
  }
  return Buffer.concat(chunks)
}

/** Nothing is held any more, once what was begun ahead has ended. */
async function assertLetGo (): Promise<void> {
  for (let left = 200; left > 0 && (cache.isHeld || pool.stats.running > 0); left--) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(cache.isHeld, false)
}

describe('a stream of a volume', () => {
  it('is the voxels in the order of the file', async () => {
    const plan = streams.planArray(volume(), query())
    assert.deepEqual([plan.length, plan.shape, plan.dtype], [NI * NJ * NK * 2, [NK, NJ, NI], 'int16'])
    assert.ok((await read(plan, [0, plan.length])).equals(file.subarray(352)))
  })

  it('is a box, along any axes', async () => {
    const box = [[3, 97], [10, 11], [2, 9]] as const
    const plan = streams.planArray(volume(), query({ box }))
    assert.deepEqual(plan.shape, [7, 1, 94])
    assert.ok((await read(plan, [0, plan.length])).equals(boxOf(...box)))
    const open = streams.planArray(volume(), query({ box: [undefined, undefined, [10, Infinity]] }))
    assert.ok((await read(open, [0, open.length])).equals(boxOf([0, NI], [0, NJ], [10, NK])))
  })

  it('is the file itself, head and all', async () => {
    const plan = streams.planFile(volume())
    assert.ok((await read(plan, [0, plan.length])).equals(file))
  })

  it('gives any range of bytes: within the head, across it, across slabs', async () => {
    const plans = [streams.planArray(volume(), query({ format: 'npy' })), streams.planFile(volume()), streams.planArray(volume(), query({ format: 'npy', box: [[1, 50], undefined, [1, 8]] }))]
    const wholes = await Promise.all(plans.map(async (plan) => await read(plan, [0, plan.length])))
    assert.equal(wholes[0]!.subarray(1, 6).toString(), 'NUMPY')
    await fc.assert(fc.asyncProperty(fc.nat(2), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(40_000), async (n, at, bytes) => {
      const start = Math.floor(at * plans[n]!.length)
      const stop = Math.min(plans[n]!.length, start + bytes + 1)
      assert.ok((await read(plans[n]!, [start, stop])).equals(wholes[n]!.subarray(start, stop)), `${start}-${stop}`)
    }), { numRuns: 60 })
    await assertLetGo()
  })

  it('lets go of everything when its reader leaves in the middle', async () => {
    const plan = streams.planArray(volume(), query())
    const parts = streams.stream(plan, [0, plan.length], new AbortController().signal)
    const { value } = await parts.next() as { value: { release: () => void } }
    await parts.return(undefined)
    value.release()
    await assertLetGo()
  })

  it('refuses a range outside the volume, by the axis and with its size', () => {
    for (const [box, text] of [
      [[undefined, [0, NJ + 1], undefined], `0:${NJ + 1} is not start:stop with 0 <= start < stop <= ${NJ}`],
      [[undefined, [5, 5], undefined], `5:5 is not start:stop with 0 <= start < stop <= ${NJ}`]
    ] as const) {
      assert.throws(() => streams.planArray(volume(), query({ box })), (error: Error) => error instanceof InvalidRequest && JSON.stringify(error).includes('"j"') && JSON.stringify(error).includes(text))
    }
  })

  it('has a tag of its own for each format, type, window and box', () => {
    const tags = [query(), query({ format: 'npy' }), query({ dtype: 'float32' }), query({ dtype: 'float32', window: { center: 40, width: 400 } }), query({ box: [undefined, undefined, [0, 3]] })]
      .map((one) => streams.planArray(volume(), one).etag)
    assert.equal(new Set([...tags, streams.planFile(volume()).etag]).size, tags.length + 1)
  })
})
