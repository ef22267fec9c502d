import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'

// 24 voxels, stored 0, 1, 10, 11, 20, 21, then the same plus 100, 200, 300 (test/support/make-nifti.ts)
const STORED = [0, 1, 10, 11, 20, 21].flatMap((value) => [0, 100, 200, 300].map((k) => k + value))

describe('GET /v1/studies/:studyId/histogram', () => {
  it('counts every voxel once, in the bar its HU lies in', async (t) => {
    const { json } = await buildTestApp(t, { studies: [{ image: {} }] })
    const { counts, below, above, notFinite } = await json('/v1/studies/study_0001/histogram?from=0&to=300&width=10')
    const expected = Array.from({ length: 30 }, (_, n) => STORED.filter((value) => value >= 10 * n && value < 10 * n + 10).length)
    assert.deepEqual([counts, below, above, notFinite], [expected, 0, 6, 0])
  })

  it('scales as the header says, and keeps NaN apart', async (t) => {
    const voxels = [NaN, Infinity, -Infinity, 1, 2, 3, ...Array(18).fill(0)]
    const { json } = await buildTestApp(t, { studies: [{ image: { datatype: 'float32', voxels, slope: 2, inter: -10 } }] })
    assert.deepEqual(await json('/v1/studies/study_0001/histogram?from=-8&to=-4&width=2'), { from: -8, to: -4, width: 2, counts: [1, 1], below: 18, above: 1, notFinite: 3 })
  })

  it('is asked for again with its ETag', async (t) => {
    const { get, request } = await buildTestApp(t, { studies: [{ image: {} }] })
    const { headers } = await get('/v1/studies/study_0001/histogram')
    assert.equal((await request.get('/v1/studies/study_0001/histogram').set('if-none-match', headers['etag']!)).status, 304)
  })

  it('names what does not make whole bars', async (t) => {
    const { get } = await buildTestApp(t, { studies: [{ image: {} }] })
    for (const [query, parameter] of [['from=5&to=5', 'from'], ['from=0&to=10&width=3', 'width'], ['from=-65536&to=65536&width=1', 'width'], ['width=0', 'width']]) {
      const { status, body } = await get(`/v1/studies/study_0001/histogram?${query!}`)
      assert.deepEqual([status, body.errors[0].parameter], [400, parameter], query)
    }
  })
})
