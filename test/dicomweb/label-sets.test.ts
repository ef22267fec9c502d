import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readPng } from '../render/read-png.js'
import { makeNifti } from '../support/make-nifti.js'
import { PAGE_BYTES } from '../../src/volumes/arena.js'
import { buildTestApp } from '../support/test-app.js'
import type { TestApp } from '../support/test-app.js'
import { valueOf } from './dicomweb-app.js'
import { writeFiles } from '../support/write-files.js'

// 2 x 3 x 4 voxels. i grows to the left, as columns do in radiological order; j grows to the front, which is row 0.
const GEOMETRY = { sform: [[-1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 5, 0]], pixdim: [1, 2, 5] }
/** Slice 0: all 1. Slice 1: 3 at j 0. Slice 2: 2 at i 1, j 1, and 3 at j 2. */
const LABELS = [1, 1, 1, 1, 1, 1, 3, 3, 0, 0, 0, 0, 0, 0, 0, 2, 3, 3, 0, 0, 0, 0, 0, 0]
const FILES: Record<string, string | Buffer> = {
  'niiserve.json': JSON.stringify({
    title: 'Kidneys',
    studies: 'studies.csv',
    labels: { mask: [{ value: 1, name: 'kidney, left', color: '#0080ff' }, { value: 2, name: `a\\${'b'.repeat(80)}` }, { value: 4, name: 'cyst' }] }
  }),
  'studies.csv': 'id,image,mask,mask_other\nA,a.nii,m/a.nii,o/a.nii\nB,b.nii,m/b.nii,\n',
  'a.nii': makeNifti(GEOMETRY),
  'b.nii': makeNifti(GEOMETRY),
  'm/a.nii': makeNifti({ ...GEOMETRY, datatype: 'uint8', voxels: LABELS }),
  'o/a.nii': makeNifti({ ...GEOMETRY, datatype: 'uint8', voxels: LABELS.map((value) => Number(value === 2)) }),
  'm/b.nii': makeNifti({ ...GEOMETRY, shape: [2, 3, 5], datatype: 'uint8', voxels: () => 1 })
}

const SEGMENTS = '00620002'
const FRAMES = '52009230'

describe('label sets', () => {
  let root: string
  let service: TestApp
  const closes: Array<() => unknown> = []
  const dicom = async (path: string) => JSON.parse(Buffer.from(await service.bytes(`/dicomweb${path}`)).toString('utf8'))
  const found = async (id: string) => {
    const [study] = await dicom(`/studies?PatientID=${id}`)
    const path = `/studies/${valueOf(study, 'study')}`
    return { study, path, series: await dicom(`${path}/series`) }
  }
  const ofMask = async () => {
    const { path, series } = await found('A')
    const of = `${path}/series/${valueOf(series[1], 'series')}`
    const [instance] = await dicom(`${of}/metadata`)
    return { instance, series: of, path: `${of}/instances/${valueOf(instance, 'instance')}` }
  }
  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
    writeFiles(root, FILES)
    service = await buildTestApp({ after: (close) => { closes.push(close) } }, { root })
  })
  after(async () => {
    for (const close of closes) await close()
    rmSync(root, { recursive: true })
  })

  it('are a series each, and none where the voxels are not the image\'s', async () => {
    const { study, series } = await found('A')
    assert.deepEqual(study['00080061'].Value, ['CT', 'SEG'])
    assert.deepEqual(series.map((one: any) => [valueOf(one, 'modality'), one['00200011'].Value[0], one['0008103E'].Value[0]]).slice(1), [['SEG', series[0]['00200011'].Value[0] + 1, 'mask'], ['SEG', series[0]['00200011'].Value[0] + 2, 'other']])
    assert.equal((await found('B')).series.length, 1)
  })

  it('have a segment for each label with voxels, by its name and colour', async () => {
    const { instance } = await ofMask()
    const segments = instance[SEGMENTS].Value
    assert.deepEqual(segments.map((one: any) => [one['00620004'].Value[0], one['00620005'].Value[0]]), [[1, 'kidney, left'], [2, `a ${'b'.repeat(62)}`], [3, '3']])
    assert.equal(new Set(segments.map((one: any) => String(one['0062000D'].Value))).size, 3)
    const frames = instance[FRAMES].Value.map((one: any) => [one['0062000A'].Value[0]['0062000B'].Value[0], one['00209113'].Value[0]['00200032'].Value[2]])
    // Slices are 5 mm apart from 0.
    assert.deepEqual(frames, [[1, 0], [3, 5], [2, 10], [3, 10]])
  })

  it('have the voxels of one label in each frame', async () => {
    const { path } = await ofMask()
    const frames: number[][] = []
    for (const n of [1, 2, 3, 4]) frames.push([...(await service.get(`/dicomweb${path}/frames/${n}`).set('accept', 'application/octet-stream')).body])
    // Bit 0 is the first pixel: j 2 is bits 0 and 1, and j 0 is bits 4 and 5.
    assert.deepEqual(frames, [[0b111111], [0b110000], [0b001000], [0b000011]])
  })

  it('are read from their file once, however many labels it has', async (t) => {
    // 117 labels, each on every slice: a decoder for each label would fill the cache 117 times over.
    const shape = [117, 4, 5]
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
    t.after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'niiserve.json'), JSON.stringify({ title: 'Many', studies: 'studies.csv', labels: { mask: Array.from({ length: 117 }, (_, n) => ({ value: n + 1, name: `organ ${n}` })) } }))
    writeFileSync(join(folder, 'studies.csv'), 'id,image,mask\nA,a.nii,m.nii\n')
    writeFileSync(join(folder, 'a.nii'), makeNifti({ ...GEOMETRY, shape }))
    writeFileSync(join(folder, 'm.nii'), makeNifti({ ...GEOMETRY, shape, datatype: 'uint8', voxels: (i) => i + 1 }))
    const { bytes, services: { cache } } = await buildTestApp(t, { root: folder })
    const search = async (path: string) => JSON.parse((await bytes(`/dicomweb${path}`)).toString('utf8'))
    const study = valueOf((await search('/studies'))[0], 'study')
    const [, seg] = await search(`/studies/${study}/series`)
    const before = cache.stats.bytes
    const file = await bytes(`/dicomweb/studies/${study}/series/${valueOf(seg, 'series')}`)
    assert.equal(cache.stats.bytes - before, PAGE_BYTES, 'one page holds the whole label map')
    // Frames are slice by slice: of each, the frame of label n has column n alone, from bit 0 of the first frame on.
    const bits = Buffer.from(Array.from({ length: 117 * 117 * 4 / 8 + 1 }, (_, byte) => Array.from({ length: 8 }, (_, bit) => 8 * byte + bit)
      .reduce((sum, at, bit) => sum | Number(at < 117 * 117 * 4 && Math.floor(at / (117 * 4)) === at % 117) << bit, 0)).slice(0, Math.floor(117 * 117 * 4 / 8)))
    assert.ok(file.includes(bits), 'the first slice of each label, one after the other')
  })

  it('are shown by the frame, and by the series', async () => {
    const { path, series } = await ofMask()
    const picture = async (of: string) => readPng((await service.get(`/dicomweb${of}/rendered`).set('accept', 'image/png')).body)
    const lit = ({ samples }: { samples: ArrayLike<number> }) => Array.from(samples).filter((value) => value > 0).length / samples.length
    assert.equal(lit(await picture(`${path}/frames/1`)), 1)
    assert.ok(lit(await picture(`${path}/frames/2`)) < 0.5)
    assert.equal(lit(await picture(series)), 1)
  })
})
