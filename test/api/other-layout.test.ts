import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { Scope } from '../support/test-dataset.js'

const SFORM = [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]

function folder (scope: Scope, files: Record<string, Buffer | object | string>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
  scope.after(() => rmSync(root, { recursive: true }))
  for (const [key, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}

/** Every value of a contract that is an example. */
function examplesIn (node: unknown): unknown[] {
  if (node === null || typeof node !== 'object') return []
  return Object.entries(node).flatMap(([name, value]) => name === 'example' || name === 'examples' ? [value] : examplesIn(value))
}

describe('a dataset that is not MosMedData', () => {
  it('without categories: its contract has none in its examples, and severities are refused with the reason', async (t) => {
    const service = await buildTestApp(t, {
      root: folder(t, {
        'dataset.json': { channel_names: { 0: 'CT' }, labels: { background: 0, kidney: 1, tumour: 2 }, file_ending: '.nii.gz' },
        'imagesTr/a_0000.nii.gz': makeNifti({ sform: SFORM, gzip: true }),
        'labelsTr/a.nii.gz': makeNifti({ sform: SFORM, datatype: 'uint8', voxels: (i, j) => i + Math.min(1, j), gzip: true })
      })
    })
    const document = await service.json('/openapi.json')
    assert.doesNotMatch(JSON.stringify(examplesIn(document)), /CT-[0-4]/)
    assert.match(JSON.stringify(document), /"\/v1\/studies\/\{studyId\}"/)
    const wrong = await service.request.post('/v1/scores/severity.json').send({ predictions: [{ study: 'a', severity: 1 }] })
    assertProblem(wrong, 400, 'invalid-request', ['predictions'])
    assert.match(wrong.body.detail, /this dataset has no categories/)
    const category = await service.get('/v1/studies?category=CT-1')
    assert.match(category.body.errors[0].detail, /this dataset has no categories/)
    const { warnings, severity } = await service.json('/v1/studies/a')
    assert.deepEqual([warnings.filter((warning: string) => /values besides 0/.test(warning)), severity], [[], null], 'labels are no oddity of a mask')
  })

  it('with categories of its own: they are the examples, and the examples are accepted', async (t) => {
    const service = await buildTestApp(t, {
      root: folder(t, {
        'niiserve.json': { categories: [{ id: 'mild' }, { id: 'severe' }], studies: 'studies.csv' },
        'studies.csv': 'id,image,category\na,a.nii,mild\n',
        'a.nii': makeNifti({ sform: SFORM })
      })
    })
    const document = await service.json('/openapi.json')
    const parameter = Object.values(document.components.parameters).find(({ name }: any) => name === 'category') as { example?: string[] } | undefined
    const example = parameter?.example ?? document.paths['/v1/studies'].get.parameters.find(({ name }: { name?: string }) => name === 'category').example
    assert.deepEqual(example, ['severe'])
    assert.equal((await service.get(`/v1/studies?category=${example.join()}`)).status, 200)
    assert.doesNotMatch(JSON.stringify(examplesIn(document)), /CT-[0-4]/)
  })
})
