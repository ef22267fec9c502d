import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import type { NiftiRecipe } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { readPng } from '../render/read-png.js'
import { writeFiles } from '../support/write-files.js'

const RECORD = 'test/recorded/mosmed.json'

interface Answer { status: number, headers: Record<string, string>, body: unknown }

/** A chest in small: air, a body, two lungs; every voxel by a formula, so that no generator's version matters. */
const SHAPE = [12, 10, 6]
const LAS = [[-0.7, 0, 0, 100], [0, 0.7, 0, -100], [0, 0, 8, -300]]
const tissue = (i: number, j: number, k: number) => (i - 5.5) ** 2 + (j - 4.5) ** 2 > 25 ? -1000 : Math.abs(i - 5.5) > 1.2 && (j - 4.5) ** 2 < 9 ? -820 + 7 * i + 3 * j + k : 40 + i - j + 2 * k
const lesion = (i: number, j: number, k: number) => i >= 3 && i < 5 && j >= 4 && j < 7 && k >= 2 && k < 5 ? 1 : 0
const scan = (recipe: NiftiRecipe = {}) => makeNifti({ shape: SHAPE, sform: LAS, pixdim: [0.7, 0.7, 8], voxels: tissue, ...recipe })
const mask = (recipe: NiftiRecipe = {}) => makeNifti({ shape: SHAPE, sform: LAS, pixdim: [0.7, 0.7, 8], datatype: 'uint8', voxels: lesion, ...recipe })

/** Stored, not deflated: the bytes of a file, and so its SHA-256, are then the same whatever zlib Node has. */
const gz = (bytes: Buffer) => gzipSync(bytes, { level: 0 })

const FILES: Record<string, Buffer | string> = {
  'dataset_registry.csv': [
    'study_id,category,study_file,mask_file',
    '1,CT-0,/studies/CT-0/study_0001.nii.gz,',
    '2,CT-1,/studies/CT-1/study_0002.nii.gz,/masks/study_0002_mask.nii.gz',
    '3,CT-1,/studies/CT-1/study_0003.nii.gz,/masks/study_0003_mask.nii.gz',
    '4,CT-2,/studies/CT-2/study_0004.nii,',
    '5,CT-3,/studies/CT-3/study_0005.nii.gz,',
    '6,CT-4,/studies/CT-4/study_0006.nii.gz,',
    ''
  ].join('\r\n'),
  'dataset.json': JSON.stringify({ id: 'recorded', title: 'Recorded', version: '1', license: { name: 'CC0 1.0', url: 'https://creativecommons.org/publicdomain/zero/1.0/' } }),
  'studies/CT-0/study_0001.nii.gz': gz(scan()),
  'studies/CT-1/study_0002.nii.gz': gz(scan({ fields: { descrip: 'made for a test' } })),
  'studies/CT-1/study_0003.nii.gz': gz(scan({ datatype: 'float32', slope: 2, inter: -10 })),
  'studies/CT-2/study_0004.nii': scan({ sform: [[0.9, 0, 0, -10], [0, -0.9, 0, 20], [0, 0, 2, 30]], pixdim: [0.9, 0.9, 2], littleEndian: false }),
  'studies/CT-3/study_0005.nii.gz': gz(scan().subarray(0, -100)),
  'masks/study_0002_mask.nii.gz': gz(mask()),
  'masks/study_0003_mask.nii.gz': gz(mask({ shape: [12, 10, 5] }))
}

