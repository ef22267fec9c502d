import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { TestContext } from 'node:test'
import { DIFFERENCE_COLORS } from '../../src/evaluation/masks/difference-picture.js'
import { npyHeader } from '../../src/render/npy.js'
import { readPng } from '../render/read-png.js'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'

const SHAPE = [12, 10, 6]
const AFFINE = [[-0.7, 0, 0, 40], [0, 0.7, 0, -30], [0, 0, 8, -100]]
const lesion = (from: number) => (i: number, j: number, k: number) => i >= from && i < from + 4 && j >= 3 && j < 7 && k >= 2 && k < 4 ? 1 : 0
const image = { shape: SHAPE, sform: AFFINE, pixdim: [0.7, 0.7, 8], voxels: () => -600 }
const maskFile = { shape: SHAPE, sform: AFFINE, pixdim: [0.7, 0.7, 8], datatype: 'uint8' as const }
const STUDIES = [
  { category: 'CT-0', image }, { category: 'CT-1', image, mask: { ...maskFile, voxels: lesion(2) } },
  { category: 'CT-1', image, mask: { ...maskFile, voxels: lesion(5) } }, { category: 'CT-3', image }
]
const OCTETS = 'application/octet-stream'

const serve = async (t: TestContext, evaluationsFile?: string): Promise<TestApp> => await buildTestApp(t, { studies: STUDIES, config: { evaluationsFile } })
const grades = (...severities: number[]) => severities.map((severity, n) => ({ study: `study_000${n + 1}`, severity }))
const sendMask = async ({ request }: TestApp, path: string, bytes: Uint8Array) => await request.post(path).set('content-type', OCTETS).send(Buffer.from(bytes))

describe('POST /v1/scores/severity.json', () => {
  it('scores every study of the catalog, and keeps nothing', async (t) => {
    const { request } = await serve(t)
    const { status, body, headers } = await request.post('/v1/scores/severity.json').send({ predictions: grades(0, 1, 0, 3), resamples: 50, bootstrapSeed: 3 })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(headers['cache-control'], 'no-store')
    assert.deepEqual(body.flow, { catalogued: 4, targeted: 4, predicted: 4, missing: 0, scored: 4 })
    assert.equal(body.severity.accuracy.value, 0.75)
    assert.deepEqual(body.missed, [{ study: 'study_0003', category: 'CT-1', severity: 1, predicted: 0 }])
    assert.deepEqual(body.intervals, { level: 0.95, resamples: 50, seed: 3 })
    for (const name of Object.keys(body.severity).filter((key) => body.severity[key]?.method !== undefined)) assert.match(body.definitions[name], /, \/\d+$/, name)
  })

  it('takes its target from the query, and says which it was', async (t) => {
    const { request } = await serve(t)
    const post = async (query: string, predictions: object[]) => await request.post(`/v1/scores/severity.json${query}`).send({ predictions, missing: 'exclude', resamples: 0 })
    const { body } = await post('?category=CT-1,CT-3', [{ study: 'study_0002', severity: 1 }])
    assert.deepEqual([body.target.studies, body.target.filters, body.flow.missing, body.flow.scored], [3, { category: 'CT-1,CT-3' }, 2, 1])
    assert.notEqual((await post('?category=CT-1', [])).body.target.hash, body.target.hash)
    assertProblem(await post('?category=CT-1', [{ study: 'study_0001', severity: 1 }]), 400, 'invalid-request', ['predictions.0'])
    const empty = await post('?category=CT-4', [])
    assert.deepEqual([empty.status, empty.body.severity.qwk.value, empty.body.target.studies], [200, null, 0])
  })

  it('names what is wrong with a body', async (t) => {
    const { request } = await serve(t)
    const post = async (body: object) => await request.post('/v1/scores/severity.json').send(body)
    assertProblem(await post({}), 400, 'invalid-request', ['predictions'])
    assertProblem(await post({ predictions: grades(0, 1, 1, 7) }), 400, 'invalid-request', ['predictions.3.severity'])
    assertProblem(await post({ predictions: grades(0, 1) }), 400, 'invalid-request', ['predictions'])
    assertProblem(await post({ predictions: grades(0, 1, 1, 3), resamples: 10001 }), 400, 'invalid-request', ['resamples'])
    assertProblem(await post({ predictions: [], more: 1 }), 400, 'invalid-request', ['more'])
    assertProblem(await request.post('/v1/scores/severity.json').set('content-type', 'text/plain').send('x'), 415, 'unsupported-media-type')
  })

  it('refuses a hundred megabytes before it reads them', async (t) => {
    const { request } = await serve(t)
    const response = await request.post('/v1/scores/severity.json').set('content-type', 'application/json').set('content-length', String(100 * 2 ** 20)).send('{}')
    assertProblem(response, 413, 'body-too-large')
  })
})

