import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { CatalogBuilding, ConfigError, Overloaded, VolumeUnreadable } from '../../src/errors.js'
import { sameIdentity } from '../../src/storage/identity.js'
import type { Identity } from '../../src/storage/identity.js'
import { parseAddress } from '../../src/storage/remote/address.js'
import { FetchGate } from '../../src/storage/remote/fetch-gate.js'
import { Origin } from '../../src/storage/remote/origin.js'
import { RemoteStore } from '../../src/storage/remote/remote-store.js'
import { FileRefused } from '../../src/storage/refused.js'
import { startWebServer } from '../support/web-server.js'
import type { Misbehaviour, WebServer } from '../support/web-server.js'
import { describeObjectStore } from './object-store-suite.js'

function storeAt ({ url }: WebServer): { store: RemoteStore, gate: FetchGate } {
  const place = parseAddress(url)
  assert.equal(place.kind, 'https')
  const gate = new FetchGate(2 ** 20)
  return { store: new RemoteStore({ where: place.where, path: '/data/', probe: '/data/list.csv' }, new Origin(new URL(url).origin, gate)), gate }
}

describeObjectStore('a web server', async () => {
  const web = await startWebServer()
  const { store } = storeAt(web)
  web.files.set('list.csv', Buffer.from('id'))
  return {
    store,
    put: (key, content) => { web.files.set(key, Buffer.from(content)) },
    remove: (key) => { web.files.delete(key) },
    clean: async () => {
      await store.close()
      await web.close()
    }
  }
}, { lists: true, folders: true })

describe('a server that misbehaves', () => {
  const content = Buffer.from(Array.from({ length: 5000 }, (_, n) => n % 251))
  let web: WebServer
  let store: RemoteStore
  let gate: FetchGate
  let identity: Identity

  before(async () => {
    web = await startWebServer()
    web.files.set('list.csv', Buffer.from('id'))
  })
  after(async () => await web.close())
  afterEach(async () => await store.close())
  beforeEach(async () => {
    ({ store, gate } = storeAt(web))
    Object.assign(web, { next: [], always: undefined, ignoresIfMatch: false, delayMs: 0 })
    web.files.set('scan.nii.gz', content)
    identity = await store.identity('scan.nii.gz') ?? assert.fail()
    web.requests.length = 0
  })
  const read = async (patience = {}) => Buffer.from(await store.readRange('scan.nii.gz', identity, [1000, 3000], patience))

  for (const fault of ['reset', 'cut', 'whole', 'shifted', 'broken'] as const satisfies readonly Misbehaviour[]) {
    it(`reads the right bytes after one answer that is ${fault}`, async () => {
      web.next = [fault]
      assert.deepEqual(await read(), content.subarray(1000, 3000))
      assert.equal(web.requests.length, 2)
    })

    it(`says 503 when every answer is ${fault}, and gives no byte`, async () => {
      web.always = fault
      await assert.rejects(async () => await read({ until: 0 }), (error: Error) => error instanceof Overloaded && /not reachable/.test(error.message))
    })
  }

  it('takes another ETag for another content, though the server ignores If-Match', async () => {
    web.ignoresIfMatch = true
    web.files.set('scan.nii.gz', Buffer.from(content).reverse())
    await assert.rejects(async () => await read(), CatalogBuilding)
    assert.equal(web.requests.length, 1)
  })

  it('takes an answer with a wrong ETag for another content', async () => {
    web.next = ['wrong-etag']
    await assert.rejects(async () => await read(), CatalogBuilding)
  })

  it('asks with If-Match, so that another content is not even sent', async () => {
    web.files.set('scan.nii.gz', Buffer.from(content).reverse())
    await assert.rejects(async () => await read(), CatalogBuilding)
  })

  for (const fault of ['no-etag', 'weak-etag'] as const) {
    it(`does not serve a file with ${fault}, and says why`, async () => {
      web.always = fault
      await assert.rejects(async () => await store.identity('scan.nii.gz'), (error: Error) => error instanceof VolumeUnreadable && /scan\.nii\.gz .*strong ETag/.test(error.message))
    })
  }

  it('says that a file is refused, with the status', async () => {
    web.refused = new Set(['scan.nii.gz'])
    await assert.rejects(async () => await store.identity('scan.nii.gz'), (error: Error) => error instanceof FileRefused && /the server answers HTTP 403/.test(error.message))
    await assert.rejects(async () => await read(), FileRefused)
    web.refused = new Set()
  })

  it('says 503 and not "refused" while everything is refused, as with credentials that have expired', async () => {
    web.always = 'forbidden'
    await assert.rejects(async () => await store.identity('scan.nii.gz'), Overloaded)
    await assert.rejects(async () => await read(), Overloaded)
  })

  it('has fewer requests in flight after SlowDown, and tries again', async () => {
    web.next = ['slow-down']
    const limit = gate.stats.limit
    assert.deepEqual(await read(), content.subarray(1000, 3000))
    assert.ok(gate.stats.limit < limit / 2, `${gate.stats.limit} of ${limit}`)
    web.always = 'slow-down'
    await assert.rejects(async () => await read({ until: 0 }), (error: Error) => error instanceof Overloaded && /refuses more requests/.test(error.message))
  })

  it('sends a second request beside one that does not answer, and takes its answer', async () => {
    web.next = ['stall']
    assert.deepEqual(await read({ isHedged: true }), content.subarray(1000, 3000))
    assert.deepEqual(web.requests, ['GET scan.nii.gz bytes=1000-2999', 'GET scan.nii.gz bytes=1000-2999'])
  })

  it('says 503 and not "missing" while the server is gone, and reads again when it is back', async () => {
    await web.down()
    await assert.rejects(async () => await store.identity('scan.nii.gz', { until: 0 }), Overloaded)
    await assert.rejects(async () => await read({ until: 0 }), Overloaded)
    await web.up()
    assert.ok(sameIdentity(await store.identity('scan.nii.gz') ?? assert.fail(), identity))
    assert.deepEqual(await read(), content.subarray(1000, 3000))
  })

  it('says 503 and not "missing" while the root behind the server is gone', async () => {
    const files = new Map(web.files)
    web.files.clear()
    await assert.rejects(async () => await store.identity('scan.nii.gz'), Overloaded)
    web.files = files
  })
})

describe('an address as a data root', () => {
  const wrong: Array<[address: string, what: RegExp]> = [
    ['https://user:secret@host/data/', /must not hold a name or password/],
    ['https://host/data/?token=secret', /without \? or #/],
    ['http://host/data/', /this machine only/],
    ['ftp://host/data/', /"ftp" addresses are not served/],
    ['s3://', /not an address/]
  ]
  for (const [address, what] of wrong) {
    it(`refuses ${address.replace(/secret/g, '…')}, and keeps what is secret to itself`, () => {
      assert.throws(() => parseAddress(address), (error: Error) => error instanceof ConfigError && what.test(error.message) && !error.message.includes('secret'))
    })
  }

  it('takes https://, http:// of this machine, and s3:// with its letter case', () => {
    assert.deepEqual(parseAddress('https://host:8443/a/b'), { kind: 'https', origin: 'https://host:8443', path: '/a/b/', where: 'https://host:8443/a/b/' })
    assert.equal(parseAddress('http://127.0.0.1:8000').where, 'http://127.0.0.1:8000/')
    assert.deepEqual(parseAddress('s3://Bucket/Prefix/deep/'), { kind: 's3', bucket: 'Bucket', prefix: 'Prefix/deep/', where: 's3://Bucket/Prefix/deep' })
  })
})
