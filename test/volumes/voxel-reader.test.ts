import assert from 'node:assert/strict'
import { after, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { FORMS } from '../../src/volumes/voxel-form.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'

const NK = 40
const SLAB = 128 * 128 * 2
const content = Buffer.concat([makeNifti({ shape: [128, 128, NK] }).subarray(0, 352), contentOf('ct', NK * SLAB, 1)])
const expected = (k: number) => content.subarray(352 + k * SLAB, 352 + (k + 1) * SLAB)
// Eight copies, so that each test has a volume that nobody has read.
const { services } = await buildTestApp({ after }, { studies: Array.from({ length: 8 }, () => ({ image: gzipSync(content) })) })
const { reader, volumes, cache, pool } = services

let study = 0
let form: ReturnType<typeof FORMS.voxels>
const isDecoded = (k: number) => cache.has(form.key, k)
const atRest = async () => { while (pool.stats.running + pool.stats.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5)) }

describe('a reader of voxels', () => {
  beforeEach(() => { form = FORMS.voxels(volumes.open(`study_000${++study}`, 'image')) })

  it('gives each k as the file has it, from memory that is held until it is released', async () => {
    const lease = await reader.read(form, [3, 17, 18])
    for (const k of [3, 17, 18]) assert.ok(lease.view(k).equals(expected(k)), `k ${k}`)
    assert.deepEqual(lease.placed.map(({ k }) => k), [3, 17, 18])
    assert.equal(cache.isHeld, true)
    lease.release()
    assert.equal(cache.isHeld, false)
  })

  it('says miss where nothing of the volume is decoded, partial where some of it is, and hit where the wanted slice is', async () => {
    for (const [k, cached] of [[0, 'miss'], [30, 'partial'], [0, 'hit'], [30, 'hit']] as const) {
      const lease = await reader.read(form, [k])
      assert.equal(lease.cache, cached, `k ${k}`)
      assert.equal(lease.decodeMs > 0, cached !== 'hit')
      lease.release()
    }
  })

  it('holds all of what is asked for, or nothing', async () => {
    const one = await reader.read(form, [5])
    one.release()
    assert.equal(isDecoded(39), false)
    assert.equal(reader.held(form, [5, 39]), undefined)
    assert.equal(cache.isHeld, false)
    const held = reader.held(form, [5])!
    assert.ok(held.view(5).equals(expected(5)))
    held.release()
  })

  it('releases once, however often it is told to', async () => {
    const [first, second] = [await reader.read(form, [1]), await reader.read(form, [1])]
    first.release()
    first.release()
    assert.equal(cache.isHeld, true, 'the second still holds it')
    assert.ok(second.view(1).equals(expected(1)))
    second.release()
    assert.equal(cache.isHeld, false)
  })

  it('reads several volumes together, and says partial where their facts differ', async () => {
    const other = FORMS.voxels(volumes.open('study_0001', 'image'))
    const leases = await reader.readTogether([{ form, ks: [7] }, { form: other, ks: [20] }])
    assert.deepEqual(leases.leases.map(({ cache: use }) => use), ['miss', 'partial'])
    assert.equal(leases.cache, 'partial')
    assert.ok(leases.leases[0]!.view(7).equals(expected(7)) && leases.leases[1]!.view(20).equals(expected(20)))
    leases.release()
    assert.equal(cache.isHeld, false)
  })

  it('decodes ahead of a client that reads one k after the other, from the third on', async () => {
    for (const k of [10, 11]) reader.noteRead(form, k)
    await atRest()
    assert.equal(isDecoded(12), false)
    reader.noteRead(form, 12)
    await atRest()
    // Sixteen slabs ahead.
    assert.deepEqual([12, 13, 28, 29].map(isDecoded), [false, true, true, false])
    assert.equal(cache.isHeld, false)
  })

  it('does not decode ahead of a client that jumps, or goes back', async () => {
    for (const k of [10, 11, 13, 14, 16, 15, 14, 13]) reader.noteRead(form, k)
    await atRest()
    for (let k = 0; k < NK; k++) assert.equal(isDecoded(k), false, `k ${k}`)
  })

  it('decodes ahead up to the volume\'s end', async () => {
    reader.decodeAhead(form, NK - 2)
    await atRest()
    assert.deepEqual([NK - 3, NK - 2, NK - 1].map(isDecoded), [false, true, true])
  })
})