describe('POST /v1/studies/{studyId}/mask/scores.json', () => {
  it('scores .nii.gz, .nii and .npy alike', async (t) => {
    const app = await serve(t)
    const path = '/v1/studies/study_0002/mask/scores.json'
    const made = makeNifti({ ...maskFile, voxels: lesion(4) })
    const bits = Uint8Array.from({ length: 720 }, (_, n) => lesion(4)(n % 12, Math.floor(n / 12) % 10, Math.floor(n / 120)))
    const answers = []
    for (const [bytes, geometry] of [[gzipSync(made), 'same'], [made, 'same'], [Buffer.concat([npyHeader('|u1', [6, 10, 12]), bits]), 'assumed']] as const) {
      const { status, body } = await sendMask(app, path, bytes)
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(body.geometry, geometry)
      answers.push({ ...body, geometry })
    }
    const [{ tp, fp, fn, dice, study, lesions, volumeErrorMl }] = answers
    assert.deepEqual([study, tp, fp, fn, dice, lesions.detected], ['study_0002', 16, 16, 16, 0.5, 1])
    assert.equal(volumeErrorMl, 0)
    for (const name of ['dice', 'nsd', 'hd95Mm', 'lesionF1']) assert.match(answers[0]!.definitions[name], /, \/\d+$/, name)
    assert.deepEqual({ ...answers[2], geometry: '' }, { ...answers[0], geometry: '' })
  })

  it('takes tolerance and least lesion, and says what it does not take', async (t) => {
    const app = await serve(t)
    const file = readFileSync(app.dataset.mask('study_0003'))
    const { body } = await sendMask(app, '/v1/studies/study_0002/mask/scores.json?tolerance=1&minLesionMl=5', file)
    assert.deepEqual([body.nsd.toleranceMm, body.lesions.ignored], [1, { reference: 1, predicted: 1 }])
    assertProblem(await sendMask(app, '/v1/studies/study_0002/mask/scores.json?tolerance=0', file), 400, 'invalid-request', ['tolerance'])
    assertProblem(await sendMask(app, '/v1/studies/study_0001/mask/scores.json', file), 404, 'mask-not-found')
    assertProblem(await sendMask(app, '/v1/studies/study_9999/mask/scores.json', file), 404, 'study-not-found')
    assertProblem(await app.request.post('/v1/studies/study_0002/mask/scores.json').send({}), 415, 'unsupported-media-type')
    assertProblem(await app.get('/v1/studies/study_0002/mask/scores.json'), 405, 'method-not-allowed')
  })

  it('refuses what is elsewhere, and what cannot be read, in its own words', async (t) => {
    const app = await serve(t)
    const path = '/v1/studies/study_0002/mask/scores.json'
    assertProblem(await sendMask(app, path, makeNifti({ ...maskFile, shape: [12, 10, 7] })), 422, 'geometry-mismatch')
    assertProblem(await sendMask(app, path, Buffer.from('no mask')), 422, 'prediction-unreadable')
    assertProblem(await sendMask(app, path, new Uint8Array(0)), 422, 'prediction-unreadable')
    assertProblem(await sendMask(app, path, gzipSync(Buffer.concat([makeNifti({ ...maskFile }), Buffer.alloc(64 * 2 ** 20)]))), 422, 'prediction-unreadable')
    assertProblem(await sendMask(app, path, gzipSync(Buffer.concat([npyHeader('|u1', [6, 10, 12])]))), 422, 'prediction-unreadable')
    assertProblem(await sendMask(app, path, Buffer.concat([npyHeader('<f8', [60000, 60000, 60000])])), 413, 'body-too-large')
    const large = await app.request.post(path).set('content-type', OCTETS).set('content-length', String(65 * 2 ** 20)).send('x')
    assertProblem(large, 413, 'body-too-large')
    assert.match(large.body.detail, /64 MiB/)
    const nan = makeNifti({ ...maskFile, datatype: 'float32', voxels: () => NaN })
    assert.equal((await sendMask(app, path, nan)).body.prediction.voxels, 0)
  })
})

describe('POST /v1/studies/{studyId}/mask/scores.png', () => {
  it('draws hits, false positives and misses over the slice with most lesion, as a radiologist sees it', async (t) => {
    const large = { shape: [60, 50, 4], sform: AFFINE }
    const box = (from: number, count: number) => ({ ...large, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => i >= from && i < from + 4 && j >= 20 && j < 24 && k > 0 && k <= count ? 1 : 0 })
    const app = await buildTestApp(t, { studies: [{ image: { ...large, voxels: () => -600 }, mask: box(20, 2) }] })
    const path = '/v1/studies/study_0001/mask/scores.png'
    const draw = async (query: string) => await app.request.post(path + query).set('content-type', OCTETS).send(makeNifti(box(22, 1))).buffer(true).parse((res, done) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => done(null, Buffer.concat(chunks)))
    })
    const response = await draw('')
    assert.deepEqual([response.status, response.headers['content-type'], response.headers['slice-window']], [200, 'image/png', '-600,1500'])
    const { samples, columns, rows } = readPng(response.body)
    assert.equal(columns, 60)
    assert.ok(rows > 50, 'a legend stands below')
    // LAS: the first column is the patient's right, where i begins; the first row is anterior, where j ends.
    const at = (i: number) => samples.slice(((49 - 21) * columns + i) * 3, ((49 - 21) * columns + i) * 3 + 3)
    const grey = at(40)[0]!
    const blended = (kind: number) => DIFFERENCE_COLORS[kind]!.map((channel) => Math.round(grey * 0.4 + channel * 0.6))
    assert.deepEqual([at(40), at(20), at(22), at(24)], [[grey, grey, grey], blended(0), blended(2), blended(1)], 'nothing, missed, hit, false')
    assert.ok(Math.abs(grey - 127.5) <= 1, 'the centre of the window')
    assert.notDeepEqual((await draw('?index=2')).body, response.body)
    assertProblem(await sendMask(app, `${path}?index=4`, makeNifti(box(22, 1))), 404, 'slice-not-found')
  })

  it('uses colours that stay apart for those who see no red or no green', () => {
    // Machado, Oliveira and Fernandes 2009, severity 1: protanopia, deuteranopia, tritanopia.
    const eyes = [
      [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
      [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
      [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ]
    const linear = (channel: number) => channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4
    for (const eye of eyes) {
      const seen = DIFFERENCE_COLORS.map((color) => eye.map((row) => row.reduce((sum, weight, n) => sum + weight * linear(color[n]!), 0)))
      for (const [n, a] of seen.entries()) for (const b of seen.slice(n + 1)) assert.ok(Math.hypot(...a.map((channel, c) => channel - b[c]!)) > 0.2)
    }
  })
})
