import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { readPng } from '../render/read-png.js'
import { runPython } from '../support/python.js'

interface StudyFacts { painted?: string, image: string, shape: number[], mask: string | null, labels: Record<string, { sha256: string, voxels: Record<string, number> }> }

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('each layout, against nibabel reading the same files', () => {
  let folder: string
  let found: Record<string, Record<string, StudyFacts>>
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-layouts-')))
    found = await runPython('test/interop/make_layouts.py', { folder }) as typeof found
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const layout of ['nnunet', 'msd', 'covid19-ct-seg', 'totalsegmentator', 'kits', 'plain', 'table', 'mosmed']) {
    it(`${layout}: every study, image and mask, voxel by voxel`, async (t) => {
      const service = await buildTestApp(t, { root: join(folder, layout) })
      assert.equal(service.services.listing.layout, layout)
      const studies = found[layout]!
      assert.deepEqual((await service.json('/v1/studies')).items.map(({ id }: { id: string }) => id), Object.keys(studies).sort())
      for (const [id, facts] of Object.entries(studies)) await compare(service, id, facts)
    })
  }

  it('nnunet: slices and pictures of labels, by the nearest neighbour, and problems that name what there is', async (t) => {
    const { bytes, get } = await buildTestApp(t, { root: join(folder, 'nnunet') })
    const volume = await bytes('/v1/studies/kidney_001/labels/labels.raw')
    const slice = await bytes('/v1/studies/kidney_001/labels/labels/slices/2.raw')
    assert.deepEqual(slice, volume.subarray(2 * 72, 3 * 72))
    const doubled = await bytes('/v1/studies/kidney_001/labels/labels/slices/2.raw?size=18x16')
    assert.deepEqual([...doubled].filter((_, n) => n % 2 === 0 && Math.floor(n / 18) % 2 === 0), [...slice])
    const { colourType, samples } = readPng(await bytes('/v1/studies/kidney_001/labels/labels/slices/2.png?orientation=native'))
    assert.equal(colourType, 2, 'RGB')
    for (const [n, value] of slice.entries()) assert.equal(samples.slice(3 * n, 3 * n + 3).some((sample) => sample > 0), value > 0)
    const wrong = await get('/v1/studies/kidney_001/labels/labels.raw?label=liver')
    assert.deepEqual([wrong.status, wrong.body.errors], [400, [{ parameter: 'label', detail: '"liver" is none of kidney (1), tumour (2), cyst (3), whole' }]])
    assert.match((await get('/v1/studies/kidney_001/labels/lobes.raw')).body.detail, /has no label set "lobes"; it has labels/)
    assert.equal((await get('/v1/studies/kidney_003/labels/labels.raw')).status, 404)
  })

  it('nnunet: the dataset\'s own split, and studies without a category', async (t) => {
    const { json } = await buildTestApp(t, { root: join(folder, 'nnunet') })
    const { folds, test } = await json('/v1/splits?splitSource=dataset')
    assert.deepEqual({ folds, test }, { folds: [{ train: ['kidney_001'], val: ['kidney_002'] }, { train: ['kidney_002'], val: ['kidney_001'] }], test: ['kidney_003'] })
    const { category, severity } = await json('/v1/studies/kidney_001')
    assert.deepEqual([category, severity, (await json('/v1/categories')).items], [null, null, []])
    assert.equal((await json('/v1/studies?facets=category,annotated')).facets.category, undefined)
  })

  it('totalsegmentator: each structure is a file of its own, and only that file is read', async (t) => {
    const { bytes, json, get } = await buildTestApp(t, { root: join(folder, 'totalsegmentator') })
    const { items } = await json('/v1/studies/s0001/labels')
    assert.deepEqual(items.map(({ value, name }: { value: number, name: string }) => [value, name]), [[1, 'aorta'], [2, 'liver'], [3, 'spleen']])
    for (const { name, voxels } of items) {
      assert.equal((await bytes(`/v1/studies/s0001/labels/segmentations.raw?label=${name}`)).filter((bit) => bit === 1).length, voxels, name)
    }
    assert.equal((await get('/v1/studies/s0002/labels/segmentations.raw?label=aorta')).status, 404)
  })

  it('totalsegmentator: the whole set is one label map, as NumPy paints it', async (t) => {
    const { bytes } = await buildTestApp(t, { root: join(folder, 'totalsegmentator') })
    for (const [id, { painted }] of Object.entries(found['totalsegmentator']!)) assert.equal(sha256(await bytes(`/v1/studies/${id}/labels/segmentations.raw`)), painted, id)
  })

  it('msd: each channel along the fourth axis, voxel by voxel', async (t) => {
    const { bytes } = await buildTestApp(t, { root: join(folder, 'msd-channels') })
    const { channels } = found['msd-channels'] as unknown as { channels: string[] }
    for (const [n, name] of ['FLAIR', 'T1w', 'T2w'].entries()) assert.equal(sha256(await bytes(`/v1/studies/brain_0/image.raw?channel=${name}`)), channels[n], name)
  })

  it('nnunet: an overlay of labels, blended as NumPy would', async (t) => {
    const { bytes, json } = await buildTestApp(t, { root: join(folder, 'nnunet') })
    const colors = new Map(((await json('/v1/studies/kidney_001/labels')).items as Array<{ value: number | null, color: string }>).flatMap(({ value, color }) => value === null ? [] : [[value, [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))] as const]))
    const [labels, grey] = [await bytes('/v1/studies/kidney_001/labels/labels/slices/2.raw'), readPng(await bytes('/v1/studies/kidney_001/image/slices/2.png?orientation=native')).samples]
    const { samples } = readPng(await bytes('/v1/studies/kidney_001/image/slices/2.png?orientation=native&overlay=labels&overlayOpacity=0.5'))
    for (const [n, value] of labels.entries()) assert.deepEqual(samples.slice(3 * n, 3 * n + 3), value === 0 ? [grey[n], grey[n], grey[n]] : colors.get(value)!.map((channel) => Math.round((grey[n]! + channel) / 2)))
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

async function compare ({ bytes, json, get }: TestApp, id: string, { image, shape, mask, labels }: StudyFacts): Promise<void> {
  const study = await json(`/v1/studies/${id}`)
  assert.deepEqual([study.status, study.shape, study.annotated], ['ready', shape, mask !== null], id)
  assert.equal(sha256(await bytes(`/v1/studies/${id}/image.raw`)), image, `${id}: image`)
  if (mask === null) assert.equal((await get(`/v1/studies/${id}/mask.raw`)).status, 404)
  else assert.equal(sha256(await bytes(`/v1/studies/${id}/mask.raw`)), mask, `${id}: mask`)
  const rows = (await json(`/v1/studies/${id}/labels`)).items as Array<{ set: string, value: number | null, name: string, voxels: number }>
  if (study.labels !== undefined) assert.deepEqual(study.labels, rows)
  for (const [set, { sha256: whole, voxels }] of Object.entries(labels)) {
    assert.equal(sha256(await bytes(`/v1/studies/${id}/labels/${set}.raw`)), whole, `${id}: ${set}`)
    const counted = Object.fromEntries(rows.filter((row) => row.set === set && row.value !== null && row.voxels > 0).map(({ value, voxels }) => [String(value), voxels]))
    assert.deepEqual(counted, voxels, `${id}: ${set}`)
    for (const { value, name, voxels: count } of rows.filter((row) => row.set === set)) {
      const bits = await bytes(`/v1/studies/${id}/labels/${set}.raw?label=${encodeURIComponent(name)}`)
      assert.equal(bits.filter((bit) => bit === 1).length, count, `${id}: ${set}: ${name}`)
      if (value !== null) assert.deepEqual(await bytes(`/v1/studies/${id}/labels/${set}.raw?label=${value}`), bits)
    }
  }
}
