import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { PaintTask } from '../../src/threads/tasks.js'
import { makeNifti } from '../support/make-nifti.js'
import { readPng } from '../render/read-png.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { writeFiles } from '../support/write-files.js'

// TotalSegmentator: a file for each structure. 2 x 2 voxels on 3 axial slices. The values are the places of the sorted names: aorta 1, liver 2, lung 3, spleen 4.
const GEOMETRY = { shape: [2, 2, 3] as [number, number, number], datatype: 'uint8' as const, sform: [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], pixdim: [1, 1, 1] }
const STRUCTURES = {
  aorta: [1, 0, 0, 0, /**/ 1, 0, 0, 0, /**/ 0, 0, 0, 0],
  liver: [0, 1, 1, 0, /**/ 0, 0, 0, 0, /**/ 0, 0, 0, 0],
  lung: [0, 0, 0, 0, /**/ 0, 0, 0, 0, /**/ 0, 0, 0, 0],
  spleen: [0, 0, 1, 1, /**/ 0, 0, 0, 0, /**/ 0, 0, 0, 0]
}
// Where liver and spleen overlap, the higher value counts.
const WHOLE = [1, 2, 4, 4, /**/ 1, 0, 0, 0, /**/ 0, 0, 0, 0]

describe('a label set with a file for each label', () => {
  let root: string
  let service: TestApp
  let layers: string[][]
  const closes: Array<() => unknown> = []
  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
    const write = (key: string, bytes: Buffer) => writeFiles(root, { [key]: bytes })
    write('s1/ct.nii.gz', makeNifti({ ...GEOMETRY, datatype: 'int16', gzip: true }))
    for (const [name, voxels] of Object.entries(STRUCTURES)) write(`s1/segmentations/${name}.nii.gz`, makeNifti({ ...GEOMETRY, voxels, gzip: true }))
    write('s2/ct.nii.gz', makeNifti({ ...GEOMETRY, datatype: 'int16', gzip: true }))
    write('s2/segmentations/liver.nii.gz', makeNifti({ ...GEOMETRY, voxels: STRUCTURES.liver, gzip: true }))
    service = await buildTestApp({ after: (close) => { closes.push(close) } }, { root })
    const submit = service.services.pool.submit.bind(service.services.pool)
    service.services.pool.submit = ((name, task, ...rest) => {
      if (name === 'paint') layers.push((task as PaintTask).layers.map(({ key }) => key.replace(/^.*\/|\.nii\.gz$/g, '')))
      return submit(name, task, ...rest)
    }) as typeof submit
  })
  after(async () => {
    for (const close of closes) await close()
    rmSync(root, { recursive: true })
  })

  it('is one label map: the place among the sorted names, the higher where they overlap', async () => {
    layers = []
    const { headers, body } = await service.get('/v1/studies/s1/labels/segmentations.raw')
    assert.deepEqual([headers['array-dtype'], [...body as Buffer]], ['uint8', WHOLE])
    assert.deepEqual([...await service.bytes('/v1/studies/s1/labels/segmentations/slices/1.raw?plane=coronal&orientation=native')], [2, 3, 6, 7, 10, 11].map((at) => WHOLE[at]))
    assert.deepEqual([...await service.bytes('/v1/studies/s1/labels/segmentations.raw?label=aorta,liver')], WHOLE.map((_, n) => STRUCTURES.aorta[n]! | STRUCTURES.liver[n]!))
    assert.deepEqual([...await service.bytes('/v1/studies/s1/labels/segmentations.raw?label=2')], STRUCTURES.liver)
  })

  it('reads of the files what is asked for: no empty structure, and none that is not chosen', async () => {
    layers = []
    await service.bytes('/v1/studies/s1/labels/segmentations.raw?label=liver,spleen')
    assert.deepEqual(layers.flat().filter((name) => name === 'aorta' || name === 'lung'), [])
    await service.bytes('/v1/studies/s1/image/slices/0.png?overlay=labels&label=aorta,spleen')
    assert.deepEqual([...new Set(layers.flat())].sort(), ['aorta', 'liver', 'spleen'])
  })

  it('is laid over the image in colours, with a legend of what is on the slice', async () => {
    const { samples } = readPng(await service.bytes('/v1/studies/s1/image/slices/0.png?orientation=native&overlay=labels&overlayOpacity=1'))
    // Okabe and Ito's colours by value: 1 e69f00, 2 56b4e9, 4 f0e442.
    assert.deepEqual([0, 1, 2, 3].map((n) => samples.slice(3 * n, 3 * n + 3)), [[230, 159, 0], [86, 180, 233], [240, 228, 66], [240, 228, 66]])
  })

  it('has an entity tag that stays the same until one of its files changes, and a file to download only for a single label', async () => {
    const tag = (await service.get('/v1/studies/s1/labels/segmentations/slices/0.raw')).headers['etag']!
    assert.equal((await service.request.get('/v1/studies/s1/labels/segmentations/slices/0.raw').set('if-none-match', tag)).status, 304)
    assertProblem(await service.get('/v1/studies/s1/labels/segmentations.nii.gz'), 400, 'invalid-request', ['label'])
    assert.equal((await service.get('/v1/studies/s1/labels/segmentations.nii.gz?label=liver')).status, 200)
    assertProblem(await service.get('/v1/studies/s1/labels/segmentations.raw?label=liver,heart'), 400, 'invalid-request', ['label'])
    assertProblem(await service.get('/v1/studies/s2/labels/segmentations.raw?label=aorta'), 404, 'mask-not-found')
  })
})
