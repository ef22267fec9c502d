import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const app = await buildTestApp({ after }, { studies: [{ category: 'CT-0', mask: { shape: [2, 3, 4], datatype: 'uint8', voxels: (i) => i } }, { category: 'CT-1' }] })
const { get, request } = app
const slices = '/v1/studies/study_0001/image/slices'

describe('a number in a query', () => {
  for (const text of ['Infinity', '-Infinity', 'NaN', '1e3', '1e400', '0x10', '0b1', '%205', '5%20', '16.0', '1_000', '%2B5', '', '5,', '٥', '1'.repeat(400)]) {
    for (const [path, name] of [['/v1/studies?limit=', 'limit'], ['/v1/splits?folds=', 'folds'], ['/v1/studies/study_0001/montage.png?every=', 'every'], ['/v1/slices?shuffle=', 'shuffle'], ['/v1/studies?minSlices=', 'minSlices']] as const) {
      it(`${path}${text.slice(0, 20)} is a 400 that names it`, async () => assertProblem(await get(path + text), 400, 'invalid-request', [name]))
    }
  }

  it('has a sign and a fraction where the parameter has them', async () => {
    assert.equal((await get('/v1/studies?minLesionMl=0.25')).status, 200)
    for (const text of ['.5', '5.', '1e-1', '0x1', '+1', 'Infinity', '1,5']) assertProblem(await get(`/v1/studies?minLesionMl=${encodeURIComponent(text)}`), 400, 'invalid-request', ['minLesionMl'])
    assertProblem(await get('/v1/studies?minLesionMl=-0.5'), 400, 'invalid-request', ['minLesionMl'])
  })

  it('gets a detail that says what would be valid, beside all other faults', async () => {
    const { body } = await get('/v1/studies?limit=1e3&minLesionMl=x&colour=red')
    assert.deepEqual(body.errors, [
      { parameter: 'colour', detail: 'is not a parameter of this route' },
      { parameter: 'minLesionMl', detail: 'must be a number in plain digits, such as 0.5, given once' },
      { parameter: 'limit', detail: 'must be a whole number in plain digits, given once' }
    ].sort((a, b) => body.errors.findIndex((one: { parameter: string }) => one.parameter === a.parameter) - body.errors.findIndex((one: { parameter: string }) => one.parameter === b.parameter)))
  })
})

describe('a number in a path', () => {
  for (const text of ['0x1', '%201', '+1', '1.0', '1e0', 'Infinity', '%2B1', '1%20']) {
    it(`slices/${text}.png is a 400 that names it`, async () => assertProblem(await get(`${slices}/${text}.png`), 400, 'invalid-request', ['index']))
  }

  it('that is below 0 is a slice that is not there', async () => assertProblem(await get(`${slices}/-1.png`), 404, 'slice-not-found'))
})

describe('a list', () => {
  it('may be repeated, comma-separated, or both', async () => {
    const total = async (query: string) => (await app.json(`/v1/studies?${query}`)).total
    assert.deepEqual([await total('category=CT-0'), await total('category=CT-0,CT-1'), await total('category=CT-0&category=CT-1'), await total('status=ready&category=CT-0,CT-1&category=CT-2')], [1, 2, 2, 2])
  })

  it('is named as a whole, whichever value is wrong', async () => {
    assertProblem(await get('/v1/studies?status=ready,lost&facets=colour'), 400, 'invalid-request', ['facets', 'status'])
    assertProblem(await get('/v1/studies?category=CT-0,CT-9'), 400, 'invalid-request', ['category'])
  })

  it('is refused if the parameter takes one value', async () => {
    assertProblem(await get('/v1/studies?limit=1&limit=2'), 400, 'invalid-request', ['limit'])
    assertProblem(await get('/v1/studies?sort=id&sort=slices'), 400, 'invalid-request', ['sort'])
  })
})

describe('a number in a body', () => {
  for (const index of ['Infinity', '1e400', '0x1', 1.5, null]) {
    it(`${JSON.stringify(index)} is a 400 that names the item`, async () => {
      assertProblem(await request.post('/v1/batches.raw').send({ items: [{ study: 'study_0001', index }] }), 400, 'invalid-request', ['items.0.index'])
    })
  }
})
