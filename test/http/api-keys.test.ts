import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const { get, request } = await buildTestApp({ after }, { config: { apiKeys: ['first-key', 'second-key'], corsOrigins: ['*'] } })

const CLOSED = ['/v1/studies', '/v1/dataset', '/v1/studies/study_0001/image/slices/0.png', '/v1/studies/study_0001/image.nii.gz', '/metrics', '/nothing', '/dicomweb/studies']

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

describe('where keys are configured', () => {
  it('a request without one is unauthorized', async () => {
    for (const path of CLOSED) {
      const response = await get(path)
      assertProblem(response, 401, 'unauthorized')
      assert.equal(response.headers['www-authenticate'], 'Bearer')
    }
    assert.equal((await request.post('/v1/studies')).status, 401)
    assert.equal((await request.head('/v1/studies')).status, 401)
  })

  it('a wrong one is, too', async () => {
    for (const [name, value] of [['Authorization', 'Bearer first-ke'], ['Authorization', 'Basic first-key'], ['Authorization', basic('first-key', 'lab')], ['Authorization', `Basic ${Buffer.from('first-key').toString('base64')}`], ['Authorization', 'first-key'], ['X-API-Key', 'third-key'], ['X-API-Key', '']] as const) {
      assertProblem(await get('/v1/studies').set(name, value), 401, 'unauthorized')
    }
  })

  it('each is accepted as a bearer token, as X-API-Key, or as the password of Basic with any user name', async () => {
    for (const key of ['first-key', 'second-key']) {
      assert.equal((await get('/v1/studies').set('Authorization', `Bearer ${key}`)).status, 200)
      assert.equal((await get('/v1/studies').set('Authorization', `bearer ${key}`)).status, 200)
      assert.equal((await get('/v1/studies').set('X-API-Key', key)).status, 200)
      for (const name of ['', 'lab', 'Änne']) assert.equal((await get('/dicomweb/studies').set('Authorization', basic(name, key))).status, 200)
    }
  })

  it('health and readiness need none', async () => {
    assert.equal((await get('/healthz')).status, 200)
    assert.equal((await get('/readyz')).status, 200)
  })

  it('shared caches keep nothing', async () => {
    const response = await get('/v1/studies/study_0001/image/slices/0.png').set('X-API-Key', 'first-key')
    assert.match(response.headers['cache-control']!, /private/)
  })

  it('a preflight needs none, and a 401 is readable across origins', async () => {
    assert.equal((await request.options('/v1/studies').set('Origin', 'https://a.example').set('Access-Control-Request-Method', 'GET')).status, 204)
    assert.equal((await get('/v1/studies').set('Origin', 'https://a.example')).headers['access-control-allow-origin'], '*')
  })
})
