import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'
import { makeDataset, type Content } from '../support/test-dataset.js'

const noise = { shape: [40, 30, 4], voxels: (i: number, j: number, k: number) => (i * 7919 + j * 104729 + k * 1299709) % 3001 - 1000 }
const sound = gzipSync(makeNifti(noise))

function altered (at: number): Buffer {
  const copy = Buffer.from(sound)
  copy[at]! ^= 0xff
  return copy
}

/** What is wrong with each file, and what the catalog must say of it. */
const BROKEN: [name: string, content: Content, problem: RegExp][] = [
  ['truncated', sound.subarray(0, sound.length / 2), /ends|gzip/i],
  ['bad-crc', altered(sound.length - 6), /crc|checksum/i],
  ['bad-size', altered(sound.length - 1), /size|length|bytes/i],
  ['bad-middle', altered(sound.length >> 1), /./],
  ['empty', Buffer.alloc(0), /./],
  ['not-gzip', Buffer.from('a few words'), /gzip/i],
  ['not-nifti', gzipSync(Buffer.alloc(1000, 'x')), /nifti|sizeof_hdr/i],
  ['four-d', { shape: [4, 4, 4, 3] }, /3 time points/],
  ['rgb', { fields: { datatype: 128, bitpix: 24 } }, /RGB/],
  ['complex', { fields: { datatype: 32, bitpix: 64 } }, /complex/],
  ['short', gzipSync(makeNifti(noise).subarray(0, 5000)), /ends|promises/],
  ['no-dimension', { fields: { dim: [3, 4, 0, 4, 1, 1, 1, 1] } }, /dim/],
  ['too-large', { fields: { dim: [3, 30000, 30000, 2, 1, 1, 1, 1] } }, /2 GiB/],
  ['second-member-damaged', Buffer.concat([sound, altered(30)]), /./],
  ['vox-offset', { fields: { vox_offset: 12 } }, /vox_offset/]
]

const dataset = makeDataset({ after }, [
  ...BROKEN.map(([id, image]) => ({ id, image })),
  { id: 'sound', image: noise },
  { id: 'trailing', image: Buffer.concat([sound, Buffer.from('rubbish')]) },
  { id: 'fifo', image: null },
  { id: 'folder', image: null },
  { id: 'dangling', image: null },
  { id: 'closed', image: noise },
  { id: 'bad-mask', image: noise, mask: altered(sound.length - 6) },
  { id: 'misfit', image: noise, mask: { shape: [40, 30, 5], datatype: 'uint8' as const, voxels: () => 1 } },
  { id: 'elsewhere', image: { ...noise, sform: [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] }, mask: { ...noise, datatype: 'uint8' as const, voxels: () => 1, sform: [[-1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0]] } }
])
execFileSync('mkfifo', [dataset.image('fifo')])
mkdirSync(dataset.image('folder'))
symlinkSync('nowhere.nii.gz', dataset.image('dangling'))
chmodSync(dataset.image('closed'), 0)

const { json, get, bytes } = await buildTestApp({ after }, { root: dataset.root })

