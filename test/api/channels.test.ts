import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import type { Scope } from '../support/test-dataset.js'

// 4 x 3 voxels on 5 slices; a voxel is i + 10 j + 100 k + 1000 of its channel.
const SHAPE = [4, 3, 5]
const SFORM = [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
const valuesOf = (channel: number) => Array.from({ length: 60 }, (_, n) => n % 4 + 10 * (Math.floor(n / 4) % 3) + 100 * Math.floor(n / 12) + 1000 * channel)
const int16 = (bytes: Buffer) => Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n))

function folder (scope: Scope, files: Record<string, Buffer | object>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'niiserve-test-')))
  scope.after(() => rmSync(root, { recursive: true }))
  for (const [key, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), Buffer.isBuffer(content) ? content : JSON.stringify(content))
  }
  return root
}

const fourth = (channels: number, gzip: boolean) => makeNifti({ shape: [...SHAPE, channels], sform: SFORM, gzip })
const MSD = { name: 'Brain', modality: { 0: 'FLAIR', 1: 'T1w', 2: 'T2w' }, labels: { 0: 'background', 1: 'edema' }, test: [] }

describe('channels along the fourth axis, as in the Decathlon', () => {
  for (const gzip of [false, true]) {
    it(`are volumes of their own, by index or name (${gzip ? '.nii.gz' : '.nii'})`, async (t) => {
      const key = `imagesTr/b.nii${gzip ? '.gz' : ''}`
      const file = fourth(3, gzip)
      const service = await buildTestApp(t, { root: folder(t, { 'dataset.json': { ...MSD, training: [{ image: `./${key}` }] }, [key]: file }) })
      assert.deepEqual((await service.json('/v1/dataset')).channels, ['FLAIR', 'T1w', 'T2w'])
      const study = await service.json('/v1/studies/b')
      assert.deepEqual([study.status, study.shape, study.intensity.max], ['ready', SHAPE, 423], 'facts are of the first channel')
      assert.deepEqual(int16(await service.bytes('/v1/studies/b/image.raw')), valuesOf(0))
      for (const [channel, n] of [['0', 0], ['FLAIR', 0], ['1', 1], ['T2w', 2]] as const) {
        assert.deepEqual(int16(await service.bytes(`/v1/studies/b/image.raw?channel=${channel}`)), valuesOf(n), channel)
        assert.deepEqual(int16(await service.bytes(`/v1/studies/b/image/slices/3.raw?channel=${channel}`)), valuesOf(n).slice(36, 48), channel)
      }
      assert.deepEqual(int16(await service.bytes('/v1/studies/b/image.raw?channel=1&k=4:5&j=2:3')), valuesOf(1).slice(56, 60))
      const tags = await Promise.all(['', '&channel=0', '&channel=T1w'].map(async (query) => (await service.get(`/v1/studies/b/image/slices/2.png?size=8${query}`)).headers['etag']))
      assert.deepEqual([tags[0] === tags[1], tags[1] === tags[2]], [true, false])
      assert.equal((await service.get('/v1/studies/b/montage.png?channel=T1w&tile=32')).status, 200)
      assert.deepEqual(await service.bytes('/v1/studies/b/image.nii'), gzip ? gunzipSync(file) : file, 'the file has all channels')
      const wrong = await service.get('/v1/studies/b/image.raw?channel=PET')
      assertProblem(wrong, 400, 'invalid-request', ['channel'])
      assert.match(wrong.body.detail, /"PET": is none of FLAIR \(0\), T1w \(1\), T2w \(2\)/)
      assertProblem(await service.get('/v1/studies/b/image.raw?channel=3'), 400, 'invalid-request', ['channel'])
    })
  }

  it('are refused where the dataset names others, and time series are, with the reason', async (t) => {
    const named = await buildTestApp(t, { root: folder(t, { 'dataset.json': { ...MSD, training: [{ image: 'imagesTr/b.nii' }] }, 'imagesTr/b.nii': fourth(2, false) }) })
    assert.match((await named.json('/v1/studies/b')).problem, /2 volumes \(dim 4 x 3 x 5 x 2\), and the dataset names 3 channels/)
    const series = await buildTestApp(t, { root: folder(t, { 'b.nii': fourth(2, false) }) })
    assert.match((await series.json('/v1/studies/b')).problem, /2 time points \(dim 4 x 3 x 5 x 2\); a study is one volume/)
  })
})

describe('channels in files of their own, as in nnU-Net', () => {
  it('are read with the image, and served by index or name', async (t) => {
    const channel = (n: number) => makeNifti({ shape: SHAPE, sform: SFORM, voxels: valuesOf(n), gzip: true })
    const service = await buildTestApp(t, {
      root: folder(t, {
        'dataset.json': { channel_names: { 0: 'CT', 1: 'PET' }, labels: { background: 0, tumour: 1 }, file_ending: '.nii.gz' },
        'imagesTr/a_0000.nii.gz': channel(0),
        'imagesTr/a_0001.nii.gz': channel(1),
        'imagesTr/b_0000.nii.gz': channel(0),
        'labelsTr/a.nii.gz': makeNifti({ shape: SHAPE, sform: SFORM, datatype: 'uint8', voxels: () => 1, gzip: true })
      })
    })
    assert.deepEqual(int16(await service.bytes('/v1/studies/a/image.raw?channel=PET')), valuesOf(1))
    assert.deepEqual(int16(await service.bytes('/v1/studies/a/image/slices/0.raw?channel=1')), valuesOf(1).slice(0, 12))
    assert.equal((await service.get('/v1/studies/a/image/slices/0.png?channel=PET&overlay=labels')).status, 200)
    assertProblem(await service.get('/v1/studies/b/image.raw?channel=PET'), 404, 'volume-missing')
    assertProblem(await service.get('/v1/studies/a/mask.raw?channel=PET'), 400, 'invalid-request', ['channel'])
    const { items } = await service.json('/v1/studies/a/labels')
    assert.deepEqual(items.map(({ name }: { name: string }) => name), ['tumour'], 'a channel is no label')
  })

  it('are 0 alone where images have one', async (t) => {
    const service = await buildTestApp(t, { root: folder(t, { 'b.nii': makeNifti({ shape: SHAPE, sform: SFORM }) }) })
    assert.equal((await service.get('/v1/studies/b/image.raw?channel=0')).status, 200)
    assertProblem(await service.get('/v1/studies/b/image.raw?channel=1'), 400, 'invalid-request', ['channel'])
  })
})
