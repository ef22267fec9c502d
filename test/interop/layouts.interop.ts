import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { runPython } from '../support/python.js'

interface StudyFacts { image: string, shape: number[], mask: string | null, labels: Record<string, { sha256: string, voxels: Record<string, number> }> }

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('each layout, against nibabel reading the same files', () => {
  let folder: string
  let found: Record<string, Record<string, StudyFacts>>
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-layouts-')))
    found = await runPython('test/interop/make_layouts.py', { folder }) as typeof found
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const layout of ['nnunet', 'msd', 'covid19-ct-seg', 'totalsegmentator', 'kits', 'plain']) {
    it(`${layout}: every study, image and mask, voxel by voxel`, async (t) => {
      const service = await buildTestApp(t, { root: join(folder, layout) })
      assert.equal(service.services.listing.layout, layout)
      const studies = found[layout]!
      assert.deepEqual((await service.json('/v1/studies')).items.map(({ id }: { id: string }) => id), Object.keys(studies).sort())
      for (const [id, facts] of Object.entries(studies)) await compare(service, id, facts)
    })
  }

  it('nnunet: the dataset\'s own split, and studies without a category', async (t) => {
    const { json } = await buildTestApp(t, { root: join(folder, 'nnunet') })
    const { folds, test } = await json('/v1/splits?splitSource=dataset')
    assert.deepEqual({ folds, test }, { folds: [{ train: ['kidney_001'], val: ['kidney_002'] }, { train: ['kidney_002'], val: ['kidney_001'] }], test: ['kidney_003'] })
    const { category, severity } = await json('/v1/studies/kidney_001')
    assert.deepEqual([category, severity, (await json('/v1/categories')).items], [null, null, []])
    assert.equal((await json('/v1/studies?facets=category,annotated')).facets.category, undefined)
  })

  it('covid19-ct-seg: two scans of one patient are never torn apart', async (t) => {
    const { json } = await buildTestApp(t, { root: join(folder, 'covid19-ct-seg') })
    for (let seed = 0; seed < 20; seed++) {
      const split = await json(`/v1/splits?seed=${seed}&ratios=0.5,0.25,0.25`)
      const partOf = (id: string) => ['train', 'val', 'test'].find((part) => split[part].includes(id))
      assert.equal(partOf('radiopaedia_10_85902_1'), partOf('radiopaedia_10_85902_3'), `seed ${seed}`)
    }
  })
})

async function compare ({ bytes, json, get }: TestApp, id: string, { image, shape, mask }: StudyFacts): Promise<void> {
  const study = await json(`/v1/studies/${id}`)
  assert.deepEqual([study.status, study.shape, study.annotated], ['ready', shape, mask !== null], id)
  assert.equal(sha256(await bytes(`/v1/studies/${id}/image.raw`)), image, `${id}: image`)
  if (mask === null) assert.equal((await get(`/v1/studies/${id}/mask.raw`)).status, 404)
  else assert.equal(sha256(await bytes(`/v1/studies/${id}/mask.raw`)), mask, `${id}: mask`)
}
