import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KeyRing } from '../../src/http/access/key-ring.js'
import { buildTestApp } from '../support/test-app.js'

const config = { apiKeys: ['radiology=secret', 'other-secret'] }
const SLICE = '/v1/studies/study_0001/image/slices/1.png'

describe('signing in with a browser', () => {
  it('exchanges a key for a cookie that no script reads and no other site uses', async (t) => {
    const { request } = await buildTestApp(t, { config })
    const { status, headers } = await request.post('/session').send({ key: 'secret' })
    assert.equal(status, 204)
    const [cookie] = headers['set-cookie'] as unknown as string[]
    assert.match(cookie!, /^niiserve_session=\d{13}\.[\w-]{43}; Max-Age=43200; HttpOnly; SameSite=Strict$/)
    assert.doesNotMatch(cookie!, /secret|radiology/)
    const behindTls = await request.post('/session').set('x-forwarded-proto', 'https').send({ key: 'secret' })
    assert.match(String(behindTls.headers['set-cookie']), /; Secure$/)
  })

  it('opens reads, hot or not, and no writes', async (t) => {
    const { request } = await buildTestApp(t, { config })
    const signedIn = await request.post('/session').send({ key: 'secret' })
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!
    for (let n = 0; n < 3; n++) assert.equal((await request.get(SLICE).set('cookie', `a=b; ${cookie}`)).status, 200)
    assert.equal((await request.head('/v1/studies').set('cookie', cookie)).status, 200)
    assert.equal((await request.get('/docs/').set('cookie', cookie)).status, 200)
    assert.equal((await request.post('/v1/batches.raw').set('cookie', cookie).send({ items: [{ study: 'study_0001', index: 0 }] })).status, 401)
    assert.deepEqual((await request.get('/session').set('cookie', cookie)).body, { needsKey: true, holder: 'radiology' })
    assert.deepEqual((await request.get('/session')).body, { needsKey: true, holder: null })
  })

  it('refuses wrong keys, cookies that are made up, over, or of a key that was taken away', async (t) => {
    const { app, request } = await buildTestApp(t, { config })
    assert.equal((await request.post('/session').send({ key: 'wrong' })).status, 401)
    assert.equal((await request.post('/session').send({})).status, 400)
    const signedIn = await request.post('/session').send({ key: 'secret' })
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!
    const [, time, signature] = /=(\d+)\.(.*)/.exec(cookie)!
    for (const wrong of [`${Number(time) + 1}.${signature!}`, `${time!}.${'A'.repeat(43)}`, 'secret', '']) {
      assert.equal((await request.get(SLICE).set('cookie', `niiserve_session=${wrong}`)).status, 401, wrong)
    }
    app.keyRing.replace(['other-secret'])
    assert.equal((await request.get(SLICE).set('cookie', cookie)).status, 401)
  })

  it('ends by signing out, and by itself', async (t) => {
    const { request } = await buildTestApp(t, { config })
    assert.match(String((await request.delete('/session')).headers['set-cookie']), /^niiserve_session=; Max-Age=0;/)
    const ring = new KeyRing(['secret'])
    const token = ring.tokenFor('secret', 2_000_000_000_000)!
    assert.equal(ring.holderOfToken(token, 1_999_999_999_999), 'key-1')
    assert.equal(ring.holderOfToken(token, 2_000_000_000_000), null)
  })

  it('is not required if no keys are configured', async (t) => {
    const { request } = await buildTestApp(t)
    assert.deepEqual((await request.get('/session')).body, { needsKey: false, holder: null })
  })
})
