import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'

/** As many slices as study_0010 of the demo dataset has. */
const SCAN = { shape: [8, 9, 33] } as const

/** Every file that a page names, as addresses of the service: relative to the folder of the page, wherever a proxy puts that. */
async function filesOf ({ get }: TestApp, page: string): Promise<string[]> {
  const { body: text } = await get(page)
  return [...String(text).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address]) => new URL(address!, `http://host/ct${page}`).pathname.replace(/^\/ct/, ''))
}

describe('GET /docs/', () => {
  it('is whole over plain HTTP: nothing is upgraded to a port where nobody listens', async (t) => {
    const { get } = await buildTestApp(t)
    const { headers } = await get('/docs/')
    assert.match(headers['content-security-policy']!, /default-src 'self'/)
    assert.doesNotMatch(headers['content-security-policy']!, /upgrade-insecure-requests/)
  })

  it('is whole behind a prefix: every address is relative, and /docs leads to /docs/', async (t) => {
    const service = await buildTestApp(t)
    const files = await filesOf(service, '/docs/')
    assert.ok(files.length >= 5)
    for (const file of files) assert.equal((await service.get(file)).status, 200, file)
    const bare = await service.get('/docs?x').redirects(0)
    assert.deepEqual([bare.status, bare.headers['location']], [302, 'docs/'])
  })

  it('opens without a key, so that one can be entered, and what it calls is still closed', async (t) => {
    const service = await buildTestApp(t, { config: { apiKeys: ['k'] } })
    for (const path of ['/docs/', '/docs/json', '/openapi.json', '/openapi.yaml', ...await filesOf(service, '/docs/')]) assert.equal((await service.get(path)).status, 200, path)
    assert.equal((await service.get('/v1/dataset')).status, 401)
  })

  it('fills in only what must be said: the first click on "Execute" works', async (t) => {
    const service = await buildTestApp(t, { studies: [{ id: 'study_0010', image: SCAN, mask: SCAN }] })
    const { paths, components } = await service.json('/docs/json')
    const partOf = (part: any) => part.$ref === undefined ? part : components[part.$ref.split('/')[2]][part.$ref.split('/')[3]]
    for (const [path, { get }] of Object.entries<any>(paths)) {
      // Runs of algorithms are kept where EVALUATIONS_FILE is set; here there are none.
      if (get === undefined || path.startsWith('/v1/evaluations')) continue
      const parameters = (get.parameters ?? []).map(partOf)
      for (const { required, example, examples, schema } of parameters) {
        if (required !== true) assert.deepEqual([example, examples, schema?.examples], [undefined, undefined, undefined], path)
      }
      const filled = path.replace(/{(\w+)}/g, (_, name: string) => parameters.find((found: any) => found.name === name).example)
      assert.equal((await service.get(filled)).status, 200, filled)
    }
  })
})
