import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runPython } from '../support/python.js'
import { buildTestApp } from '../support/test-app.js'
import { makeDataset } from '../support/test-dataset.js'

const ORACLE = fileURLToPath(new URL('croissant_oracle.py', import.meta.url))
const KEY = 'a-key-of-the-test'

const dataset = makeDataset({ after }, Array.from({ length: 12 }, (_, n) => ({
  category: `CT-${n % 5}`,
  image: { shape: [6, 5, 4] },
  ...(n % 3 === 0 && { mask: { shape: [6, 5, 4], datatype: 'uint8' as const, voxels: (i: number) => Number(i > 1) } })
})))
writeFileSync(dataset.path('dataset.json'), JSON.stringify({
  title: 'Twelve studies',
  version: '1.0',
  license: 'CC BY 4.0',
  citation: 'Nobody, 2026',
  description: 'Made for a test.',
  creator: [{ name: 'A. Body', type: 'Person' }, 'An institute'],
  datePublished: '2026-01-31'
}))
const { origin, json, get } = await buildTestApp({ after }, { root: dataset.root })
const closed = await buildTestApp({ after }, { root: dataset.root, config: { apiKeys: [KEY] } })

interface Report { errors: string[], warnings: string[], records: Record<string, Array<Record<string, unknown>>> }

describe('the Croissant description', () => {
  it('is valid to mlcroissant, without an error or a warning, and its records are the catalog\'s', async () => {
    const { errors, warnings, records } = await runPython(ORACLE, { jsonld: `${origin}/v1/dataset.croissant.json` }) as Report
    assert.deepEqual([errors, warnings], [[], []])
    assert.deepEqual(Object.keys(records).sort(), ['categories', 'slices', 'splits', 'studies'])

    const { items: studies } = await json('/v1/studies?limit=1000')
    const split = await json('/v1/splits')
    assert.deepEqual(records['studies'], studies.map((study: any) => ({
      id: study.id,
      category: study.category,
      status: study.status,
      annotated: study.annotated,
      i: study.shape[0],
      j: study.shape[1],
      k: study.shape[2],
      spacingI: study.spacing[0],
      spacingJ: study.spacing[1],
      spacingK: study.spacing[2],
      axes: study.axes,
      dtype: study.dtype,
      lesionVoxels: study.mask?.voxels ?? null,
      lesionMl: study.mask?.volumeMl ?? null,
      bytes: study.file.bytes,
      sha256: study.file.sha256,
      image_url: `${origin}/v1/studies/${study.id}/image.nii.gz`,
      mask_url: study.annotated ? `${origin}/v1/studies/${study.id}/mask.nii.gz` : null,
      split: ['train', 'val', 'test'].find((part) => split[part].includes(study.id))
    })))

    const { items: slices } = await json('/v1/slices?limit=1000')
    assert.equal(records['slices']!.length, 48)
    assert.deepEqual(records['slices'], slices.map((slice: any) => ({
      study: slice.study,
      index: slice.index,
      category: slice.category,
      min: slice.min,
      max: slice.max,
      mean: slice.mean,
      lungFraction: slice.lungFraction,
      lesionPixels: slice.lesionPixels,
      image_url: `${origin}/v1/studies/${slice.study}/image/slices/${slice.index}.npy`,
      mask_url: slice.lesionPixels === null ? null : `${origin}/v1/studies/${slice.study}/mask/slices/${slice.index}.npy`
    })))

    const { items: categories } = await json('/v1/categories')
    assert.deepEqual(records['categories'], categories.map(({ id, title, severity }: any) => ({ id, title, severity })))
    assert.deepEqual(records['splits']!.map(({ name }) => name), ['train', 'val', 'test'])
  })

  it('links to pixels that are there', async () => {
    const { records } = await runPython(ORACLE, { jsonld: `${origin}/v1/dataset.croissant.json` }) as Report
    const urls = [...records['studies']!, ...records['slices']!].flatMap(({ image_url: image, mask_url: mask }) => [image, mask]).filter((url) => url !== null) as string[]
    for (const url of urls) assert.equal((await get(url.slice(origin.length))).status, 200, url)
  })

  it('is loaded with a key by Basic, as mlcroissant sends it', async () => {
    const { body } = await closed.get('/v1/dataset.croissant.json').set('authorization', `Bearer ${KEY}`)
    const { records } = await runPython(ORACLE, { jsonld: JSON.parse(Buffer.from(body).toString()), key: KEY }) as Report
    assert.equal(records['studies']!.length, 12)
  })
})
