import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { makeNifti } from '../support/make-nifti.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const LAS = [[-1, 0, 0, 10], [0, 1, 0, -20], [0, 0, 2, 30]] as const
const SHAPE = [4, 3, 5] as const

const { bytes, get, request, dataset } = await buildTestApp({ after }, {
  studies: [
    { image: { shape: SHAPE, sform: LAS, extension: 'a comment' }, mask: { shape: SHAPE, sform: LAS, datatype: 'int16', littleEndian: false, voxels: (i, j, k) => (i + j + k) % 2 } },
    { image: { shape: SHAPE, littleEndian: false, slope: 2, inter: 1 } },
    { image: { shape: SHAPE, voxOffset: 400 }, suffix: 'nii' },
    { image: Buffer.concat([gzipSync(makeNifti({ shape: SHAPE }).subarray(0, 400)), gzipSync(makeNifti({ shape: SHAPE }).subarray(400))]) }
  ]
})

const path = (study: number, rest: string, volume = 'image') => `/v1/studies/study_000${study}/${volume}${rest}`
const whole = [0, 1, 2, 3, 4].flatMap((k) => [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((i) => i + 10 * j + 100 * k)))
const int16s = (body: Buffer) => [...new Int16Array(Uint8Array.from(body).buffer)]

describe('a whole volume', () => {
  it('is [k, j, i], and says so', async () => {
    const { headers, body } = await get(path(1, '.raw'))
    assert.deepEqual(int16s(body), whole)
    assert.equal(headers['content-type'], 'application/octet-stream')
    assert.equal(headers['content-length'], '120')
    assert.equal(headers['array-dtype'], 'int16')
    assert.equal(headers['array-shape'], '5,3,4')
    assert.equal(headers['array-order'], 'C')
    assert.equal(headers['array-endian'], 'little')
    assert.equal(headers['array-affine'], '-1,0,0,10,0,1,0,-20,0,0,2,30') // of its own (i, j, k, 1)
    assert.equal(headers['accept-ranges'], 'bytes')
    assert.ok(headers['etag'] && headers['cache-control'] && headers['dataset-revision'])
    assert.match(headers['server-timing']!, /^cache;desc=(hit|partial|miss), decode;dur=[\d.]+$/)
  })

  it('is a NumPy file of that shape', async () => {
    const file = await bytes(path(1, '.npy'))
    assert.equal(file.toString('latin1', 0, 8), '\x93NUMPY\x01\x00')
    assert.match(file.toString('latin1', 10, 128), /^\{'descr': '<i2', 'fortran_order': False, 'shape': \(5, 3, 4\), \} +\n$/)
    assert.deepEqual(int16s(file.subarray(128)), whole)
  })

  it('is HU in float32 where the header scales', async () => {
    const { headers, body } = await get(path(2, '.raw'))
    assert.equal(headers['array-dtype'], 'float32')
    assert.deepEqual([...new Float32Array(Uint8Array.from(body as Buffer).buffer)], whole.map((stored) => 2 * stored + 1))
  })

  it('takes dtype and window', async () => {
    assert.deepEqual([...await bytes(path(1, '.raw?window=11,22'))].slice(0, 5), [0, 12, 23, 35, 116])
    assert.equal((await bytes(path(1, '.raw?dtype=float32'))).length, 240)
    assert.equal((await bytes(path(1, '.raw?dtype=float16'))).length, 120)
  })

  it('of a mask is 0 and 1 in uint8', async () => {
    const { headers, body } = await get(path(1, '.raw', 'mask'))
    assert.equal(headers['array-dtype'], 'uint8')
    assert.deepEqual([...body as Buffer], whole.map((v) => (v % 10 + Math.floor(v / 10) % 10 + Math.floor(v / 100)) % 2))
  })

  it('is every member of a gzip of several', async () => {
    assert.deepEqual(int16s(await bytes(path(4, '.raw'))), whole)
  })

  it('takes no parameter of slices', async () => {
    assertProblem(await get(path(1, '.raw?plane=axial&size=2&orientation=native')), 400, 'invalid-request', ['orientation', 'plane', 'size'])
    assertProblem(await get(path(1, '.nii?dtype=int16')), 400, 'invalid-request', ['dtype'])
    assertProblem(await get(path(1, '.nii.gz?window=lung')), 400, 'invalid-request', ['window'])
  })
})

describe('a box', () => {
  it('is what lies between start and stop along each stored axis, with an affine of its own', async () => {
    const { headers, body } = await get(path(1, '.raw?i=1:3&j=2:3&k=1:4'))
    assert.deepEqual(int16s(body), [121, 122, 221, 222, 321, 322])
    assert.equal(headers['array-shape'], '3,1,2')
    assert.equal(headers['array-affine'], '-1,0,0,9,0,1,0,-18,0,0,2,32')
    assert.deepEqual([...await bytes(path(1, '.raw?k=0:1&j=0:1', 'mask'))], [0, 1, 0, 1])
  })

  it('may be the whole, which is then the same thing', async () => {
    const [box, all] = [await get(path(1, '.raw?i=0:4&j=0:3&k=0:5')), await get(path(1, '.raw'))]
    const open = await get(path(1, '.raw?i=:4&j=0:&k=:'))
    assert.deepEqual([open.headers['etag'], open.body], [all.headers['etag'], all.body])
    assert.deepEqual((await get(path(1, '.raw?k=3:'))).body, (await get(path(1, '.raw?k=3:5'))).body)
    assert.deepEqual(box.body, all.body)
    assert.equal(box.headers['etag'], all.headers['etag'])
  })

  it('of nothing, backwards, or past the end is refused', async () => {
    for (const [query, parameter] of [['i=0:0', 'i'], ['j=2:1', 'j'], ['k=0:6', 'k'], ['i=-1:2', 'i'], ['k=1', 'k'], ['k=5:', 'k'], ['k=:0', 'k'], ['k=:6', 'k'], ['j=0.5:1', 'j']] as const) {
      assertProblem(await get(path(1, `.raw?${query}`)), 400, 'invalid-request', [parameter])
    }
  })
})

