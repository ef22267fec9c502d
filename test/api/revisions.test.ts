import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'

const FOR_EVER = 'public, max-age=31536000, immutable'
const SLICE = '/v1/studies/study_0001/image/slices/1'

describe('an address that names a revision', () => {
  it('is answered for ever: lists, pictures, arrays, files, of the dataset\'s revision or the study\'s', async (t) => {
    const { json, request } = await buildTestApp(t)
    const { revision } = await json('/v1/dataset')
    const study = await json('/v1/studies/study_0001')
    assert.equal((await json('/v1/studies')).items[0].revision, study.revision)
    for (const path of ['/v1/studies', '/v1/studies.csv', '/v1/stats', '/v1/slices', '/v1/splits', '/v1/studies/study_0001', `${SLICE}.png`, `${SLICE}.npy`, '/v1/studies/study_0001/thumbnail.png', '/v1/studies/study_0001/image.nii.gz']) {
      const plain = await request.get(path)
      for (const rev of path.includes('study_0001') ? [revision, study.revision] : [revision]) {
        const response = await request.get(`${path}?rev=${rev}`)
        assert.deepEqual([response.status, response.headers['cache-control']], [200, FOR_EVER], path)
        assert.deepEqual([response.text ?? response.body, response.headers['etag']], [plain.text ?? plain.body, plain.headers['etag']], path)
      }
      assert.notEqual(plain.headers['cache-control'], FOR_EVER)
    }
  })

  it('is kept by one client only where keys are configured', async (t) => {
    const { request } = await buildTestApp(t, { config: { apiKeys: ['secret'] } })
    const get = async (path: string) => await request.get(path).set('x-api-key', 'secret')
    const { revision } = (await get('/v1/dataset')).body
    assert.equal((await get(`${SLICE}.png?rev=${revision}`)).headers['cache-control'], 'private, max-age=31536000, immutable')
  })

  it('is 410 when the revision is another one, and says which is current; the study\'s own is not another study\'s', async (t) => {
    const { json, request } = await buildTestApp(t, { studies: [{}, {}] })
    const { revision } = await json('/v1/dataset')
    const other = (await json('/v1/studies/study_0002')).revision
    for (const rev of ['0000000000000000', other]) {
      const { status, body, headers } = await request.get(`${SLICE}.png?rev=${rev}`)
      assert.deepEqual([status, body.type, body.revision], [410, 'urn:niiserve:problem:revision-gone', revision])
      assert.match(body.detail, new RegExp(revision))
      assert.equal(headers['cache-control'], 'no-store')
    }
    assert.equal((await request.get('/v1/dataset?rev=1')).status, 400)
  })

  it('is gone at once when the catalog changes, hot or not; a study\'s own stays while the study does', async (t) => {
    const { json, request, services } = await buildTestApp(t, { studies: [{}, {}] })
    const { revision } = await json('/v1/dataset')
    const study = await json('/v1/studies/study_0001')
    const ofDataset = `${SLICE}.png?rev=${revision}`
    const ofStudy = `${SLICE}.png?rev=${study.revision}`
    for (const url of [ofDataset, ofStudy, ofDataset, ofStudy, ofDataset, ofStudy]) {
      const { status, headers } = await request.get(url)
      assert.deepEqual([status, headers['cache-control']], [200, FOR_EVER])
    }
    services.catalog.suspend('study_0002')
    assert.equal((await request.get(ofDataset)).status, 410)
    const { status, headers } = await request.get(ofStudy)
    assert.deepEqual([status, headers['cache-control']], [200, FOR_EVER])
    services.catalog.suspend('study_0001')
    assert.notEqual((await request.get(ofStudy)).status, 200)
  })
})
