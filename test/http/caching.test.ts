import assert from 'node:assert/strict'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { after, describe, it } from 'node:test'
import { request as ask } from 'node:http'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'

const studies = [{ category: 'CT-0', mask: { shape: [2, 3, 4], datatype: 'uint8' as const, voxels: (i: number) => i } }, { category: 'CT-1' }]
const open = await buildTestApp({ after }, { studies })
const closed = await buildTestApp({ after }, { studies, config: { apiKeys: ['key'] } })

/** Every GET of the contract, and what is served beside it. */
function everyPath ({ app }: TestApp): string[] {
  const { paths } = app.swagger() as { paths: Record<string, Record<string, unknown>> }
  const values: Record<string, string> = { studyId: 'study_0001', volume: 'image', index: '1', k: '1', j: '0', i: '0' }
  const described = Object.keys(paths).filter((path) => paths[path]!['get'] !== undefined).map((path) => path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'unknown'))
  return [...described, '/docs', '/docs/', '/docs/json', '/nowhere', '/dicomweb/studies', '/v1/studies/study_9999', '/v1/studies?limit=0']
}

interface Raw { status: number, headers: Record<string, string | undefined>, body: Buffer }

/** A request as it is, whatever the client library would make of it. */
async function raw (app: TestApp, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Raw> {
  return await new Promise((resolve, reject) => {
    ask({ host: '127.0.0.1', port: app.port, path, method, headers: { connection: 'close', ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
        .on('end', () => resolve({ status: response.statusCode!, headers: response.headers as Raw['headers'], body: Buffer.concat(chunks) }))
    }).on('error', reject).end()
  })
}

const PROBES = ['/healthz', '/readyz', '/metrics']

describe('every answer of every route', () => {
  for (const path of everyPath(open)) {
    it(`${path} says how it may be cached`, async () => {
      const { status, headers } = await raw(open, path)
      const said = headers['cache-control']
      if (status >= 400 || PROBES.includes(path)) assert.equal(said, 'no-store')
      else assert.match(said ?? '', /^public, (no-cache|max-age=0)$|^no-cache$/)
    })

    it(`${path} is for the holder of the key alone, where there are keys`, async () => {
      for (const key of [{ 'x-api-key': 'key' }, {}]) {
        const { status, headers } = await raw(closed, path, key as Record<string, string>)
        const said = headers['cache-control']
        if (status >= 400 || PROBES.includes(path)) assert.equal(said, 'no-store')
        else if (!path.startsWith('/docs')) assert.equal(said, 'private, no-cache')
      }
    })

    it(`${path} answers HEAD as it answers GET, without a body`, async () => {
      const [get, head] = [await raw(open, path), await raw(open, path, {}, 'HEAD')]
      assert.deepEqual([head.status, head.headers['content-type'], head.headers['cache-control'], head.body.length], [get.status, get.headers['content-type'], get.headers['cache-control'], 0])
      if (!PROBES.includes(path)) assert.equal(head.headers['etag'], get.headers['etag'])
    })
  }

  it('is one of many that were found', () => assert.ok(everyPath(open).length > 40))
})

const TEXTS = [
  '/v1/dataset', '/v1/categories', '/v1/studies', '/v1/studies.csv', '/v1/studies.ndjson', '/v1/studies/study_0001', '/v1/studies/study_0001/image/header', '/v1/studies/study_0001/slices',
  '/v1/stats', '/v1/slices', '/v1/slices.csv', '/v1/slices.ndjson', '/v1/splits', '/openapi.json', '/openapi.yaml', '/zarr/study_0001/zarr.json'
]

describe('an answer in text', () => {
  for (const path of TEXTS) {
    it(`${path} has its own ETag for each query, and is 304 for a client that holds it`, async () => {
      const { headers, status } = await raw(open, path)
      assert.equal(status, 200)
      assert.match(headers['etag']!, /^W\/"[\w.-]+"$/)
      assert.match(headers['vary']!, /accept-encoding/i)
      for (const given of [headers['etag']!, `"other", ${headers['etag']!}`, headers['etag']!.slice(2), '*']) {
        const again = await raw(open, path, { 'if-none-match': given })
        assert.deepEqual([again.status, again.body.length, again.headers['etag'], again.headers['content-type']], [304, 0, headers['etag'], undefined], given)
        assert.equal(again.headers['dataset-revision'], headers['dataset-revision'])
        assert.equal(again.headers['cache-control'], headers['cache-control'])
      }
      assert.equal((await raw(open, path, { 'if-none-match': '"another"' })).status, 200)
    })
  }

  it('of another query has another tag', async () => {
    for (const [one, other] of [['/v1/studies', '/v1/studies?limit=1'], ['/v1/studies.csv', '/v1/studies.csv?sort=-id'], ['/v1/slices.ndjson', '/v1/slices.ndjson?shuffle=1']] as const) {
      assert.notEqual((await raw(open, one)).headers['etag'], (await raw(open, other)).headers['etag'])
    }
  })

  for (const path of ['/openapi.json', '/v1/studies.ndjson', '/v1/studies', '/v1/slices.csv']) {
    it(`${path} is compressed if the client accepts it: the same text, the same ETag`, async () => {
      const plain = await raw(open, path)
      for (const [encoding, unpack] of [['gzip', gunzipSync], ['br', brotliDecompressSync]] as const) {
        const { headers, body } = await raw(open, path, { 'accept-encoding': encoding })
        assert.equal(headers['etag'], plain.headers['etag'])
        if (headers['content-encoding'] === undefined) assert.ok(plain.body.length < 1024, `${path} is not compressed`)
        else {
          assert.equal(headers['content-encoding'], encoding)
          assert.ok(unpack(body).equals(plain.body))
        }
        assert.equal((await raw(open, path, { 'accept-encoding': encoding, 'if-none-match': headers['etag']! })).status, 304)
      }
    })
  }

  it('as the contract is compressed at all', async () => assert.equal((await raw(open, '/openapi.json', { 'accept-encoding': 'br, gzip' })).headers['content-encoding'], 'br'))
})

describe('If-Match and If-Unmodified-Since', () => {
  for (const path of ['/v1/studies', '/v1/studies/study_0001', '/v1/studies/study_0001/image/slices/1.raw', '/v1/studies/study_0001/image.nii.gz']) {
    it(`change nothing of ${path}: a client writes nothing that has an ETag`, async () => {
      const plain = await raw(open, path)
      for (const condition of [{ 'if-match': '"another"' }, { 'if-match': plain.headers['etag']! }, { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }] as Record<string, string>[]) {
        const { status, body, headers } = await raw(open, path, condition)
        assert.deepEqual([status, headers['etag'], body.equals(plain.body)], [200, plain.headers['etag'], true])
      }
    })
  }
})

describe('pixels and files', () => {
  const study = '/v1/studies/study_0001'
  for (const path of [`${study}/image.raw`, `${study}/image.nii.gz`, `${study}/image/slices/1.npy`, `${study}/image/slices/1.png`, `${study}/montage.png`, '/v1/webdataset.tar', '/zarr/study_0001/0/c/1/0/0']) {
    it(`${path} are never compressed`, async () => {
      const { headers, status } = await raw(open, path, { 'accept-encoding': 'gzip, br' })
      assert.deepEqual([status, headers['content-encoding'], headers['vary']], [200, undefined, undefined])
      assert.match(headers['etag']!, /^"/)
    })
  }
})
