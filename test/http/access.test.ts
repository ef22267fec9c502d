import assert from 'node:assert/strict'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { readConfig } from '../../src/config.js'
import type { Config } from '../../src/config.js'
import { KeyRing } from '../../src/http/access/key-ring.js'
import { networkOf } from '../../src/http/access/rate-limit.js'
import { TokenBuckets } from '../../src/http/access/token-buckets.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'

describe('keys', () => {
  it('are held by the name before the first =, or by their place', () => {
    const ring = new KeyRing(['s3cret', 'viewer=k1', 'ward-7=with=sign'])
    assert.equal(ring.holderOf('s3cret'), 'key-1')
    assert.equal(ring.holderOf('k1'), 'viewer')
    assert.equal(ring.holderOf('with=sign'), 'ward-7')
    for (const wrong of ['', 'viewer', 'viewer=k1', 's3cre', 's3crett', 'K1']) assert.equal(ring.holderOf(wrong), null, wrong)
  })

  it('in base64 end in = and need no name', () => {
    for (const key of ['QUJDRA==', 'QUJDREU=', 'a+b/c=']) assert.equal(new KeyRing([key]).holderOf(key), 'key-1')
    assert.equal(new KeyRing(['viewer=QUJDRA==']).holderOf('QUJDRA=='), 'viewer')
  })

  it('of one holder are both good while they are changed', () => {
    const ring = new KeyRing(['viewer=old', 'viewer=new'])
    assert.equal(ring.holderOf('old'), 'viewer')
    assert.equal(ring.holderOf('new'), 'viewer')
  })

  it('come from a file too, where comments and empty lines are none', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'niiserve-keys-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'keys')
    writeFileSync(file, '# the ward\nviewer=k1\r\n\n  k2  \n')
    assert.deepEqual(readConfig({ API_KEYS: 'k0', API_KEYS_FILE: file }).apiKeys, ['k0', 'viewer=k1', 'k2'])
    writeFileSync(file, '# none\n')
    assert.throws(() => readConfig({ API_KEYS_FILE: file }), /API_KEYS_FILE: .* holds no key/)
    assert.throws(() => readConfig({ API_KEYS_FILE: join(folder, 'none') }), /API_KEYS_FILE: .* cannot be read \(ENOENT\)/)
  })

  it('are replaced while the service runs, and no request is lost', async (t) => {
    const { app, get } = await buildTestApp(t, { config: { apiKeys: ['viewer=old'] } })
    const ask = async (key: string) => (await get('/v1/studies').set('X-API-Key', key)).status
    assert.deepEqual([await ask('old'), await ask('new')], [200, 401])
    app.keyRing.replace(['viewer=old', 'viewer=new'])
    assert.deepEqual([await ask('old'), await ask('new')], [200, 200])
    app.keyRing.replace(['viewer=new'])
    assert.deepEqual([await ask('old'), await ask('new')], [401, 200])
  })
})

describe('a token bucket', () => {
  it('serves a minute\'s requests at once, then one per its share of the minute', () => {
    const buckets = new TokenBuckets(60)
    for (let n = 0; n < 60; n++) assert.equal(buckets.take('a', 1000), 0)
    assert.equal(buckets.take('a', 1000), 1)
    assert.equal(buckets.take('b', 1000), 0, 'another client has a bucket of its own')
    assert.equal(buckets.take('a', 1999), 1)
    assert.equal(buckets.take('a', 2000), 0)
    assert.equal(buckets.take('a', 2000), 1)
  })

  it('says in whole seconds when there will be a token, and a refused request costs none', () => {
    const buckets = new TokenBuckets(2)
    buckets.take('a', 0)
    buckets.take('a', 0)
    for (let n = 0; n < 5; n++) assert.equal(buckets.take('a', 500), 30, 'half a second of thirty is gone')
    assert.equal(buckets.take('a', 29_000), 1)
    assert.equal(buckets.take('a', 30_000), 0)
  })

  it('holds no more than a minute\'s, however long nobody asked', () => {
    const buckets = new TokenBuckets(2)
    buckets.take('a', 0)
    assert.deepEqual([1, 2, 3].map(() => buckets.take('a', 1e9) === 0), [true, true, false])
  })
})

