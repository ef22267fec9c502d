import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { truncateSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { assertProblem, buildTestApp } from '../support/test-app.js'

// 4 x 3 x 5 voxels whose value is i + 10 j + 100 k, and 1000 more for each study.
const SHAPE = [4, 3, 5]
const image = (n: number) => ({ shape: SHAPE, voxels: (i: number, j: number, k: number) => i + 10 * j + 100 * k + 1000 * n })
const mask = { shape: SHAPE, voxels: (i: number, _j: number, k: number) => i === k ? 7 : 0 }
const app = await buildTestApp({ after }, {
  studies: [
    { image: image(1), mask },
    { image: image(2) },
    { image: image(3), mask },
    { image: { shape: [5, 3, 5] }, mask: { shape: [5, 3, 4] } },
    { image: null, mask },
    { image: { shape: SHAPE, slope: 0.5, inter: -10, voxels: (i: number) => i } },
    { image: Buffer.from('not a NIfTI') },
    // The image's i grows to superior; its mask's header says nothing of it.
    { image: { ...image(8), sform: [[0, 2, 0, 0], [0, 0, 3, 0], [1, 0, 0, 0]] }, mask }
  ],
  config: { cacheBytes: 16 * 2 ** 20, decodeThreads: 2 }
})

const slice = (n: number, k: number) => Array.from({ length: 12 }, (_, at) => at % 4 + 10 * Math.floor(at / 4) + 100 * k + 1000 * n)
const maskSlice = (k: number) => Array.from({ length: 12 }, (_, at) => at % 4 === k ? 1 : 0)
const item = (n: number, index: number) => ({ study: `study_000${n}`, index })
const post = (extension: string, body: object) => app.request.post(`/v1/batches.${extension}`).send(body).buffer(true)
  .parse((response, done) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => {
      const bytes = Buffer.concat(chunks)
      done(null, /json/.test(String((response as unknown as { headers: Record<string, string> }).headers['content-type'])) ? JSON.parse(String(bytes)) : bytes)
    })
  })
const doubles = (bytes: Buffer) => Array.from({ length: bytes.length / 8 }, (_, n) => bytes.readDoubleLE(8 * n))
const int16 = (bytes: Buffer) => Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n))

