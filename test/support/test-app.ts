import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import type { Test } from 'supertest'
import { buildApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import type { Config } from '../../src/config.js'
import { createServices } from '../../src/services.js'
import type { IngestingServices, ServicesListener } from '../../src/services.js'
import { makeDataset, type MadeStudy, type Scope, type TestDataset } from './test-dataset.js'

export interface TestAppOptions {
  studies?: readonly MadeStudy[]
  /** instead of `studies`: an existing folder */
  root?: string
  config?: Partial<Config>
  listener?: ServicesListener
  /** false: the catalog only lists the studies, and all are pending */
  ingest?: boolean
}

export interface TestApp {
  app: FastifyInstance
  services: IngestingServices
  dataset: TestDataset
  /** http://127.0.0.1:port */
  origin: string
  port: number
  /** GET a path; `body` is a Buffer unless the answer is JSON or text */
  get: (path: string) => Test
  request: ReturnType<typeof supertest>
  /** GET a path, which must answer 200, as bytes */
  bytes: (path: string) => Promise<Buffer>
  /** GET a path, which must answer 200, as JSON */
  json: <Body = any>(path: string) => Promise<Body>
  /** GET a path until it no longer answers `catalog-building` */
  settled: (path: string) => Promise<supertest.Response>
}

/** A whole service over made files: real files, a real catalog (in memory), real threads, a real port. Closes itself. */
export async function buildTestApp (scope: Scope, options: TestAppOptions = {}): Promise<TestApp> {
  const dataset = options.root === undefined
    ? makeDataset(scope, options.studies ?? [{}])
    : { root: options.root, path: (key: string) => `${options.root}/${key}`, image: noFiles, mask: noFiles }
  const config = { ...readConfig({}), catalogFile: ':memory:', decodeThreads: 1, cacheBytes: 32 * 2 ** 20, logLevel: 'silent' as const, ...options.config }
  const services = await createServices(config, dataset.root, options.listener)
  const app = await buildApp(services, { logger: false })
  scope.after(async () => await app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  if (options.ingest !== false) await services.ingest.run(services.listing.studies.map(({ id }) => id))
  const { port } = app.server.address() as AddressInfo
  const request = supertest(app.server)
  const get = (path: string) => request.get(path).buffer(true).parse(parseBody)
  const found = async (path: string) => {
    const response = await get(path)
    assert.equal(response.status, 200, `${path}: ${JSON.stringify(response.body)}`)
    return response
  }
  return {
    app,
    services,
    dataset,
    origin: `http://127.0.0.1:${port}`,
    port,
    get,
    request,
    bytes: async (path) => (await found(path)).body,
    json: async (path) => (await found(path)).body,
    settled: async (path) => {
      for (let left = 100; ; left--) {
        const response = await get(path)
        if (response.body.type !== 'urn:niiserve:problem:catalog-building' || left === 0) return response
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
}

function noFiles (): never {
  throw new Error('the test made no files')
}

/** Parses JSON to a value, text to a string; everything else stays bytes. */
function parseBody (response: supertest.Response, done: (error: Error | null, body: unknown) => void): void {
  const chunks: Buffer[] = []
  const stream = response as unknown as NodeJS.ReadableStream & { headers: Record<string, string> }
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', (error) => done(error, null))
  stream.on('end', () => {
    const bytes = Buffer.concat(chunks)
    const type = stream.headers['content-type'] ?? ''
    if (/^application\/(problem\+)?json/.test(type)) done(null, JSON.parse(bytes.toString('utf8')))
    else if (/^text\/|ndjson|yaml/.test(type)) done(null, bytes.toString('utf8'))
    else done(null, bytes)
  })
}

/** Asserts what every problem has in common (docs/contract.md, Errors; RFC 9457). */
export function assertProblem (response: supertest.Response, status: number, slug: string, parameters?: readonly string[]): void {
  const { body, headers } = response
  assert.equal(response.status, status, JSON.stringify(body))
  assert.match(headers['content-type']!, /^application\/problem\+json/)
  assert.equal(body.type, `urn:niiserve:problem:${slug}`)
  assert.equal(body.status, status)
  assert.equal(body.instance, headers['x-request-id'])
  assert.ok(typeof body.title === 'string' && body.title !== '')
  assert.ok(typeof body.detail === 'string' && body.detail !== '')
  assert.doesNotMatch(JSON.stringify(body), /niiserve-test-|\/tmp\/|\/work\/|node_modules/, 'no text holds a path of the server')
  if (parameters !== undefined) assert.deepEqual(body.errors.map(({ parameter }: { parameter: string }) => parameter).sort(), [...parameters].sort(), JSON.stringify(body.errors))
}
