import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config.js'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'

const STUDIES = [{ id: 'study_0001' }, { id: 'study_0002' }]
const nextPage = async ({ get }: TestApp, headers: Record<string, string>, path = '/v1/studies?limit=1') => (await get(path).set(headers)).headers['link']!
const server = async ({ get }: TestApp, path: string, headers: Record<string, string>) => (await get(path).set(headers)).body.servers[0].url

describe('behind a prefix', () => {
  it('links and the servers of the contract begin with what a trusted proxy says', async (t) => {
    const service = await buildTestApp(t, { studies: STUDIES })
    const said = { 'X-Forwarded-Prefix': '/ct/chest/' }
    assert.match(await nextPage(service, said), /^<\/ct\/chest\/v1\/studies\?limit=1&cursor=[^>]+>; rel="next"$/)
    assert.match(await nextPage(service, {}), /^<\/v1\/studies\?/)
    for (const path of ['/openapi.json', '/docs/json']) {
      assert.equal(await server(service, path, said), '/ct/chest', path)
      assert.equal(await server(service, path, {}), '/', path)
    }
  })

  it('nobody else is believed, and nothing that is not a plain path', async (t) => {
    const service = await buildTestApp(t, { studies: STUDIES, config: { trustProxy: ['10.0.0.0/8'] } })
    assert.match(await nextPage(service, { 'X-Forwarded-Prefix': '/ct' }), /^<\/v1\/studies\?/)
    const trusting = await buildTestApp(t, { studies: STUDIES })
    for (const prefix of ['//evil.example', 'https://evil.example', '/a>; rel="license"', '/a b', 'ct', '/..;/x']) {
      assert.match(await nextPage(trusting, { 'X-Forwarded-Prefix': prefix }), /^<\/v1\/studies\?/, prefix)
    }
  })

  it('BASE_PATH says it without a header, whether the proxy takes the path out or leaves it in', async (t) => {
    const service = await buildTestApp(t, { studies: STUDIES, config: { basePath: '/ct' } })
    assert.match(await nextPage(service, {}), /^<\/ct\/v1\/studies\?/)
    assert.match(await nextPage(service, {}, '/ct/v1/studies?limit=1'), /^<\/ct\/v1\/studies\?/)
    assert.equal(await server(service, '/openapi.json', {}), '/ct')
    const slice = '/v1/studies/study_0001/image/slices/0.raw'
    for (let n = 0; n < 3; n++) assert.deepEqual(await service.bytes(`/ct${slice}`), await service.bytes(slice), 'from memory as well')
    const bare = await service.get('/ct').redirects(0)
    assert.deepEqual([bare.status, bare.headers['location']], [308, '/ct/'])
  })

  it('the address of a client is the one that trusted proxies pass on', async (t) => {
    const { get } = await buildTestApp(t, { config: { rateLimitPerMinute: 1 } })
    const ask = async (address: string) => (await get('/v1/dataset').set('X-Forwarded-For', address)).status
    assert.deepEqual([await ask('198.51.100.1'), await ask('198.51.100.2'), await ask('198.51.100.1')], [200, 200, 429])
    const { get: alone } = await buildTestApp(t, { config: { rateLimitPerMinute: 1, trustProxy: [] } })
    assert.deepEqual([(await alone('/v1/dataset').set('X-Forwarded-For', '198.51.100.1')).status, (await alone('/v1/dataset').set('X-Forwarded-For', '198.51.100.2')).status], [200, 429])
  })

  it('an invalid path or network in the settings stops the start', () => {
    for (const BASE_PATH of ['ct', '/ct/', '/a b', '//ct']) assert.throws(() => readConfig({ BASE_PATH }), /BASE_PATH/, BASE_PATH)
    for (const TRUST_PROXY of ['10.0.0.0/33', 'proxy.example', 'fe80::/129', '10.0.0.1/']) assert.throws(() => readConfig({ TRUST_PROXY }), /TRUST_PROXY.*not an address/, TRUST_PROXY)
    assert.deepEqual(readConfig({ TRUST_PROXY: '10.0.0.0/8, ::1,uniquelocal' }).trustProxy, ['10.0.0.0/8', '::1', 'uniquelocal'])
    assert.deepEqual([readConfig({}).trustProxy, readConfig({ TRUST_PROXY: 'none' }).trustProxy], [['loopback'], []])
  })
})
