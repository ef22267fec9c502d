import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { ConfigError } from '../../src/errors.js'
import { openRunDatabase } from '../../src/evaluation/runs/run-database.js'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { writeContent } from '../support/test-dataset.js'

const SHAPE = [8, 8, 4]
const image = { shape: SHAPE, voxels: () => 0 }
const lesion = (from: number) => ({ shape: SHAPE, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => i >= from && i < from + 3 && j > 1 && j < 6 && k > 0 && k < 3 ? 1 : 0 })
const STUDIES = [{ category: 'CT-0', image }, ...[1, 2, 3].map((n) => ({ category: 'CT-1', image, mask: lesion(n) })), { category: 'CT-4', image }]

const serve = async (t: TestContext, config: Parameters<typeof buildTestApp>[1] = {}) => await buildTestApp(t, { studies: STUDIES, ...config, config: { evaluationsFile: ':memory:', ...config?.config } })
const create = async ({ request }: TestApp, body: object = { name: 'first' }, query = '') => {
  const response = await request.post(`/v1/evaluations.json${query}`).send(body)
  assert.equal(response.status, 201, JSON.stringify(response.body))
  return response
}
const put = async ({ request }: TestApp, id: string, study: string, bytes: Uint8Array) => await request.put(`/v1/evaluations/${id}/masks/${study}`).set('content-type', 'application/octet-stream').send(Buffer.from(bytes))
const grades = (...severities: number[]) => severities.map((severity, n) => ({ study: `study_000${n + 1}`, severity, score: severity }))

