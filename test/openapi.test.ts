import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { openapiYaml } from '../src/commands/openapi.js'
import { SETTINGS } from '../src/config.js'
import { DEMO_STUDIES } from '../src/demo/demo-plan.js'
import { PROBLEMS } from '../src/http/problems/problem-details.js'
import { buildTestApp } from './support/test-app.js'

interface Parameter { name: string, in: string, description?: string, schema: object, example?: unknown }
interface Operation {
  operationId?: string
  summary?: string
  parameters?: Parameter[]
  responses: Record<string, { description?: string, headers?: Record<string, unknown>, content?: Record<string, { schema: { type?: string, format?: string, $ref?: string } }> }>
}

const text = await openapiYaml()
const document = parse(text) as { openapi: string, paths: Record<string, Record<string, Operation>>, components: Record<string, Record<string, object>> }
const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { parameters = [], responses, ...operation }]) => ({
  path, method, ...operation, parameters: parameters.map(partOf), responses: Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, partOf(response)]))
})))

/** The part itself, where only its place among the components is named. */
function partOf<Part extends object> (part: Part & { $ref?: string }): Part {
  if (part.$ref === undefined) return part
  const [, , kind, name] = part.$ref.split('/')
  return document.components[kind!]![name!] as Part
}

describe('openapi.yaml', () => {
  it('is what the routes say (else: npm run openapi)', () => {
    assert.ok(readFileSync('openapi.yaml', 'utf8') === text, 'openapi.yaml is out of date')
  })

  it('has every route of the contract, and no other', () => {
    const below = (base: string, ends: string[]) => ends.map((end) => `GET ${base}${end}`)
    const arrays = ['.raw', '.npy']
    const pictures = ['.png', '.webp', '.jpeg']
    const lists = ['', '.ndjson', '.csv']
    const files = ['.raw', '.npy', '.nii', '.nii.gz']
    const zarr = ['/zarr.json', '/0/zarr.json', '/0/c/{k}/{j}/{i}']
    const expected = [
      ...below('', ['/healthz', '/readyz', '/metrics', '/openapi.json', '/openapi.yaml']),
      ...below('/v1', ['/dataset', '/dataset.croissant.json', '/qc.json', '/qc.csv', '/categories', '/stats', '/splits', '/webdataset.tar']),
      ...below('/v1/studies', lists),
      ...below('/v1/slices', lists),
      ...below('/v1/studies/{studyId}', ['', '/slices', '/labels', '/histogram', '/{volume}/header', '/montage.png', '/thumbnail.png']),
      ...below('/v1/studies/{studyId}/{volume}/slices/{index}', [...arrays, ...pictures]),
      ...below('/v1/studies/{studyId}/{volume}', files),
      ...below('/v1/studies/{studyId}/labels/{set}/slices/{index}', [...arrays, ...pictures]),
      ...below('/v1/studies/{studyId}/labels/{set}', ['/header', ...files]),
      ...below('/zarr/{studyId}', [...zarr, '/labels/zarr.json']),
      ...below('/zarr/{studyId}/labels/mask', zarr),
      ...below('/zarr/{studyId}/labels/{set}', zarr),
      'POST /v1/batches.safetensors', 'POST /v1/batches.npz', 'POST /v1/batches.raw',
      'POST /v1/scores/severity.json', 'POST /v1/studies/{studyId}/mask/scores.json', 'POST /v1/studies/{studyId}/mask/scores.png',
      'POST /v1/evaluations.json', 'GET /v1/evaluations.json', 'GET /v1/evaluations/compare.json', 'GET /v1/evaluations/{id}.json', 'GET /v1/evaluations/{id}.csv',
      'DELETE /v1/evaluations/{id}', 'PUT /v1/evaluations/{id}/severity', 'PUT /v1/evaluations/{id}/masks/{studyId}'
    ]
    assert.deepEqual(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort(), expected.sort())
  })

  it('is OpenAPI 3.1, each operation with an id of its own, a summary and described parameters', () => {
    assert.match(document.openapi, /^3\.1\./)
    const ids = operations.map(({ operationId }) => operationId)
    assert.ok(ids.every((id) => id !== undefined && /^[a-z][A-Za-z0-9]+$/.test(id)), ids.join())
    assert.equal(new Set(ids).size, ids.length)
    for (const { path, summary, parameters } of operations) {
      assert.ok(summary, path)
      for (const { name, description, in: place } of parameters) assert.ok(description !== undefined || place === 'header', `${path} ${name} is not described`)
    }
  })

  it('gives each operation one media type for its answer, and problems for the rest', () => {
    for (const { path, method, responses } of operations) {
      // What is created is answered with 201, what is removed with nothing.
      const done = responses['200'] ?? responses['201'] ?? responses['204']
      assert.equal(Object.keys(done?.content ?? {}).length, responses['204'] === undefined ? 1 : 0, `${method} ${path}`)
      for (const [status, { content = {}, description }] of Object.entries(responses)) {
        assert.ok(description, `${path} ${status}`)
        if (Number(status) >= 400) assert.deepEqual(Object.keys(content), ['application/problem+json'], `${path} ${status}`)
      }
      if (path.startsWith('/v1/')) for (const status of ['400', '401', '500', '503']) assert.ok(responses[status] !== undefined, `${path} says nothing of ${status}`)
    }
  })

  it('says of JSON, CSV and NDJSON how they are held and asked for again, as the service does', async (t) => {
    const { get, request } = await buildTestApp(t)
    const texts = operations.filter(({ path, method, responses }) => method === 'get' && /^\/v1\/(?!evaluations)/.test(path) && !path.includes('{') && /json|csv/.test(Object.keys(responses['200']!.content ?? {}).join()))
    assert.ok(texts.length > 10)
    for (const { path, responses } of texts) {
      for (const name of ['ETag', 'Cache-Control']) assert.ok(name in responses['200']!.headers!, `${path} ${name}`)
      assert.ok('304' in responses, path)
      const first = await get(path)
      assert.match(first.headers['etag']!, /^W\/"/, path)
      const { status, headers: again } = await request.get(path).set('if-none-match', first.headers['etag']!)
      assert.deepEqual([status, again['etag'], again['cache-control']], [304, first.headers['etag'], first.headers['cache-control']], path)
    }
  })

  it('types binary answers as binary, with their headers', () => {
    for (const { path, responses } of operations) {
      if (!/\.(raw|npy|nii|nii\.gz|png|webp|jpeg)$/.test(path) || !path.includes('{volume}')) continue
      const [[mediaType, { schema }]] = Object.entries(responses['200']!.content!) as [[string, { schema: { type?: string, format?: string } }]]
      assert.deepEqual([schema.type, schema.format], ['string', 'binary'], path)
      assert.match(mediaType, /^(image\/(png|webp|jpeg)|application\/(octet-stream|gzip))$/)
      const headers = Object.keys(responses['200']!.headers ?? {})
      for (const name of ['ETag', 'Cache-Control', 'Dataset-Revision', 'Link', 'Server-Timing']) assert.ok(headers.includes(name), `${path} ${name}`)
      if (/\.(raw|npy)$/.test(path)) for (const name of ['Array-Dtype', 'Array-Shape', 'Array-Order', 'Array-Endian', 'Array-Affine']) assert.ok(headers.includes(name), `${path} ${name}`)
      assert.ok(responses['304'] !== undefined, path)
    }
  })

  it('refers to nothing that is not there', () => {
    const references = [...text.matchAll(/\$ref: "?#\/components\/(\w+)\/([^"\s]+)/g)].map(([, kind, name]) => [kind!, name!] as const)
    for (const [kind, name] of references) assert.ok(name in document.components[kind]!, `${kind}/${name}`)
    assert.ok(references.length > 0)
  })

  it('says once what several routes say alike, under names that generated clients keep', () => {
    for (const name of ['BatchRequest', 'BatchItem', 'SliceRow', 'SliceFacts', 'Category', 'Status', 'Bin', 'Plane', 'Dtype', 'Aspect', 'Overlay', 'MissingMask']) {
      assert.ok(text.includes(`#/components/schemas/${name}"`) || text.includes(`#/components/schemas/${name}\n`), name)
    }
    for (const { method, path, requestBody } of operations as { method: string, path: string, requestBody?: { content: Record<string, { schema: object }> } }[]) {
      const schema = requestBody?.content['application/json']?.schema
      if (path.startsWith('/v1/batches.')) assert.deepEqual([method, schema], ['post', { $ref: '#/components/schemas/BatchRequest' }], path)
      else if (schema !== undefined) assert.match(JSON.stringify(schema), /^{"\$ref":"#\/components\/schemas\/(Severity|Evaluation)Request"}$/, path)
    }
  })

  it('has no default of an array and no unique enums, which clients in Go, Java and Kotlin do not compile with', () => {
    const arrays = schemasIn(document).filter(({ type }) => type === 'array')
    assert.ok(arrays.length > 10)
    assert.deepEqual(arrays.filter((schema) => 'default' in schema || 'uniqueItems' in schema), [])
  })

  it('names a study and a slice that the demo dataset has', () => {
    const { slices, annotated } = DEMO_STUDIES.find(({ id }) => id === '10')!
    assert.ok(annotated)
    for (const { path, parameters } of operations) {
      for (const { name, in: place, example } of parameters) {
        if (place !== 'path') continue
        if (name === 'studyId') assert.equal(example, 'study_0010', path)
        if (name === 'index') assert.ok(Number(example) < slices, path)
      }
    }
  })

  it('tells of every problem', () => {
    for (const code of Object.keys(PROBLEMS)) assert.ok(text.includes(`\`${code}\``) || ['route-not-found', 'method-not-allowed', 'body-too-large', 'unsupported-media-type'].includes(code), `${code} is in no response`)
  })
})