const SLICES = ['study_0001/image', 'study_0002/image', 'study_0002/mask', 'study_0003/image', 'study_0003/mask', 'study_0004/image', 'study_0005/image', 'study_0006/image', 'study_0001/mask', 'study_0099/image']
const URLS = [
  '/v1/dataset', '/v1/categories', '/v1/stats', '/v1/studies', '/v1/studies.csv', '/v1/studies.ndjson', '/v1/slices', '/v1/slices.csv', '/v1/slices.ndjson',
  '/v1/studies?category=CT-1,CT-2&facets=category,annotated,status&sort=-severity&limit=2', '/v1/studies?category=CT-5', '/v1/studies?annotated=true&minLesionMl=0.01',
  '/v1/studies?sort=-lesionMl', '/v1/studies?minSlices=7', '/v1/slices?lesion=true', '/v1/slices?minLesionPixels=7', '/v1/slices?category=CT-1&shuffle=7&limit=5', '/v1/slices?minLungFraction=0.1&shards=2&shard=1',
  '/v1/splits', '/v1/splits?folds=3&seed=4', '/v1/splits?ratios=0.5,0.25,0.25&category=CT-1', '/v1/studies?split=train&seed=1',
  ...[1, 2, 3, 4, 5, 6, 99].flatMap((n) => [`/v1/studies/study_${String(n).padStart(4, '0')}`, `/v1/studies/study_${String(n).padStart(4, '0')}/slices`]),
  ...SLICES.flatMap((volume) => [
    `/v1/studies/${volume}/header`, `/v1/studies/${volume}/slices/3.raw`, `/v1/studies/${volume}/slices/3.npy?orientation=radiological`, `/v1/studies/${volume}/slices/3.png`,
    `/v1/studies/${volume}/slices/3.npy?dtype=float32&size=7`, `/v1/studies/${volume}.npy`, `/v1/studies/${volume}.raw?i=2:9&k=1:4`, `/v1/studies/${volume}.nii`, `/v1/studies/${volume}.nii.gz`
  ]),
  '/v1/studies/study_0002/image/slices/3.png?overlay=mask', '/v1/studies/study_0002/image/slices/3.png?overlay=contour&window=mediastinal', '/v1/studies/study_0002/image/slices/4.png?plane=coronal&size=40',
  '/v1/studies/study_0003/image/slices/3.png?overlay=mask', '/v1/studies/study_0001/image/slices/3.png?overlay=mask', '/v1/studies/study_0001/image/slices/3.png?bits=16',
  '/v1/studies/study_0002/image/slices/3.raw?window=lung&dtype=uint8', '/v1/studies/study_0002/mask/slices/3.raw?window=lung', '/v1/studies/study_0002/image/slices/6.raw',
  '/v1/studies/study_0002/montage.png', '/v1/studies/study_0002/montage.png?overlay=mask', '/v1/studies/study_0002/thumbnail.png',
  '/v1/webdataset.tar', '/v1/webdataset.tar?arrays=image,mask&annotated=true&shuffle=3',
  '/zarr/study_0002/zarr.json', '/zarr/study_0002/0/zarr.json', '/zarr/study_0002/0/c/3/0/0', '/zarr/study_0002/labels/zarr.json', '/zarr/study_0002/labels/mask/zarr.json', '/zarr/study_0002/labels/mask/0/zarr.json', '/zarr/study_0002/labels/mask/0/c/3/0/0', '/zarr/study_0001/zarr.json', '/zarr/study_0001/labels/zarr.json'
]
const BATCHES = ['raw', 'npz', 'safetensors'].flatMap((form) => [
  { url: `/v1/batches.${form}`, payload: { items: [{ study: 'study_0002', index: 3 }, { study: 'study_0001', index: 0 }] } },
  { url: `/v1/batches.${form}`, payload: { items: [{ study: 'study_0002', index: 3 }, { study: 'study_0001', index: 2 }], arrays: ['image', 'mask'], missingMask: 'zeros', dtype: 'float32', window: 'lung' } },
  { url: `/v1/batches.${form}`, payload: { items: [{ study: 'study_0001', index: 3 }], arrays: ['mask'] } }
])

/** No answer is compressed, so that its length is that of its content. */
const PLAIN = { 'accept-encoding': 'identity' }

/** Headers that say what the answer is; the others are about the moment, the request, or how it is sent. */
const KEPT = /^(?:content-type|content-length|array-[a-z]+|slice-window|link)$/

describe('what the service answers about MosMedData', () => {
  let close: () => unknown
  let service: TestApp
  const recorded: Record<string, Answer> = process.env['RECORD'] === undefined ? JSON.parse(readFileSync(RECORD, 'utf8')) : {}
  const answers: Record<string, Answer> = {}

  before(async () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-recorded-')))
    writeFiles(root, FILES)
    for (const key of Object.keys(FILES)) utimesSync(join(root, key), 1_588_000_000, 1_588_000_000)
    const closes: Array<() => unknown> = []
    service = await buildTestApp({ after: (one) => { closes.push(one) } }, { root })
    close = async () => {
      for (const one of closes) await one()
      rmSync(root, { recursive: true })
    }
  })
  after(async () => {
    if (process.env['RECORD'] !== undefined) writeFileSync(RECORD, `${JSON.stringify(answers, null, 1)}\n`)
    await close()
  })

  for (const url of URLS) it(`GET ${url}`, async () => check(`GET ${url}`, await fetch(service.origin + url, { headers: PLAIN })))
  for (const { url, payload } of BATCHES) {
    it(`POST ${url} ${JSON.stringify(payload)}`, async () => check(`POST ${url} ${JSON.stringify(payload)}`, await fetch(service.origin + url, { method: 'POST', headers: { ...PLAIN, 'content-type': 'application/json' }, body: JSON.stringify(payload) })))
  }

  it('holds as many as are asked for', () => assert.equal(Object.keys(recorded).length, process.env['RECORD'] === undefined ? URLS.length + BATCHES.length : 0))

  async function check (name: string, response: Response): Promise<void> {
    const answer: Answer = {
      status: response.status,
      headers: Object.fromEntries([...response.headers].filter(([header]) => KEPT.test(header)).map(([header, value]) => [header, value.replace(/cursor=[\w-]+/, 'cursor=…')]).sort()),
      body: bodyOf(response.headers.get('content-type') ?? '', Buffer.from(await response.arrayBuffer()))
    }
    if (process.env['RECORD'] !== undefined) answers[name] = answer
    else assert.deepEqual(answer, recorded[name], name)
  }
})

function bodyOf (type: string, bytes: Buffer): unknown {
  if (type.startsWith('application/problem+json')) {
    const { instance, ...problem } = JSON.parse(bytes.toString('utf8'))
    return problem
  }
  if (/json|csv|text/.test(type)) {
    // The revision is a hash of the catalog's content, of which there is more than one reading; cursors are opaque, and hold it.
    return bytes.toString('utf8').replace(/"revision":"[0-9a-f]+"/g, '"revision":"…"').replace(/"nextCursor":"[\w-]+"/g, '"nextCursor":"…"')
  }
  if (type === 'image/png') {
    const { columns, rows, bits, colourType, samples } = readPng(bytes)
    return { columns, rows, bits, colourType, sha256: sha256(Buffer.from(Uint16Array.from(samples).buffer)) }
  }
  return { bytes: bytes.length, sha256: sha256(bytes) }
}

function sha256 (bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