describe('an address', () => {
  it('of IPv6 counts with its network of 64 bits', () => {
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2::9'))
    assert.notEqual(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:3::9'))
    assert.equal(networkOf('::1'), '0:0:0:0')
    assert.equal(networkOf('192.0.2.7'), '192.0.2.7')
    assert.equal(networkOf('::ffff:192.0.2.7'), '::ffff:192.0.2.7')
  })
})

describe('where a rate limit is set', () => {
  it('one request too many is too-many-requests with Retry-After; the probes of health and readiness never are', async (t) => {
    const { get } = await buildTestApp(t, { config: { rateLimitPerMinute: 3 } })
    for (let n = 0; n < 3; n++) assert.equal((await get('/v1/dataset')).status, 200)
    const refused = await get('/v1/dataset')
    assertProblem(refused, 429, 'too-many-requests')
    assert.equal(refused.headers['retry-after'], '20')
    assertProblem(await get('/nothing'), 429, 'too-many-requests')
    for (let n = 0; n < 5; n++) {
      assert.equal((await get('/healthz')).status, 200)
      assert.equal((await get('/readyz')).status, 200)
    }
  })

  it('each key has its own, and wrong keys spend that of their address', async (t) => {
    const { get } = await buildTestApp(t, { config: { rateLimitPerMinute: 2, apiKeys: ['one=k1', 'two=k2', 'two=k2-new'] } })
    const ask = async (key: string) => (await get('/v1/dataset').set('X-API-Key', key)).status
    assert.deepEqual([await ask('k1'), await ask('k1'), await ask('k1')], [200, 200, 429])
    assert.deepEqual([await ask('k2'), await ask('k2-new'), await ask('k2')], [200, 200, 429], 'two keys of one holder share it')
    assert.deepEqual([await ask('guess-1'), await ask('guess-2'), await ask('guess-3')], [401, 401, 429])
  })
})

describe('every answer', async () => {
  const { get } = await buildTestApp({ after })
  const slice = '/v1/studies/study_0001/image/slices/0'

  it('tells browsers not to guess its type nor to pass its URL on', async () => {
    for (const path of ['/healthz', '/v1/dataset', `${slice}.raw`, `${slice}.png`, '/v1/studies/study_0001/image.raw', '/nothing', '/v1/studies/none', '/docs/']) {
      const { headers } = await get(path)
      assert.equal(headers['x-content-type-options'], 'nosniff', path)
      assert.equal(headers['referrer-policy'], 'no-referrer', path)
      assert.equal(headers['cross-origin-resource-policy'], 'cross-origin', path)
    }
  })

  it('may be embedded by pages of any origin on this machine, and elsewhere or with keys only where CORS opens the service', async (t) => {
    const policy = async (config: Partial<Config>) => {
      const { get } = await buildTestApp(t, { config })
      return (await get(`${slice}.png`).set('X-API-Key', 'k')).headers['cross-origin-resource-policy']
    }
    for (const host of ['127.0.0.1', '127.0.0.5', '::1', 'localhost']) assert.equal(await policy({ host }), 'cross-origin', host)
    for (const host of ['0.0.0.0', '::', '10.1.2.3', '127.0.0.1.example.org']) assert.equal(await policy({ host }), 'same-site', host)
    assert.equal(await policy({ apiKeys: ['k'] }), 'same-site', 'with keys')
    assert.equal(await policy({ host: '0.0.0.0', apiKeys: ['k'], corsOrigins: ['https://viewer.example'] }), 'cross-origin')
  })

  it('that is a page says what it may load', async () => {
    assert.match((await get('/docs/')).headers['content-security-policy']!, /default-src 'self'/)
  })
})