describe('a file that cannot be served', () => {
  for (const [id, , problem] of BROKEN) {
    it(`(${id}) is in the catalog with its problem, answers volume-unreadable, and is served as it is`, async () => {
      const study = await json(`/v1/studies/${id}`)
      assert.equal(study.status, 'unreadable')
      assert.match(study.problem, problem)
      assert.equal(study.shape, null)
      for (const path of ['slices/0.raw', 'slices/0.png']) {
        const response = await get(`/v1/studies/${id}/image/${path}`)
        assertProblem(response, 500, 'volume-unreadable')
        assert.equal(response.body.retry, false)
        assert.match(response.body.detail, new RegExp(`${id}\\.nii\\.gz`))
        assert.match(response.body.detail, problem)
      }
      assertProblem(await get(`/v1/studies/${id}/image.nii`), 500, 'volume-unreadable')
      assertProblem(await get(`/v1/studies/${id}/image.npy`), 500, 'volume-unreadable')
      const { status, headers, body } = await get(`/v1/studies/${id}/image.nii.gz`)
      assert.equal(status, 200)
      assert.match(headers['etag']!, /^"/)
      assert.deepEqual(body, readFileSync(dataset.image(id)))
    })
  }

  it('has the header that could be read', async () => {
    assert.deepEqual((await json('/v1/studies/four-d/image/header')).dim, [4, 4, 4, 4, 3, 1, 1, 1])
    assertProblem(await get('/v1/studies/not-nifti/image/header'), 500, 'volume-unreadable')
  })

  it('leaves the others alone', async () => {
    assert.equal((await bytes('/v1/studies/sound/image.raw')).length, 40 * 30 * 4 * 2)
  })
})

describe('what stands in place of a file', () => {
  it('(a FIFO, a folder) is unreadable and hangs nothing', async () => {
    for (const [id, kind] of [['fifo', 'FIFO'], ['folder', 'folder']] as const) {
      const study = await json(`/v1/studies/${id}`)
      assert.deepEqual([study.status, study.file], ['unreadable', null])
      assert.match(study.problem, new RegExp(kind))
      for (const path of ['image.nii.gz', 'image.raw', 'image/slices/0.png', 'image/header']) {
        assertProblem(await get(`/v1/studies/${id}/${path}`), 500, 'volume-unreadable')
      }
    }
  })

  it('(a link that leads nowhere) is missing', async () => {
    assert.equal((await json('/v1/studies/dangling')).status, 'missing')
    assertProblem(await get('/v1/studies/dangling/image.nii.gz'), 404, 'volume-missing')
  })

  it('(a file that may not be read) is unreadable', { skip: process.getuid?.() === 0 && 'root may read everything' }, async () => {
    const study = await json('/v1/studies/closed')
    assert.equal(study.status, 'unreadable')
    assert.match(study.problem, /EACCES/)
  })
})

describe('bytes after the gzip stream', () => {
  it('are a warning, and the study is ready', async () => {
    const study = await json('/v1/studies/trailing')
    assert.equal(study.status, 'ready')
    assert.match(study.warnings.join('\n'), /^image: 7 bytes after/m)
    assert.deepEqual(await bytes('/v1/studies/trailing/image.raw'), await bytes('/v1/studies/sound/image.raw'))
  })
})

describe('a mask that is not as it should be', () => {
  it('(unreadable) is a warning of a ready image, and its own routes say volume-unreadable', async () => {
    const study = await json('/v1/studies/bad-mask')
    assert.deepEqual([study.status, study.annotated, study.mask], ['ready', false, null])
    assert.match(study.warnings.join('\n'), /^mask: It cannot be served/m)
    assertProblem(await get('/v1/studies/bad-mask/mask/slices/0.png'), 500, 'volume-unreadable')
    assert.deepEqual(await bytes('/v1/studies/bad-mask/mask.nii.gz'), readFileSync(dataset.mask('bad-mask')))
    assert.equal((await get('/v1/studies/bad-mask/image/slices/0.png')).status, 200)
  })

  it('(another shape) is a warning that names both', async () => {
    const study = await json('/v1/studies/misfit')
    assert.equal(study.status, 'ready')
    assert.match(study.warnings.join(), /40 x 30 x 5.*40 x 30 x 4/)
    assert.ok((await json('/v1/studies/misfit/slices')).items.every(({ lesionPixels }: { lesionPixels: unknown }) => lesionPixels === null))
  })

  it('(another place) is a warning', async () => {
    const study = await json('/v1/studies/elsewhere')
    assert.match(study.warnings.join(), /affine differs.*5 mm/)
    assert.equal((await get('/v1/studies/elsewhere/image/slices/0.png?overlay=mask')).status, 200)
  })
})

describe('the data root', () => {
  it('out of reach is no missing file: readiness and files answer 503 until it is back', async (t) => {
    const gone = await buildTestApp(t, { studies: [{ image: noise }] })
    const { root } = gone.dataset
    t.mock.method(gone.services.store, 'isReachable', () => false)
    rmSync(root, { recursive: true })
    assertProblem(await gone.get('/readyz'), 503, 'overloaded')
    const response = await gone.get('/v1/studies/study_0001/image/slices/0.raw')
    assertProblem(response, 503, 'overloaded')
    assert.match(response.headers['retry-after']!, /^\d+$/)
    assert.equal((await gone.get('/healthz')).status, 200)
    assert.equal((await gone.get('/v1/studies')).body.total, 1)
  })
})