describe('the decoded NIfTI file', () => {
  it('is the original without its gzip: header, extension, byte order', async () => {
    for (const [study, volume] of [[1, 'image'], [1, 'mask'], [2, 'image'], [4, 'image']] as const) {
      const file = volume === 'image' ? dataset.image(`study_000${study}`) : dataset.mask(`study_000${study}`)
      const original = study === 4 ? makeNifti({ shape: SHAPE }) : gunzipSync(readFileSync(file))
      const { headers, body } = await get(path(study, '.nii', volume))
      assert.equal(headers['content-type'], 'application/octet-stream')
      assert.deepEqual(body, original)
    }
  })

  it('of an original .nii is that file', async () => {
    assert.deepEqual(await bytes(path(3, '.nii')), readFileSync(dataset.image('study_0003')))
  })
})

describe('the original file', () => {
  it('comes byte for byte, as gzip that no client unpacks by itself', async () => {
    const { headers, body } = await get(path(1, '.nii.gz'))
    assert.equal(headers['content-type'], 'application/gzip')
    assert.equal(headers['content-encoding'], undefined)
    assert.deepEqual(body, readFileSync(dataset.image('study_0001')))
    assert.deepEqual(await bytes(path(1, '.nii.gz', 'mask')), readFileSync(dataset.mask('study_0001')))
  })

  it('is volume-missing as .nii.gz where it is a .nii', async () => {
    assertProblem(await get(path(3, '.nii.gz')), 404, 'volume-missing')
  })
})

for (const suffix of ['.raw', '.npy', '.nii', '.nii.gz', '.raw?dtype=float32', '.raw?i=1:3']) {
  describe(`ranges of ${suffix}`, () => {
    const url = path(1, suffix)
    const ranged = (range: string) => get(url).set('Range', range)

    it('are the bytes asked for', async () => {
      const all = await bytes(url)
      const size = all.length
      for (const [range, start, stop] of [
        ['bytes=0-0', 0, 1], ['bytes=5-40', 5, 41], [`bytes=${size - 3}-`, size - 3, size], ['bytes=-7', size - 7, size],
        [`bytes=2-${size + 999}`, 2, size], [`bytes=-${size + 5}`, 0, size], ['bytes=23-24', 23, 25], ['bytes=0-', 0, size]
      ] as const) {
        const { status, headers, body } = await ranged(range)
        assert.equal(status, 206, range)
        assert.equal(headers['content-range'], `bytes ${start}-${stop - 1}/${size}`)
        assert.equal(headers['content-length'], String(stop - start))
        assert.deepEqual(body, all.subarray(start, stop), range)
      }
    })

    it('past the end are 416 with the size', async () => {
      const size = (await bytes(url)).length
      for (const range of [`bytes=${size}-`, 'bytes=99999-100000', 'bytes=-0']) {
        const response = await ranged(range)
        assertProblem(response, 416, 'range-not-satisfiable')
        assert.equal(response.headers['content-range'], `bytes */${size}`)
      }
    })

    it('that are several, malformed or of another unit are ignored', async () => {
      const all = await bytes(url)
      for (const range of ['bytes=0-1,3-4', 'bytes=4-1', 'bytes=a-b', 'bytes', 'bytes=-', 'items=0-1', 'bytes=0x1-2']) {
        const { status, body } = await ranged(range)
        assert.equal(status, 200, range)
        assert.deepEqual(body, all)
      }
    })

    it('count under If-Range only while the validator holds', async () => {
      const { headers: { etag } } = await get(url)
      assert.equal((await ranged('bytes=0-1').set('If-Range', etag!)).status, 206)
      assert.equal((await ranged('bytes=0-1').set('If-Range', '"other"')).status, 200)
      assert.equal((await ranged('bytes=0-1').set('If-Range', `W/${etag}`)).status, 200)
      assert.equal((await ranged('bytes=0-1').set('If-Range', 'Wed, 21 Oct 2015 07:28:00 GMT')).status, 200)
    })

    it('come after If-None-Match, and HEAD sends none of them', async () => {
      const all = await get(url)
      const etag = all.headers['etag']!
      assert.equal((await ranged('bytes=0-1').set('If-None-Match', etag)).status, 304)
      const head = await request.head(url)
      assert.equal(head.status, 200)
      for (const name of ['content-length', 'content-type', 'etag', 'accept-ranges', 'array-shape', 'array-affine', 'array-dtype']) assert.equal(head.headers[name], all.headers[name], name)
    })
  })
}

describe('a file of the dataset', () => {
  it('says when it was modified, and what to call it', async (t) => {
    const own = await buildTestApp(t, { studies: [{ mask: {} }] })
    for (const [path, name, file] of [
      ['image.nii.gz', 'study_0001.nii.gz', own.dataset.image('study_0001')], ['mask.nii.gz', 'study_0001_mask.nii.gz', own.dataset.mask('study_0001')],
      ['image.nii', 'study_0001.nii', own.dataset.image('study_0001')]
    ] as const) {
      const { headers } = await own.get(`/v1/studies/study_0001/${path}`)
      assert.equal(headers['content-disposition'], `inline; filename="${name}"`)
      assert.equal(headers['last-modified'], new Date(Math.floor(statSync(file).mtimeMs / 1000) * 1000).toUTCString())
    }
  })
})
