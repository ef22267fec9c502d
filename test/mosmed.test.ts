import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { readPng } from './render/read-png.js'
import { assertProblem, buildTestApp, type TestApp } from './support/test-app.js'

const ROOT = '../shared/mosmed'
const skip = existsSync(ROOT) ? false : `${ROOT} is not here`
const app = skip === false ? await buildTestApp({ after }, { root: ROOT, config: { decodeThreads: 2, cacheBytes: 64 * 2 ** 20 } }) : undefined as unknown as TestApp

describe('MosMedData as it is published, without its images', { skip }, () => {
  const masks = skip ? [] : readdirSync(`${ROOT}/masks`).filter((name) => name.endsWith('.nii.gz')).sort()
  const idOf = (name: string) => name.replace('_mask.nii.gz', '')

  it('is read into the catalog: 1110 studies in their categories, 25 annotated, all images missing', async () => {
    const { counts, catalog, id, license } = await app.json('/v1/dataset')
    assert.deepEqual([counts.studies, counts.ready, counts.annotated, counts.slices], [1110, 0, 25, 0])
    assert.equal(counts.bytes, masks.reduce((sum, name) => sum + readFileSync(`${ROOT}/masks/${name}`).length, 0))
    assert.deepEqual(catalog, { state: 'ready', done: 1110, total: 1110 })
    assert.equal(id, 'mosmeddata-covid19-1110')
    assert.equal(license.name, 'CC BY-NC-ND 3.0')
    const { items } = await app.json('/v1/categories')
    assert.deepEqual(items.map(({ studies }: { studies: number }) => studies), [254, 684, 125, 45, 2])
    const { facets, total } = await app.json('/v1/studies?facets=category,annotated,status&limit=1')
    assert.equal(total, 1110)
    assert.deepEqual(facets, {
      category: { 'CT-0': 254, 'CT-1': 684, 'CT-2': 125, 'CT-3': 45, 'CT-4': 2 }, annotated: { false: 1085, true: 25 }, status: { missing: 1110 }
    })
  })

  it('pages through all of them, each once', async () => {
    const seen = new Set<string>()
    for (let path: string | null = '/v1/studies?sort=-lesionMl&limit=400'; path !== null;) {
      const { items, nextCursor }: { items: { id: string }[], nextCursor: string | null } = await app.json(path)
      for (const { id } of items) {
        assert.ok(!seen.has(id))
        seen.add(id)
      }
      path = nextCursor === null ? null : `/v1/studies?sort=-lesionMl&limit=400&cursor=${nextCursor}`
    }
    assert.equal(seen.size, 1110)
  })

  it('serves every slice of every mask, voxel for voxel as an independent decode has it; its image is missing', async () => {
    assert.equal(masks.length, 25)
    const { items } = await app.json('/v1/studies?annotated=true')
    assert.deepEqual(items.map(({ id }: { id: string }) => id).sort(), masks.map(idOf))
    for (const study of items) {
      const { bits, lesion, shape: [ni, nj, nk], spacing } = decode(`${ROOT}/masks/${study.id}_mask.nii.gz`)
      assert.equal(study.status, 'missing')
      assert.equal(study.mask.voxels, lesion)
      const ml = lesion * spacing[0]! * spacing[1]! * spacing[2]! / 1000
      assert.ok(Math.abs(study.mask.volumeMl - ml) < 1e-6 * ml)
      await Promise.all(Array.from({ length: nk }, async (_, k) => {
        const response = await fetch(`${app.origin}/v1/studies/${study.id}/mask/slices/${k}.raw`)
        const slice = Buffer.from(await response.arrayBuffer())
        assert.ok(slice.equals(bits.subarray(k * ni * nj, (k + 1) * ni * nj)), `${study.id}, slice ${k}`)
      }))
    }
    assertProblem(await app.get('/v1/studies/study_0255/image/slices/0.raw'), 404, 'volume-missing')
  })

  it('shows them as pictures and NumPy files', async () => {
    for (const name of masks.slice(0, 1)) {
      const { shape: [ni, nj] } = decode(`${ROOT}/masks/${name}`)
      const { mask } = await app.json(`/v1/studies/${idOf(name)}`)
      const index = mask.slices[0]
      const base = `/v1/studies/${idOf(name)}/mask/slices/${index}`
      const raw = await app.bytes(`${base}.raw`)
      const npy = await app.bytes(`${base}.npy`)
      const whole = await app.bytes(`/v1/studies/${idOf(name)}/mask.npy`)
      assert.ok(whole.subarray(128 + index * ni * nj, 128 + (index + 1) * ni * nj).equals(raw))
      assert.ok(npy.subarray(128).equals(raw))
      assert.match(npy.toString('latin1', 10, 80), /'descr': '\|u1', 'fortran_order': False, 'shape': \(512, 512\)/)
      const { samples } = readPng(await app.bytes(`${base}.png`))
      // L A S: the first row of the picture is the last j; i begins at the patient's right.
      const right = samples.every((grey, n) => grey === 255 * raw[(nj - 1 - Math.floor(n / ni)) * ni + n % ni]!)
      assert.ok(right, name)
    }
  })
})

/** A mask by hand: NIfTI-1, little-endian int16, as these files are; offsets of nifti1.h. `bits`: 1 where not 0. */
function decode (file: string): { bits: Buffer, lesion: number, shape: [number, number, number], spacing: number[] } {
  const bytes = gunzipSync(readFileSync(file))
  assert.equal(bytes.readInt32LE(0), 348)
  assert.equal(bytes.readInt16LE(70), 4, 'datatype int16')
  const shape = [1, 2, 3].map((n) => bytes.readInt16LE(40 + 2 * n)) as [number, number, number]
  const spacing = [1, 2, 3].map((n) => bytes.readFloatLE(76 + 4 * n))
  const start = bytes.readFloatLE(108)
  const bits = Buffer.alloc(shape[0] * shape[1] * shape[2])
  let lesion = 0
  for (let n = 0; n < bits.length; n++) {
    if (bytes[start + 2 * n] === 0 && bytes[start + 2 * n + 1] === 0) continue
    bits[n] = 1
    lesion++
  }
  return { bits, lesion, shape, spacing }
}