describe('POST /v1/batches.raw', () => {
  it('gives slices in the order asked for, the same one twice, hot or cold', async () => {
    const items = [item(3, 4), item(1, 0), item(3, 4), item(2, 2), item(1, 1)]
    for (const cache of ['miss', 'hit']) {
      const { body, headers, status } = await post('raw', { items })
      assert.equal(status, 200, JSON.stringify(body))
      assert.deepEqual(int16(body), [...slice(3, 4), ...slice(1, 0), ...slice(3, 4), ...slice(2, 2), ...slice(1, 1)])
      assert.equal(headers['content-length'], String(5 * 24))
      assert.deepEqual([headers['array-dtype'], headers['array-shape'], headers['array-order'], headers['array-endian']], ['int16', '5,3,4', 'C', 'little'])
      assert.match(headers['server-timing']!, new RegExp(`cache;desc=${cache}`))
    }
  })

  it('gives image and mask one after the other, the mask as 0 and 1', async () => {
    const { body, headers } = await post('raw', { items: [item(1, 2), item(3, 0)], arrays: ['image', 'mask'] })
    assert.deepEqual(int16(body.subarray(0, 48)), [...slice(1, 2), ...slice(3, 0)])
    assert.deepEqual([...body.subarray(48)], [...maskSlice(2), ...maskSlice(0)])
    assert.equal(headers['array-dtype'], 'int16,uint8')
  })

  it('gives a mask of a study whose image is missing', async () => {
    const { body } = await post('raw', { items: [item(5, 3)], arrays: ['mask'] })
    assert.deepEqual([...body], maskSlice(3))
  })

  it('gives other planes, types, windows and sizes', async () => {
    const coronal = await post('raw', { items: [item(1, 2), item(2, 0)], plane: 'coronal', dtype: 'float32' })
    const expected = [[1, 2], [2, 0]].flatMap(([n, j]) => Array.from({ length: 20 }, (_, at) => at % 4 + 10 * j! + 100 * Math.floor(at / 4) + 1000 * n!))
    assert.deepEqual([...new Float32Array(new Uint8Array(coronal.body).buffer)], expected)
    const windowed = await post('raw', { items: [item(1, 0)], window: '1000,40', dtype: 'float32' })
    assert.deepEqual([...new Float32Array(new Uint8Array(windowed.body).buffer)], slice(1, 0).map((value) => Math.fround(Math.min(1, (value - 980) / 40))))
    const resized = await post('raw', { items: [item(1, 0), item(4, 0)], size: '8x6' })
    assert.equal(resized.headers['array-shape'], '2,6,8')
    assert.equal(resized.body.length, 2 * 6 * 8 * 2)
  })

  it('gives the mask in the planes of its image, whatever its own header says', async () => {
    const { body, headers } = await post('raw', { items: [item(8, 1)], arrays: ['image', 'mask'] })
    assert.equal(headers['array-shape'], '1,5,3')
    // axial is perpendicular to i: [k, j] at i = 1
    assert.deepEqual(int16(body.subarray(0, 30)), Array.from({ length: 15 }, (_, at) => 1 + 10 * (at % 3) + 100 * Math.floor(at / 3) + 8000))
    assert.deepEqual([...body.subarray(30)], Array.from({ length: 15 }, (_, at) => Math.floor(at / 3) === 1 ? 1 : 0))
  })

  it('fills in zeros for a missing mask if missingMask=zeros', async () => {
    const { body } = await post('raw', { items: [item(2, 1), item(1, 1)], arrays: ['mask'], missingMask: 'zeros' })
    assert.deepEqual([...body], [...Array(12).fill(0), ...maskSlice(1)])
  })

  it('gives 512 items, more than are in flight at once', async () => {
    const items = Array.from({ length: 512 }, (_, n) => item(n % 3 + 1, n % 5))
    const { body } = await post('raw', { items })
    assert.deepEqual(int16(body), items.flatMap(({ study, index }) => slice(Number(study.at(-1)), index)))
  })

  it('gives slices that are each larger than a block', { timeout: 10_000 }, async () => {
    const single = await app.bytes('/v1/studies/study_0001/image/slices/2.raw?size=600x600') // 703 KiB; a block has 512 KiB here
    const { body } = await post('raw', { items: [item(1, 2), item(1, 2)], size: '600x600' })
    assert.ok(body.equals(Buffer.concat([single, single])))
  })
})

