import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import pino from 'pino'
import { buildApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { urlForLog } from '../../src/http/telemetry/request-log.js'
import { createServices } from '../../src/services.js'
import { makeDataset } from '../support/test-dataset.js'

describe('the log', () => {
  it('has one line for each request, with method, URL, status, milliseconds and bytes', async (t) => {
    const lines: any[] = []
    const into = new Writable({ write (chunk, _encoding, done) { lines.push(JSON.parse(String(chunk))); done() } })
    const { root } = makeDataset(t, [{}])
    const services = await createServices({ ...readConfig({}), catalogFile: ':memory:', decodeThreads: 1, apiKeys: ['lab=k'] }, root)
    const app = await buildApp(services, { loggerInstance: pino({ base: null }, into) })
    t.after(async () => await app.close())
    await services.ingest.run(['study_0001'])
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const ask = async (path: string, key = 'k') => {
      const response = await fetch(origin + path, { headers: { 'X-API-Key': key } })
      return (await response.arrayBuffer()).byteLength
    }
    const slice = '/v1/studies/study_0001/image/slices/0.raw'
    const bytes = [await ask(slice), await ask(slice), await ask(slice), await ask('/v1/dataset?api_key=k', 'wrong'), await ask('/healthz')]
    await new Promise((resolve) => setTimeout(resolve, 50)) // a line is written when the connection has the last byte
    const requests = lines.filter(({ msg }) => msg === 'request')
    assert.deepEqual(requests.map(({ method, url, status, key }) => [method, url, status, key]), [
      ['GET', slice, 200, 'lab'], ['GET', slice, 200, 'lab'], ['GET', slice, 200, 'lab'], ['GET', '/v1/dataset?api_key=…', 401, undefined]
    ])
    for (const [n, line] of requests.entries()) {
      assert.ok(line.bytes > bytes[n]! && line.bytes < bytes[n]! + 2_000, `${line.bytes} bytes for a body of ${bytes[n]}`)
      assert.ok(line.ms >= 0 && line.reqId.length === 36)
    }
    assert.doesNotMatch(JSON.stringify(lines), /api_key=k/)
  })

  it('has no value of a parameter that may be a key, however it is spelled', () => {
    assert.equal(urlForLog('/v1/studies?limit=1&api_key=s3cret&x=2'), '/v1/studies?limit=1&api_key=…&x=2')
    assert.equal(urlForLog('/v1/studies?api%5F%6Bey=s3cret'), '/v1/studies?api%5F%6Bey=…')
    for (const name of ['access_token', 'X-API-Key', 'password', 'Authorization']) assert.doesNotMatch(urlForLog(`/?${name}=s3cret`), /s3cret/, name)
    assert.equal(urlForLog('/v1/studies?category=CT-1&limit=5'), '/v1/studies?category=CT-1&limit=5')
  })
})
