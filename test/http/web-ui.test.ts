import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { describe, it, before, after } from 'node:test'
import { buildTestApp } from '../support/test-app.js'

const PAGES = ['/', '/studies', '/studies/study_0001', '/worklist', '/quality', '/training', '/sign-in']
const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('the pages for people', () => {
  it('are HTML that is asked for again each time, and 304 while it is the same', async (t) => {
    const { request } = await buildTestApp(t)
    for (const page of PAGES) {
      const response = await request.get(page)
      assert.equal(response.status, 200, page)
      assert.equal(response.type, 'text/html')
      assert.equal(response.headers['cache-control'], 'no-cache')
      const again = await request.get(page).set('if-none-match', response.headers['etag']!)
      assert.equal(again.status, 304)
      const head = await request.head(page)
      assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, String(Buffer.byteLength(response.text)), undefined])
    }
  })

  it('allow nothing inline and nothing from another host', async (t) => {
    const { request } = await buildTestApp(t)
    const { headers, text } = await request.get('/studies')
    const policy = Object.fromEntries(headers['content-security-policy']!.split('; ').map((part) => part.split(/ (.*)/s) as [string, string]))
    assert.equal(policy['default-src'], "'none'")
    assert.equal(policy['script-src'], "'self'")
    assert.equal(policy['style-src'], "'self'")
    assert.equal(policy['frame-ancestors'], "'self'")
    assert.doesNotMatch(headers['content-security-policy']!, /unsafe|https?:/)
    assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)|<style|\son\w+=|https?:\/\//)
  })

  it('have an icon at the address that browsers try by themselves, with keys too', async (t) => {
    const { request } = await buildTestApp(t, { config: { apiKeys: ['key'] } })
    const { status, type, headers, body } = await request.get('/favicon.ico')
    assert.deepEqual([status, type, headers['cache-control']], [200, 'image/svg+xml', 'public, max-age=86400'])
    assert.match(body.toString('utf8'), /^<svg /)
  })

  it('may be framed by the origins that may call the API', async (t) => {
    const { request } = await buildTestApp(t, { config: { corsOrigins: ['https://lab.example'] } })
    assert.match((await request.get('/')).headers['content-security-policy']!, /frame-ancestors 'self' https:\/\/lab\.example$/)
  })

  it('name the service by relative addresses only, whatever prefix a proxy puts before it', async (t) => {
    const { request } = await buildTestApp(t)
    for (const page of ['/', '/studies', '/studies/study_0001', '/no/such/page']) {
      const { text } = await request.get(page).set(asBrowser)
      const base = /<base href="([^"]+)">/.exec(text)![1]!
      // The browser's address, behind a proxy that takes /lab/ct away.
      assert.equal(new URL(base, `http://host/lab/ct${page}`).pathname, '/lab/ct/')
      for (const [, address] of text.matchAll(/(?:href|src)="([^"]+)"/g)) assert.doesNotMatch(address!, /^\//)
    }
  })

  it('load files that never change under their name, compressed beforehand', async (t) => {
    const { request } = await buildTestApp(t)
    const { text } = await request.get('/')
    const files = [...text.matchAll(/(?:href|src)="(assets\/[^"]+)"/g)].map(([, file]) => file!)
    assert.ok(files.length >= 4, text)
    for (const file of files) {
      assert.match(file, /-[A-Z0-9]{8}\.(js|css|svg)$/)
      const response = await request.get(`/${file}`).set('accept-encoding', 'br')
      assert.equal(response.status, 200, file)
      assert.equal(response.headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.equal(response.headers['content-encoding'], 'br')
    }
    assert.equal((await request.get('/assets/main-AAAAAAAA.js')).status, 404)
  })

  it('answer a browser at an unknown address with a page that says so, and everyone else with a problem', async (t) => {
    const { request } = await buildTestApp(t)
    const page = await request.get('/no/such/page').set(asBrowser)
    assert.deepEqual([page.status, page.type], [404, 'text/html'])
    for (const [path, headers] of [['/no/such/page', {}], ['/v1/nothing', asBrowser], ['/assets/nothing.js', asBrowser], ['/v1', asBrowser]] as const) {
      const response = await request.get(path).set(headers)
      assert.deepEqual([response.status, response.type], [404, 'application/problem+json'], path)
    }
    const post = await request.post('/studies').set(asBrowser).send({})
    assert.deepEqual([post.status, post.headers['allow']], [405, 'GET, HEAD'])
  })

  it('are no part of the contract', async (t) => {
    const { json } = await buildTestApp(t)
    const paths = Object.keys((await json('/openapi.json')).paths)
    assert.deepEqual(paths.filter((path) => !/^\/(v1|zarr|healthz|readyz|metrics|openapi|docs)/.test(path)), [])
  })

  it('open without a key, and hold nothing of the dataset', async (t) => {
    const { request } = await buildTestApp(t, { config: { apiKeys: ['secret'] } })
    for (const page of PAGES) {
      const { status, text } = await request.get(page)
      assert.equal(status, 200, page)
      assert.doesNotMatch(text, /study_0001|MosMed/)
    }
    const [, main] = /src="([^"]+)"/.exec((await request.get('/')).text)!
    assert.equal((await request.get(`/${main!}`)).status, 200)
    assert.equal((await request.get('/v1/studies')).status, 401)
  })
})

describe('the build of the pages', () => {
  let folder: string
  before(() => { folder = mkdtempSync(join(tmpdir(), 'niiserve-web-')) })
  after(() => rmSync(folder, { recursive: true }))

  it('is the same files for the same source', () => {
    const make = (out: string) => spawnSync(process.execPath, ['scripts/web.mjs', '--out', join(folder, out)], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
    for (const out of ['a', 'b']) assert.equal(make(out).stderr, '')
    assert.equal(spawnSync('diff', ['-r', join(folder, 'a'), join(folder, 'b')], { encoding: 'utf8' }).stdout, '')
  })
})