describe('POST /v1/batches.safetensors', () => {
  it('tells type, shape and place of each tensor in a header', async () => {
    // mask first in the request; image first in the file, where it is aligned
    const { body, headers } = await post('safetensors', { items: [item(1, 2)], arrays: ['mask', 'image'] })
    const length = Number(body.readBigUInt64LE(0))
    assert.equal(length % 8, 0)
    assert.deepEqual(JSON.parse(String(body.subarray(8, 8 + length))), {
      __metadata__: { study: '["study_0001"]' },
      affine: { dtype: 'F64', shape: [1, 3, 4], data_offsets: [0, 96] },
      spacing: { dtype: 'F64', shape: [1, 3], data_offsets: [96, 120] },
      index: { dtype: 'I64', shape: [1], data_offsets: [120, 128] },
      image: { dtype: 'I16', shape: [1, 3, 4], data_offsets: [128, 152] },
      mask: { dtype: 'U8', shape: [1, 3, 4], data_offsets: [152, 164] }
    })
    const values = body.subarray(8 + length)
    assert.deepEqual([int16(values.subarray(128, 152)), [...values.subarray(152)]], [slice(1, 2), maskSlice(2)])
    // The slice of k = 2 of a volume without sform or qform, 1 mm apart: x falls with i, the origin is in the middle (nibabel).
    assert.deepEqual(doubles(values.subarray(0, 96)), [-1, 0, 0, 1.5, 0, 1, 0, -1, 0, 0, 1, 0])
    assert.deepEqual([doubles(values.subarray(96, 120)), values.readBigInt64LE(120)], [[1, 1, 1], 2n])
    assert.equal(headers['content-length'], String(body.length))
    assert.match(headers.etag!, /^"batch\./)
  })
})

describe('POST /v1/batches.npz', () => {
  it('is a stored zip of .npy files', async () => {
    const request = { items: [item(1, 2), item(3, 0)], arrays: ['image', 'mask'] }
    const { body, headers } = await post('npz', request)
    assert.equal(headers['content-type'], 'application/zip')
    assert.equal(headers['content-length'], String(body.length))
    const files = readStoredZip(body)
    assert.deepEqual(Object.keys(files), ['image.npy', 'mask.npy', 'affine.npy', 'spacing.npy', 'index.npy', 'study.npy'])
    assert.match(String(files['image.npy']!.subarray(0, 128)), /'descr': '<i2', 'fortran_order': False, 'shape': \(2, 3, 4\)/)
    assert.deepEqual(int16(files['image.npy']!.subarray(128)), [...slice(1, 2), ...slice(3, 0)])
    assert.deepEqual([...files['mask.npy']!.subarray(128)], [...maskSlice(2), ...maskSlice(0)])
    assert.match(String(files['index.npy']!.subarray(0, 128)), /'descr': '<i8', 'fortran_order': False, 'shape': \(2,\)/)
    assert.deepEqual([files['index.npy']!.readBigInt64LE(128), files['index.npy']!.readBigInt64LE(136)], [2n, 0n])
    // NumPy's texts are UTF-32
    assert.match(String(files['study.npy']!.subarray(0, 128)), /'descr': '<U10'/)
    assert.equal(String(files['study.npy']!.subarray(128)).replaceAll('\0', ''), 'study_0001study_0003')
    assert.ok((await post('npz', request)).body.equals(body), 'the same bytes the next time')
  })
})

describe('a batch of boxes', () => {
  const voxel = (n: number, i: number, j: number, k: number, pad: number) => i < 0 || j < 0 || k < 0 || i >= 4 || j >= 3 || k >= 5 ? pad : i + 10 * j + 100 * k + 1000 * n
  const boxOf = (n: number, [i0, i1]: number[], [j0, j1]: number[], [k0, k1]: number[], pad = 0) => {
    const values: number[] = []
    for (let k = k0!; k < k1!; k++) for (let j = j0!; j < j1!; j++) for (let i = i0!; i < i1!; i++) values.push(voxel(n, i, j, k, pad))
    return values
  }

  it('gives [N, k, j, i] in stored voxels, in the order asked for', async () => {
    const items = [{ study: 'study_0001', box: { i: [1, 3], j: [0, 2], k: [2, 5] } }, { study: 'study_0003', box: { i: [0, 2], j: [1, 3], k: [0, 3] } }]
    for (const cache of ['cold', 'hot']) {
      const { body, headers } = await post('raw', { items })
      assert.equal(headers['array-shape'], '2,3,2,2')
      assert.deepEqual(int16(body), [...boxOf(1, [1, 3], [0, 2], [2, 5]), ...boxOf(3, [0, 2], [1, 3], [0, 3])], cache)
    }
  })

  it('takes the whole of an axis that is left out', async () => {
    const { body, headers } = await post('raw', { items: [{ study: 'study_0002', box: { k: [4, 5] } }] })
    assert.deepEqual([headers['array-shape'], int16(body)], ['1,1,3,4', slice(2, 4)])
  })

  it('pads what reaches out of the volume: HU in the image, 0 in the mask', async () => {
    const box = { i: [-1, 3], j: [2, 4], k: [-2, 7] }
    const { body, headers } = await post('raw', { items: [{ study: 'study_0001', box }], arrays: ['image', 'mask'], pad: -1024 })
    assert.equal(headers['array-shape'], '1,9,2,4')
    assert.deepEqual(int16(body.subarray(0, 144)), boxOf(1, [-1, 3], [2, 4], [-2, 7], -1024))
    const inMask = Array.from({ length: 72 }, (_, at) => {
      const [i, j, k] = [at % 4 - 1, Math.floor(at / 4) % 2 + 2, Math.floor(at / 8) - 2]
      return i === k && j < 3 && i >= 0 && i < 4 && k < 5 ? 1 : 0
    })
    assert.deepEqual([...body.subarray(144)], inMask)
  })

  it('pads in HU before window and type', async () => {
    const { body } = await post('raw', { items: [{ study: 'study_0006', box: { i: [3, 5], j: [0, 1], k: [0, 1] } }], pad: -10, window: '-10,10', dtype: 'float32' })
    // slope 0.5, intercept -10: i = 3 is -8.5 HU, (-8.5 + 15) / 10; the padding is the middle of the window
    assert.deepEqual([...new Float32Array(new Uint8Array(body).buffer)], [Math.fround(0.65), 0.5])
  })

  it('says where each box begins, and its affine', async () => {
    const { body } = await post('safetensors', { items: [{ study: 'study_0001', box: { i: [-1, 1], j: [1, 2], k: [3, 4] } }], pad: 0 })
    const length = Number(body.readBigUInt64LE(0))
    const header = JSON.parse(String(body.subarray(8, 8 + length)))
    assert.deepEqual([header.index, header.image.shape], [{ dtype: 'I64', shape: [1, 3], data_offsets: [120, 144] }, [1, 1, 1, 2]])
    const values = body.subarray(8 + length)
    assert.deepEqual([0, 1, 2].map((n) => values.readBigInt64LE(120 + 8 * n)), [-1n, 1n, 3n])
    // voxel (-1, 1, 3): x = 1.5 + 1, y = -1 + 1, z = -2 + 3
    assert.deepEqual(doubles(values.subarray(0, 96)), [-1, 0, 0, 2.5, 0, 1, 0, 0, 0, 0, 1, 1])
  })

  for (const [what, body, parameters] of [
    ['a box that reaches out without pad', { items: [{ study: 'study_0001', box: { i: [-1, 3] } }] }, ['box.i']],
    ['a box outside the volume', { items: [{ study: 'study_0001', box: { k: [5, 9] } }], pad: 0 }, ['box.k']],
    ['a box without voxels', { items: [{ study: 'study_0001', box: { j: [2, 2] } }] }, ['box.j']],
    ['boxes of other shapes', { items: [{ study: 'study_0001', box: { k: [0, 1] } }, { study: 'study_0001', box: { k: [0, 2] } }] }, ['items', 'items.1']],
    ['boxes and slices', { items: [{ study: 'study_0001', box: {} }, item(1, 0)] }, ['items.1']],
    ['a box with an index', { items: [{ study: 'study_0001', box: {}, index: 0 }] }, ['items.0']],
    ['neither', { items: [{ study: 'study_0001' }] }, ['items.0.index']],
    ['a size for boxes', { items: [{ study: 'study_0001', box: {} }], size: '8' }, ['size']],
    ['pad for slices', { items: [item(1, 0)], pad: 0 }, ['pad']],
    ['too large a box', { items: [{ study: 'study_0001', box: { i: [-3000, 3000], j: [-3000, 3000] } }], pad: 0 }, ['box']]
  ] as const) {
    it(`is a 400 that names the parameters: ${what}`, async () => {
      assertProblem(await post('npz', body), 400, 'invalid-request', parameters)
    })
  }
})

describe('a batch that cannot be served', () => {
  for (const [what, status, slug, body, text] of [
    ['a study that is not there', 404, 'study-not-found', { items: [item(1, 0), item(9, 0)] }, /^items\.1: .*study_0009/],
    ['a slice past the last', 404, 'slice-not-found', { items: [item(1, 0), item(1, 4), item(1, 5)] }, /^items\.2: .*0\.\.4/],
    ['no mask', 404, 'mask-not-found', { items: [item(1, 0), item(2, 0)], arrays: ['image', 'mask'] }, /^items\.1: .*study_0002/],
    ['a missing image', 404, 'volume-missing', { items: [item(5, 0)] }, /^items\.0: .*study_0005/],
    ['an unreadable image', 500, 'volume-unreadable', { items: [item(1, 0), item(7, 0)] }, /^items\.1: .*study_0007/],
    ['a mask that does not fit', 500, 'volume-unreadable', { items: [item(4, 0)], arrays: ['image', 'mask'] }, /^items\.0: .*5 x 3 x 4.*5 x 3 x 5/]
  ] as const) {
    it(`names the item: ${what}`, async () => {
      const response = await post('safetensors', body)
      assertProblem(response, status, slug)
      assert.match(response.body.detail, text)
    })
  }

  for (const [what, body, parameters] of [
    ['slices of other shapes without a size', { items: [item(1, 0), item(4, 0)] }, ['items.1', 'size']],
    ['images of other types without a dtype', { items: [item(1, 0), item(6, 0)] }, ['items.1', 'dtype']],
    ['uint8 without a window', { items: [item(1, 0)], dtype: 'uint8' }, ['dtype', 'window']],
    ['no items', { items: [] }, ['items']],
    ['513 items', { items: Array.from({ length: 513 }, () => item(1, 0)) }, ['items']],
    ['an item of something else', { items: [{ study: 'study_0001', k: 3 }] }, ['items.0.k']],
    ['an array of something else', { items: [item(1, 0)], arrays: ['label'] }, ['arrays.0']],
    ['a size that is none', { items: [item(1, 0)], size: '0' }, ['size']]
  ] as const) {
    it(`is a 400 that names the parameters: ${what}`, async () => {
      assertProblem(await post('npz', body), 400, 'invalid-request', parameters)
    })
  }

  it('is refused by its type or its length', async () => {
    assertProblem(await app.request.post('/v1/batches.raw').set('content-type', 'text/plain').send('{}'), 415, 'unsupported-media-type')
    assertProblem(await app.request.post('/v1/batches.raw').set('content-type', 'application/json').send(`{"items":[${' '.repeat(2 ** 20)}]}`), 413, 'body-too-large')
    assertProblem(await app.get('/v1/batches.raw'), 405, 'method-not-allowed')
  })

  it('says so with a problem even when a file turns out to be damaged after it was read into the catalog', async (t) => {
    const own = await buildTestApp(t, { studies: [{}, { image: { shape: [64, 64, 8] }, suffix: 'nii' }] })
    truncateSync(own.dataset.image('study_0002'), 5000)
    const response = await own.request.post('/v1/batches.raw').send({ items: [{ study: 'study_0002', index: 7 }] })
    assertProblem(response, 503, 'catalog-building')
    assert.match(response.body.detail, /^items\.0: /)
  })
})

/** Files of a zip without compression, by its central directory (APPNOTE 4.3.12), checksums checked. */
function readStoredZip (zip: Buffer): Record<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  let at = zip.readUInt32LE(end + 16)
  const files: Record<string, Buffer> = {}
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, crc, size, nameLength, local] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)]
    assert.equal(method, 0)
    const name = String(zip.subarray(at + 46, at + 46 + nameLength))
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const bytes = zip.subarray(start, start + size)
    assert.equal(crc32(bytes), crc)
    files[name] = bytes
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return files
}