describe('evaluations', () => {
  it('are off without a file to keep them in, whatever is asked', async (t) => {
    const app = await buildTestApp(t, { studies: STUDIES })
    for (const path of ['/v1/evaluations.json', '/v1/evaluations/x.json', '/v1/evaluations/x.csv', '/v1/evaluations/compare.json?a=x&b=y']) assertProblem(await app.get(path), 404, 'evaluations-off')
    assertProblem(await app.request.post('/v1/evaluations.json').send({ name: 'x' }), 404, 'evaluations-off')
    assertProblem(await put(app, 'x', 'study_0002', makeNifti(lesion(1))), 404, 'evaluations-off')
    assertProblem(await app.request.delete('/v1/evaluations/x'), 404, 'evaluations-off')
  })

  it('begin with every annotated study missing', async (t) => {
    const app = await serve(t)
    const { body, headers } = await create(app, { name: 'U-Net', algorithm: 'unet', version: '1', note: 'n', tolerance: 2, minLesionMl: 0.001 })
    assert.equal(headers['location'], `/v1/evaluations/${body.id}.json`)
    assert.deepEqual([body.name, body.tolerance, body.target.studies, body.target.annotated, body.scored, body.missing, body.dice], ['U-Net', 2, 5, 3, 0, 3, 0])
    const report = await app.json(headers['location']!)
    assert.deepEqual(report.cases.map(({ study, status, dice, recall, precision, lesionRecall }: Record<string, unknown>) => [study, status, dice, recall, precision, lesionRecall]), ['study_0002', 'study_0003', 'study_0004'].map((id) => [id, 'missing', 0, 0, null, 0]))
    assert.deepEqual([report.aggregates.dice.mean, report.aggregates.hd95Mm.median, report.severity], [0, null, undefined])
  })

  it('take masks one by one, each in place of the one before', async (t) => {
    const app = await serve(t)
    const { body: { id } } = await create(app)
    const first = await put(app, id, 'study_0002', makeNifti(lesion(2)))
    assert.deepEqual([first.status, first.body.study, first.body.dice], [200, 'study_0002', 2 / 3])
    await put(app, id, 'study_0003', makeNifti(lesion(2)))
    const { aggregates, dice, scored, missing } = await app.json(`/v1/evaluations/${id}.json`)
    assert.deepEqual([scored, missing, aggregates.dice.n, aggregates.dice.missing], [2, 1, 3, 1])
    assert.ok(Math.abs(dice - (2 / 3 + 1) / 3) < 1e-12)
    assert.ok(Math.abs(aggregates.dice.mean - dice) < 1e-12)
    await put(app, id, 'study_0002', makeNifti(lesion(1)))
    assert.ok(Math.abs((await app.json(`/v1/evaluations/${id}.json`)).dice - 2 / 3) < 1e-12)
    const csv = await app.get(`/v1/evaluations/${id}.csv`)
    assert.match(csv.headers['content-type']!, /^text\/csv/)
    assert.match(csv.body, /^study,status,dice,.*\r\nstudy_0002,scored,1,1,.*\r\nstudy_0003,scored,1,.*\r\nstudy_0004,missing,0,0,,0,/)
    const head = await app.request.head(`/v1/evaluations/${id}.json`)
    assert.deepEqual([head.status, head.text], [200, undefined])
  })

  it('take no mask outside their target, and none whose reference has changed', async (t) => {
    const app = await serve(t)
    const { body: { id } } = await create(app, { name: 'x' }, '?maxLesionMl=100&category=CT-1')
    assertProblem(await put(app, id, 'study_0001', makeNifti(lesion(1))), 404, 'mask-not-found')
    assertProblem(await put(app, 'nothing', 'study_0002', makeNifti(lesion(1))), 404, 'evaluation-not-found')
    assertProblem(await put(app, id, 'study_0002', Buffer.from('x')), 422, 'prediction-unreadable')
    writeContent(app.dataset.mask('study_0002'), lesion(4))
    await app.settled('/v1/studies/study_0002/mask.npy')
    assertProblem(await put(app, id, 'study_0002', makeNifti(lesion(1))), 409, 'targets-differ')
  })

  it('keep severities, of every study of their filters', async (t) => {
    const app = await serve(t)
    const { body: { id } } = await create(app)
    const path = `/v1/evaluations/${id}/severity`
    assertProblem(await app.request.put(path).send({ predictions: grades(0, 1, 1, 1) }), 400, 'invalid-request', ['predictions'])
    const { body } = await app.request.put(path).send({ predictions: grades(0, 1, 1, 2, 4), resamples: 20 })
    const report = await app.json(`/v1/evaluations/${id}.json`)
    assert.equal(report.graded, true)
    assert.deepEqual(report.severity, body)
    assert.deepEqual([body.flow.scored, body.severity.accuracy.value], [5, 0.8])
  })

  it('are listed by date or Dice, in pages', async (t) => {
    const app = await serve(t)
    const ids: string[] = []
    for (const name of ['one', 'two', 'three']) ids.push((await create(app, { name })).body.id)
    await put(app, ids[1]!, 'study_0002', makeNifti(lesion(1)))
    const names = async (query: string) => (await app.json(`/v1/evaluations.json${query}`)).items.map(({ name }: { name: string }) => name)
    assert.equal((await names('?sort=-dice'))[0], 'two')
    assert.equal((await names('?sort=dice')).at(-1), 'two')
    const first = await app.get('/v1/evaluations.json?limit=2&sort=created')
    assert.deepEqual([first.body.items.length, first.body.total], [2, 3])
    const second = await app.json(/<([^>]*)>/.exec(first.headers['link']!)![1]!)
    assert.deepEqual([[...first.body.items, ...second.items].map(({ id }: { id: string }) => id).sort(), second.nextCursor], [[...ids].sort(), null])
    assertProblem(await app.get('/v1/evaluations.json?sort=name'), 400, 'invalid-request', ['sort'])
    assert.equal((await app.request.delete(`/v1/evaluations/${ids[1]}`)).status, 204)
    assertProblem(await app.get(`/v1/evaluations/${ids[1]}.json`), 404, 'evaluation-not-found')
    assertProblem(await app.request.delete(`/v1/evaluations/${ids[1]}`), 404, 'evaluation-not-found')
  })

  it('compare where their targets are the same', async (t) => {
    const app = await serve(t)
    const [a, b, other] = [(await create(app)).body.id, (await create(app)).body.id, (await create(app, { name: 'x' }, '?category=CT-1')).body.id]
    for (const study of ['study_0002', 'study_0003', 'study_0004']) await put(app, a, study, readFileSync(app.dataset.mask(study)))
    await put(app, b, 'study_0002', makeNifti(lesion(1)))
    for (const [id, severities] of [[a, [0, 1, 1, 1, 4]], [b, [1, 0, 1, 1, 4]]] as const) await app.request.put(`/v1/evaluations/${id}/severity`).send({ predictions: grades(...severities), resamples: 0 })
    const compared = await app.json(`/v1/evaluations/compare.json?a=${a}&b=${b}`)
    assert.ok(Math.abs(compared.metrics.dice.difference.value - 2 / 3) < 1e-12)
    assert.deepEqual(compared.metrics.dice.wilcoxon, { p: 0.5 })
    assert.deepEqual(compared.mcnemar[0], { threshold: 1, b: 2, c: 0, p: 0.5 })
    assert.deepEqual([compared.graded, compared.auc.length], [5, 4])
    assertProblem(await app.get(`/v1/evaluations/compare.json?a=${a}&b=${other}`), 409, 'targets-differ')
    assertProblem(await app.get(`/v1/evaluations/compare.json?a=${a}&b=nothing`), 404, 'evaluation-not-found')
    assertProblem(await app.get(`/v1/evaluations/compare.json?a=${a}`), 400, 'invalid-request', ['b'])
  })

  it('survive a restart, and need the key where keys are configured', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'niiserve-runs-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const evaluationsFile = join(folder, 'deep', 'runs.sqlite')
    const before = await serve(t, { config: { evaluationsFile } })
    const { body: { id } } = await create(before)
    await before.app.close()
    const after = await buildTestApp(t, { studies: STUDIES, config: { evaluationsFile, apiKeys: ['secret'] } })
    assertProblem(await after.request.post('/v1/evaluations.json').send({ name: 'x' }), 401, 'unauthorized')
    assert.equal((await after.request.get(`/v1/evaluations/${id}.json`).set('x-api-key', 'secret')).status, 200)
  })

  it('stop the start where their file is no database, and leave it as it is', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'niiserve-runs-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'runs.sqlite')
    writeFileSync(file, 'this is somebody\'s letter, and not a database at all'.repeat(100))
    assert.throws(() => openRunDatabase(file), (error: Error) => error instanceof ConfigError && /^EVALUATIONS_FILE: /.test(error.message))
    assert.match(readFileSync(file, 'utf8'), /^this is somebody's letter/)
  })
})
