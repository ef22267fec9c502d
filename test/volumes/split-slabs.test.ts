import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { DecodeTask } from '../../src/threads/tasks.js'
import { contentOf } from '../gzip/gzip-streams.js'
import { makeNifti } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'

const NK = 5
const SLAB = 512 * 512 * 2
const content = Buffer.concat([makeNifti({ shape: [512, 512, NK] }).subarray(0, 352), contentOf('ct', NK * SLAB, 7)])
const slab = (k: number) => content.subarray(352 + k * SLAB, 352 + (k + 1) * SLAB)

describe('a slice of CT at its full size', async () => {
  const app = await buildTestApp({ after }, { studies: [{ image: gzipSync(content) }], config: { decodeThreads: 2 } })
  const { pool, catalog } = app.services
  const begun: DecodeTask[] = []
  const submit = pool.submit.bind(pool)
  pool.submit = ((name: 'decode', task: DecodeTask, priority: 'now') => {
    if (name === 'decode') begun.push(task)
    return submit(name, task, priority)
  }) as typeof pool.submit
  const cold = async (k: number) => await app.bytes(`/v1/studies/study_0001/image/slices/${k}.raw`)

  it('has an access point before its start, and as the budget allows one before its middle', () => {
    const offsets = catalog['database'].prepare('SELECT out_offset FROM access_points ORDER BY 1').pluck().all() as number[]
    const near = (at: number) => offsets.some((offset) => offset <= at && offset > at - SLAB / 4)
    assert.ok(Array.from({ length: NK }, (_, k) => near(352 + k * SLAB)).every(Boolean), offsets.join())
    assert.ok(Array.from({ length: NK }, (_, k) => near(352 + (k + 0.5) * SLAB)).some(Boolean), offsets.join())
  })

  it('is inflated by two threads where both are free and wake at once, and is right to the byte', async (t) => {
    t.mock.getter(pool, 'wakesLate', () => false)
    for (const k of [3, 1, 4, 0, 2]) assert.ok((await cold(k)).equals(slab(k)), `slice ${k}`)
    const halves = begun.filter(({ pieces }) => pieces.length === 1)
    assert.ok(halves.length >= 2 && halves.length % 2 === 0, `${halves.length} halves`)
    assert.deepEqual(new Set(halves.map(({ pieces }) => pieces[0]!.bytes)), new Set([SLAB / 2]))
  })

  it('is inflated by one thread on a machine that has no core free for a second one', async (t) => {
    const busy = await buildTestApp(t, { studies: [{ image: gzipSync(content) }], config: { decodeThreads: 2 } })
    t.mock.getter(busy.services.pool, 'wakesLate', () => true)
    const decode = t.mock.method(busy.services.pool, 'submit')
    for (const k of [3, 1, 4, 0, 2]) assert.ok((await busy.bytes(`/v1/studies/study_0001/image/slices/${k}.raw`)).equals(slab(k)), `slice ${k}`)
    const tasks = decode.mock.calls.filter((call) => call.arguments[0] === 'decode').map((call) => call.arguments[1] as DecodeTask)
    assert.ok(tasks.length > 0 && tasks.every(({ pieces }) => pieces.length % 2 === 0), 'no half stands alone')
  })
})
