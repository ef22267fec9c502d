import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planDecode, RUN_BYTES } from '../../src/volumes/decode-plan.js'

const SLAB = 2 ** 19 // a CT slice of 512 x 512 int16
const layout = { shape: [512, 512, 40] as [number, number, number], voxOffset: 352, sliceBytes: SLAB }
const pointAt = (outOffset: number, id: number) => ({ id, outOffset, inOffset: 10 * id, bit: id % 8 })
const map = (points: ReturnType<typeof pointAt>[]) => ({ ends: new Float64Array(40), crcs: new Uint32Array(40), points })
/** One point a little before each slab. */
const dense = map(Array.from({ length: 40 }, (_, k) => pointAt(Math.max(0, 352 + k * SLAB - 1000), k)))
const NEVER = () => false
const ALWAYS = () => true
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

describe('planDecode', () => {
  it('begins one slab at the last point before it', () => {
    assert.deepEqual(planDecode(layout, dense, 17, Infinity, NEVER, ALWAYS), { ks: [17], point: dense.points[17] })
    const exact = map([pointAt(0, 0), pointAt(352 + 5 * SLAB, 1)])
    assert.equal(planDecode(layout, exact, 5, 0, NEVER, ALWAYS).point, exact.points[1], 'a point at the very byte serves')
    assert.equal(planDecode(layout, exact, 4, 0, NEVER, ALWAYS).point, exact.points[0])
  })

  it('takes along the slabs that are asked for behind it, up to a run', () => {
    const perRun = RUN_BYTES / SLAB
    assert.deepEqual(planDecode(layout, dense, 3, Infinity, ALWAYS, ALWAYS).ks, range(3, 3 + perRun))
    assert.deepEqual(planDecode(layout, dense, 3, Infinity, (k) => k === 4, ALWAYS).ks, [3, 4])
    assert.deepEqual(planDecode(layout, dense, 3, Infinity, (k) => k === 5, ALWAYS).ks, [3], 'not across a gap')
    assert.deepEqual(planDecode(layout, dense, 38, Infinity, ALWAYS, ALWAYS).ks, [38, 39])
  })

  it('keeps the whole stretch where points are far apart, as in masks', () => {
    const sparse = map([pointAt(0, 0), pointAt(352 + 10 * SLAB + 5, 1), pointAt(352 + 30 * SLAB, 2)])
    // From the second point on: slab 11 is the first that lies wholly behind it, slab 30 the next point's.
    assert.deepEqual(planDecode(layout, sparse, 20, Infinity, NEVER, ALWAYS), { ks: range(11, 30), point: sparse.points[1] })
    assert.deepEqual(planDecode(layout, sparse, 10, Infinity, NEVER, ALWAYS), { ks: range(0, 11), point: sparse.points[0] }, 'slab 10 begins before the point, so it is of the first stretch')
    assert.deepEqual(planDecode(layout, sparse, 39, Infinity, NEVER, ALWAYS).ks, range(30, 40))
  })

  it('leaves out of a stretch what is there already', () => {
    const sparse = map([pointAt(0, 0)])
    assert.deepEqual(planDecode(layout, sparse, 8, Infinity, NEVER, (k) => k % 2 === 1).ks, [1, 3, 5, 7, 8, 9, ...range(5, 20).map((n) => 2 * n + 1)])
  })

  it('keeps no stretch that is more than may be kept', () => {
    const sparse = map([pointAt(0, 0)])
    assert.deepEqual(planDecode(layout, sparse, 8, 4 * SLAB, NEVER, ALWAYS), { ks: [8], point: sparse.points[0] })
  })

  it('begins at the start of the file where no point is', () => {
    assert.equal(planDecode(layout, map([]), 2, 0, NEVER, ALWAYS).point, null)
    assert.equal(planDecode(layout, map([pointAt(352 + 9 * SLAB, 0)]), 2, 0, NEVER, ALWAYS).point, null)
  })

  it('needs no point in an uncompressed file', () => {
    assert.deepEqual(planDecode(layout, { ends: null, crcs: new Uint32Array(40), points: [] }, 30, Infinity, (k) => k < 33, ALWAYS), { ks: [30, 31, 32], point: null })
  })
})