describe('what a newcomer reads', () => {
  const readme = readFileSync('README.md', 'utf8')
  const example = readFileSync('.env.example', 'utf8')

  for (const name of Object.keys(SETTINGS.properties)) {
    it(`has the setting ${name}, in .env.example and the README`, () => {
      assert.match(example, new RegExp(`^#? ?${name}=`, 'm'))
      assert.ok(readme.includes(`\`${name}\``) || readFileSync('docs/configuration.md', 'utf8').includes(`\`${name}\``))
    })
  }

  it('docker-compose.yml passes every setting, but those that the container fixes', () => {
    const { services: { niiserve: { environment } } } = parse(readFileSync('docker-compose.yml', 'utf8'))
    const passed = Object.keys(SETTINGS.properties).filter((name) => !['HOST', 'PORT', 'CATALOG_FILE'].includes(name))
    assert.deepEqual(Object.keys(environment).sort(), passed.sort())
    for (const name of passed) {
      // The folder and the file of keys are mounted, and have other paths inside.
      const expected = { DATA_ROOT: '/data', API_KEYS_FILE: '$' + '{API_KEYS_FILE:+/run/niiserve-keys}' }[name] ?? '$' + `{${name}:-}`
      assert.equal(environment[name], expected, name)
    }
  })
})

/** Every object below the document's paths and components that could be a schema. */
function schemasIn (node: unknown): Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap(schemasIn)
  if (node === null || typeof node !== 'object') return []
  return [node as Record<string, unknown>, ...Object.values(node).flatMap(schemasIn)]
}
