import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'
import { PROBLEMS } from '../../src/http/problems/problem-details.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const { get, request, port, app } = await buildTestApp({ after }, {
  studies: [
    { image: { shape: [3, 2, 2] }, mask: { shape: [3, 2, 2], datatype: 'uint8' } },
    { image: { shape: [3, 2, 2] } },
    { image: null, mask: { shape: [3, 2, 2], datatype: 'uint8', voxels: (i) => i % 2 } }
  ],
  config: { corsOrigins: ['https://viewer.example'] }
})

/** Bytes on a socket, and what comes back until it closes. */
async function raw (text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write(text)
  await new Promise((resolve) => socket.on('close', resolve).on('error', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

describe('what is not there', () => {
  it('is study-not-found, and the detail names the id', async () => {
    for (const path of ['', '/slices', '/image/header', '/image.raw', '/image.nii', '/image.nii.gz', '/mask.npy', '/image/slices/0.png', '/mask/slices/0.raw']) {
      const response = await get(`/v1/studies/study_4711${path}`)
      assertProblem(response, 404, 'study-not-found')
      assert.match(response.body.detail, /study_4711/)
    }
  })

  it('is mask-not-found where a study has no mask, overlays included', async () => {
    for (const path of ['/mask/header', '/mask.raw', '/mask.nii', '/mask.nii.gz', '/mask/slices/0.png', '/image/slices/0.png?overlay=mask', '/image/slices/0.webp?overlay=contour']) {
      const response = await get(`/v1/studies/study_0002${path}`)
      assertProblem(response, 404, 'mask-not-found')
      assert.match(response.body.detail, /study_0002/)
    }
  })

  it('is volume-missing where the catalog lists a file that is not there; its mask is served', async () => {
    for (const path of ['/image/header', '/image.raw', '/image.nii', '/image.nii.gz', '/image/slices/0.png', '/image/slices/0.raw', '/image/slices/0.png?overlay=mask']) {
      assertProblem(await get(`/v1/studies/study_0003${path}`), 404, 'volume-missing')
    }
    assert.deepEqual([...(await get('/v1/studies/study_0003/mask/slices/1.raw')).body], [0, 1, 0, 0, 1, 0])
  })

  it('is route-not-found', async () => {
    for (const path of ['/nothing', '/v1', '/v1/studies/study_0001/image', '/v1/studies/study_0001/image/slices/0.gif', '/v2/studies', '/v1/studies/study_0001/scan/slices/0.png']) {
      assertProblem(await get(path), 404, 'route-not-found')
    }
  })
})

describe('a method that a path is not served under', () => {
  it('is 405 and Allow names those that it is', async () => {
    for (const path of ['/v1/studies', '/v1/studies/study_0001', '/v1/studies/study_0001/image/slices/0.png', '/v1/studies/study_0001/image.nii.gz', '/healthz', '/v1/studies.csv']) {
      for (const method of ['post', 'put', 'delete', 'patch'] as const) {
        const response = await request[method](path)
        assertProblem(response, 405, 'method-not-allowed')
        assert.equal(response.headers['allow'], 'GET, HEAD')
      }
    }
  })

  it('is 405 for a body of any type', async () => {
    const response = await request.post('/v1/studies').set('Content-Type', 'text/plain').send('hello')
    assertProblem(response, 405, 'method-not-allowed')
  })
})

describe('a parameter', () => {
  const slice = '/v1/studies/study_0001/image/slices/0'

  it('that the route does not list is refused by name', async () => {
    assertProblem(await get('/v1/studies?page=2&colour=red'), 400, 'invalid-request', ['page', 'colour'])
    assertProblem(await get('/v1/studies.csv?limit=5'), 400, 'invalid-request', ['limit'])
    assertProblem(await get('/v1/studies.ndjson?cursor=x'), 400, 'invalid-request', ['cursor'])
    assertProblem(await get('/v1/dataset?x=1'), 400, 'invalid-request', ['x'])
    assertProblem(await get('/v1/categories?x=1'), 400, 'invalid-request', ['x'])
    assertProblem(await get('/v1/stats?x=1'), 400, 'invalid-request', ['x'])
    assertProblem(await get('/v1/studies/study_0001?x=1'), 400, 'invalid-request', ['x'])
    assertProblem(await get('/v1/studies/study_0001/slices?x=1'), 400, 'invalid-request', ['x'])
    assertProblem(await get('/v1/studies/study_0001/image/header?x=1'), 400, 'invalid-request', ['x'])
    assertProblem(await get(`${slice}.raw?overlay=mask`), 400, 'invalid-request', ['overlay'])
    assertProblem(await get(`${slice}.png?dtype=uint8`), 400, 'invalid-request', ['dtype'])
    assertProblem(await get(`${slice}.jpeg?bits=16`), 400, 'invalid-request', ['bits'])
  })

  it('given twice is refused, unless it is a list', async () => {
    assertProblem(await get(`${slice}.raw?window=lung&window=bone`), 400, 'invalid-request', ['window'])
    assertProblem(await get(`${slice}.raw?plane=axial&plane=axial`), 400, 'invalid-request', ['plane'])
    assertProblem(await get('/v1/studies?limit=1&limit=2'), 400, 'invalid-request', ['limit'])
    assertProblem(await get('/v1/studies?annotated=true&annotated=false'), 400, 'invalid-request', ['annotated'])
    assert.equal((await get('/v1/studies?category=CT-0&category=CT-1')).status, 200)
  })

  it('out of its values is refused, and the detail says what would do', async () => {
    for (const [query, parameter, hint] of [
      ['dtype=float64', 'dtype', /float32/], ['plane=oblique', 'plane', /coronal/], ['orientation=up', 'orientation', /radiological/], ['aspect=1', 'aspect', /physical/],
      ['window=abc', 'window', /lung/], ['window=0', 'window', /center,width/], ['window=0,0', 'window', /width/], ['window=0,-5', 'window', /width/],
      ['window=NaN,5', 'window', /./], ['window=0,Infinity', 'window', /./], ['window=1,2,3', 'window', /./], ['window=', 'window', /./],
      ['size=0', 'size', /4096/], ['size=4097', 'size', /4096/], ['size=8x', 'size', /WxH/], ['size=-4', 'size', /./], ['size=1.5', 'size', /./]
    ] as const) {
      const response = await get(`${slice}.raw?${query}`)
      assertProblem(response, 400, 'invalid-request', [parameter])
      assert.match(response.body.errors[0].detail, hint)
    }
    for (const [query, parameter] of [
      ['limit=0', 'limit'], ['limit=1001', 'limit'], ['limit=ten', 'limit'], ['sort=size', 'sort'], ['category=CT-9', 'category'], ['status=lost', 'status'],
      ['annotated=yes', 'annotated'], ['minSlices=-1', 'minSlices'], ['minSlices=2.5', 'minSlices'], ['facets=age', 'facets']
    ] as const) {
      const response = await get(`/v1/studies?${query}`)
      assert.equal(response.status, 400, query)
      assertProblem(response, 400, 'invalid-request', [parameter])
    }
  })

  it('names every one that is wrong', async () => {
    assertProblem(await get('/v1/studies?limit=0&sort=x&page=1'), 400, 'invalid-request', ['limit', 'sort', 'page'])
  })
})

describe('a URL', () => {
  it('over 8 KiB is refused', async () => {
    const response = await get(`/v1/studies?cursor=${'x'.repeat(8200)}`)
    assert.ok(response.status >= 400 && response.status < 500)
    assertProblem(response, 400, 'invalid-request')
    assert.equal((await get(`/healthz?${'x'.repeat(8000)}`)).status, 200)
  })

  it('that cannot be decoded is refused', async () => {
    assert.equal((await get('/v1/studies/%ZZ')).body.type, 'urn:niiserve:problem:invalid-request')
    assert.equal((await get('/v1/studies/%E0%A4%A')).status, 400)
  })

  it('never reaches a file by climbing', async () => {
    const download = (id: string) => get(`/v1/studies/${id}/image.nii.gz`)
    for (const id of ['..%2F..%2Fetc%2Fpasswd', '%2e%2e', 'study_0001%00', 'study_0001%2F..']) assertProblem(await download(id), 404, 'study-not-found')
    assertProblem(await download('....//'), 404, 'route-not-found')
  })
})

describe('a connection that speaks no HTTP', () => {
  it('is told so and closed', async () => {
    const answer = await raw('HELLO\r\n\r\n')
    assert.match(answer, /^HTTP\/1\.1 400 /)
    assert.match(answer, /application\/problem\+json/)
  })

  it('with too many headers is refused', async () => {
    const answer = await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 431 /)
  })
})

describe('every answer', () => {
  it('carries the request\'s id, which no client chooses', async () => {
    const [one, two] = [await get('/healthz').set('X-Request-Id', 'mine'), await get('/healthz')]
    assert.match(one.headers['x-request-id']!, /^[0-9a-f-]{36}$/)
    assert.notEqual(one.headers['x-request-id'], two.headers['x-request-id'])
  })

  it('is readable across origins that are allowed, its headers too', async () => {
    const answer = await get('/v1/studies/study_0001/image/slices/0.raw').set('Origin', 'https://viewer.example')
    assert.equal(answer.headers['access-control-allow-origin'], 'https://viewer.example')
    const exposed = answer.headers['access-control-expose-headers']!.toLowerCase().split(/, */)
    for (const name of ['array-dtype', 'array-shape', 'array-order', 'array-endian', 'array-affine', 'slice-window', 'etag', 'dataset-revision', 'link', 'server-timing', 'content-range', 'accept-ranges']) {
      assert.ok(exposed.includes(name), name)
    }
    const stream = await get('/v1/studies/study_0001/image.raw').set('Origin', 'https://viewer.example')
    assert.equal(stream.headers['access-control-allow-origin'], 'https://viewer.example')
    const problem = await get('/v1/studies/none').set('Origin', 'https://viewer.example')
    assert.equal(problem.headers['access-control-allow-origin'], 'https://viewer.example')
    const other = await get('/healthz').set('Origin', 'https://evil.example')
    assert.notEqual(other.headers['access-control-allow-origin'], 'https://evil.example')
    assert.notEqual(other.headers['access-control-allow-origin'], '*')
  })

  it('of a preflight says what is allowed', async () => {
    const answer = await request.options('/v1/studies').set('Origin', 'https://viewer.example').set('Access-Control-Request-Method', 'GET').set('Access-Control-Request-Headers', 'x-api-key')
    assert.equal(answer.status, 204)
    assert.match(answer.headers['access-control-allow-methods']!, /GET/)
    assert.match(answer.headers['access-control-allow-headers']!, /x-api-key/i)
  })
})

describe('the table of problems', () => {
  it('gives every slug the status of the contract', () => {
    const contract = {
      400: ['invalid-request'],
      401: ['unauthorized'],
      404: ['study-not-found', 'mask-not-found', 'slice-not-found', 'route-not-found', 'volume-missing'],
      405: ['method-not-allowed'],
      413: ['body-too-large'],
      415: ['unsupported-media-type'],
      416: ['range-not-satisfiable'],
      429: ['too-many-requests'],
      500: ['volume-unreadable'],
      503: ['overloaded', 'catalog-building']
    }
    for (const [status, slugs] of Object.entries(contract)) {
      for (const slug of slugs) assert.equal(PROBLEMS[slug as keyof typeof PROBLEMS].status, Number(status), slug)
    }
  })
})

describe('a fault of our own', () => {
  it('is logged and not explained', async (t) => {
    const { services } = app
    t.mock.method(services.catalog, 'revision', () => { throw new Error(`secret at ${services.store.root}`) })
    const response = await get('/v1/dataset')
    assertProblem(response, 500, 'internal-error')
    assert.doesNotMatch(response.body.detail, /secret/)
  })
})
