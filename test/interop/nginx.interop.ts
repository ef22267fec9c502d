import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import type { Scope } from '../support/test-dataset.js'
import { buildTestApp } from '../support/test-app.js'
import { freePort } from '../support/free-ports.js'

const KEY = 'a-key-of-the-test'
const STUDIES = [{ image: { shape: [6, 5, 4] as [number, number, number] } }]
const SLICE = '/v1/studies/study_0001/image/slices/2.raw'
const VOLUME = '/v1/studies/study_0001/image.raw'
const missing = ['nginx', 'openssl'].find((command) => spawnSync(command, ['-v'], { stdio: 'ignore' }).error !== undefined)

interface Answer { status: number, headers: IncomingHttpHeaders, body: Buffer }
type Ask = (path: string, headers?: Record<string, string>) => Promise<Answer>

describe('nginx in front, as deploy/ configures it', { skip: missing === undefined ? false : `${missing} is not installed` }, async () => {
  const open = { config: { basePath: '/ct' }, studies: STUDIES }
  const keyed = { config: { basePath: '/ct', apiKeys: [KEY] }, studies: STUDIES }

  for (const file of ['nginx.conf', 'nginx-cache.conf']) {
    it(`${file}: with keys and below a path, pages and /docs load with all they name`, async (t) => {
      const { port } = await buildTestApp(t, keyed)
      const ask = await nginx(t, file, port)
      for (const page of ['/ct/', '/ct/studies/study_0001', '/ct/docs/']) {
        const { status, headers, body } = await ask(page, { accept: 'text/html' })
        assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8'], page)
        const html = body.toString('utf8')
        const base = new URL(/<base href="([^"]+)"/.exec(html)?.[1] ?? '', `https://host${page}`)
        const files = [...html.matchAll(/<(?:script|link)[^>]*?(?:src|href)="([^"]+)"/g)].map(([, href]) => new URL(href!, base).pathname)
        assert.ok(files.length >= 2, html)
        for (const path of files) assert.equal((await ask(path)).status, 200, `${page} names ${path}`)
      }
      assert.equal((JSON.parse((await ask('/ct/openapi.json')).body.toString('utf8'))).servers[0].url, '/ct')
      const { headers } = await ask('/ct/v1/studies?limit=1', { 'x-api-key': KEY, 'x-forwarded-prefix': '/evil' })
      assert.equal(headers['link'], undefined, 'one study is one page')
    })

    it(`${file}: slices and ranges of volumes are the service's, byte for byte`, async (t) => {
      const { port, bytes } = await buildTestApp(t, open)
      const ask = await nginx(t, file, port)
      const slice = await ask(`/ct${SLICE}`)
      assert.deepEqual(slice.body, await bytes(SLICE))
      assert.match(slice.headers['etag']!, /^"/, 'strong still')
      assert.equal((await ask(`/ct${SLICE}`, { 'if-none-match': slice.headers['etag']! })).status, 304)
      const part = await ask(`/ct${VOLUME}`, { range: 'bytes=10-29' })
      assert.deepEqual([part.status, part.headers['content-range']], [206, 'bytes 10-29/240'])
      assert.deepEqual(part.body, (await bytes(VOLUME)).subarray(10, 30))
      assert.equal((await ask(`/ct${VOLUME}`, { range: 'bytes=240-' })).status, 416)
    })

    it(`${file}: an answer to a key is for nobody else`, async (t) => {
      const { port, services } = await buildTestApp(t, keyed)
      const ask = await nginx(t, file, port)
      const rev = services.catalog.revision()
      for (const path of [SLICE, VOLUME, '/v1/studies', '/v1/studies.csv', '/zarr/study_0001/zarr.json', '/v1/studies/study_0001/thumbnail.png', `${SLICE}?rev=${rev}`, `/v1/studies?rev=${rev}`]) {
        for (const headers of [{ 'x-api-key': KEY }, { authorization: `Bearer ${KEY}` }, { authorization: `Basic ${Buffer.from(`anyone:${KEY}`).toString('base64')}` }]) {
          assert.equal((await ask(`/ct${path}`, headers)).status, 200, path)
          assert.equal((await ask(`/ct${path}`)).status, 401, `${path} without a key`)
        }
      }
    })
  }

  it('nginx-cache.conf: what names its revision comes from nginx the second time, what does not from the service', async (t) => {
    const { port, services } = await buildTestApp(t, open)
    const ask = await nginx(t, 'nginx-cache.conf', port)
    const lasting = `/ct${SLICE}?rev=${services.catalog.revision()}`
    const seen = async (path: string) => (await ask(path)).headers['x-cache']
    assert.deepEqual([await seen(lasting), await seen(lasting)], ['MISS', 'HIT'])
    assert.deepEqual([await seen(`/ct${SLICE}`), await seen(`/ct${SLICE}`)], ['MISS', 'MISS'])
    assert.deepEqual((await ask(lasting)).body, (await ask(`/ct${SLICE}`)).body)
  })
})

/** nginx with a file of deploy/, its port, certificate, cache and service replaced; ends with the scope. */
async function nginx (scope: Scope, file: string, servicePort: number): Promise<Ask> {
  const folder = mkdtempSync(join(tmpdir(), 'niiserve-nginx-'))
  const port = await freePort()
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${folder}/privkey.pem`, '-out', `${folder}/fullchain.pem`, '-subj', '/CN=localhost', '-days', '2'], { stdio: 'ignore' })
  const replaced = { '127.0.0.1:8080': `127.0.0.1:${servicePort}`, 'listen 443': `listen 127.0.0.1:${port}`, '/etc/ssl/niiserve': folder, '/var/cache/nginx/niiserve': `${folder}/cache` }
  let text = readFileSync(resolve('deploy', file), 'utf8')
  for (const [from, to] of Object.entries(replaced)) text = text.replaceAll(from, to)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
  writeFileSync(`${folder}/site.conf`, text)
  writeFileSync(`${folder}/nginx.conf`, `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}\nhttp { access_log off; ${temporary} include ${folder}/site.conf; }\n`)
  const child = spawn('nginx', ['-p', folder, '-e', `${folder}/error.log`, '-c', `${folder}/nginx.conf`], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  scope.after(async () => {
    child.kill()
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  const ask: Ask = async (path, headers = {}) => await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, agent: false, ca: readFileSync(`${folder}/fullchain.pem`), checkServerIdentity: () => undefined }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
        .on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }))
    }).on('error', reject).end()
  })
  for (let tries = 0; ; tries++) {
    try {
      await ask('/')
      return ask
    } catch (error) {
      if (child.exitCode !== null || tries === 100) throw new Error(`nginx does not answer: ${readFileSync(`${folder}/error.log`, 'utf8')}`, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
