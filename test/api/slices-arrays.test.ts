import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { assertProblem, buildTestApp } from '../support/test-app.js'

/** x = -i, y = j, z = 2 k: as MosMedData is stored, L A S. */
const LAS = [[-1, 0, 0, 10], [0, 1, 0, -20], [0, 0, 2, 30]] as const

// Voxels are i + 10 j + 100 k unless said otherwise: every number says where it is from.
const { bytes, get, request } = await buildTestApp({ after }, {
  studies: [
    { image: { shape: [4, 3, 5], sform: LAS, pixdim: [1, 1, 2] }, mask: { shape: [4, 3, 5], sform: LAS, pixdim: [1, 1, 2], datatype: 'uint8', voxels: (i, j, k) => i === 1 && j === 2 && k === 3 ? 7 : 0 } },
    { image: { shape: [3, 2, 2], littleEndian: false, datatype: 'int16', sform: LAS } },
    { image: { shape: [3, 2, 2], datatype: 'int16', slope: 2, inter: -1024, sform: LAS } },
    { image: { shape: [3, 2, 2], datatype: 'int64', voxels: (i, j, k) => 2 ** 40 + i + 10 * j + 100 * k, sform: LAS } },
    { image: { shape: [3, 2, 2], datatype: 'float64', voxels: (i, j, k) => [NaN, Infinity, -Infinity, 1e300, 0.5, 1.5][i + 3 * j]! + k, sform: LAS } },
    // Stored sagittally: i runs to A, j to S, k to L, so axial slices are perpendicular to j and lie across the slabs.
    { image: { shape: [2, 3, 4], sform: [[0, 0, -8, 0], [1, 0, 0, 0], [0, 2, 0, 0]], pixdim: [1, 2, 8] } },
    { image: { shape: [3, 2], sform: LAS } },
    { image: { shape: [3, 2, 2], version: 2, sform: LAS }, suffix: 'nii' },
    { image: { shape: [3, 2, 2], datatype: 'float32', slope: 0.5, inter: NaN, sform: LAS }, mask: { shape: [3, 2, 2], datatype: 'float32', littleEndian: false, voxels: [NaN, 0, 1, -2, 0.25, 0, 0, 0, 0, 0, 0, Infinity], sform: LAS } }
  ]
})

const int16s = (body: Buffer) => [...new Int16Array(Uint8Array.from(body).buffer)]
const float32s = (body: Buffer) => [...new Float32Array(Uint8Array.from(body).buffer)]
const slice = (study: number, index: number, query = '', format = 'raw', volume = 'image') =>
  `/v1/studies/study_000${study}/${volume}/slices/${index}.${format}${query}`

/** The header and the values of a NumPy file of format 1.0. */
function npy (file: Buffer): { header: string, values: Buffer } {
  assert.equal(file.toString('latin1', 0, 8), '\x93NUMPY\x01\x00')
  const length = file.readUInt16LE(8)
  assert.equal((10 + length) % 64, 0)
  return { header: file.toString('latin1', 10, 10 + length).trim(), values: file.subarray(10 + length) }
}

describe('a slice as an array', () => {
  it('is [j, i] for an axial slice of an LAS volume, in stored order', async () => {
    assert.deepEqual(int16s(await bytes(slice(1, 3))), [300, 301, 302, 303, 310, 311, 312, 313, 320, 321, 322, 323])
  })

  it('says type, shape, order, byte order and place in headers', async () => {
    const { headers } = await get(slice(1, 3))
    assert.equal(headers['content-type'], 'application/octet-stream')
    assert.equal(headers['content-length'], '24')
    assert.equal(headers['array-dtype'], 'int16')
    assert.equal(headers['array-shape'], '3,4')
    assert.equal(headers['array-order'], 'C')
    assert.equal(headers['array-endian'], 'little')
    // (column, row, 0, 1): x = 10 - column, y = -20 + row, z = 30 + 2 * 3
    assert.equal(headers['array-affine'], '-1,0,0,10,0,1,0,-20,0,0,2,36')
    assert.match(headers['etag']!, /^"[^"]+"$/)
    assert.ok(headers['cache-control'])
    assert.match(headers['dataset-revision']!, /^[0-9a-f]+$/)
    assert.match(headers['server-timing']!, /^cache;desc=(hit|partial|miss), decode;dur=[\d.]+$/)
  })

  it('is the same values in a NumPy file', async () => {
    const { header, values } = npy(await bytes(slice(1, 3, '', 'npy')))
    assert.equal(header, "{'descr': '<i2', 'fortran_order': False, 'shape': (3, 4), }")
    assert.deepEqual(values, await bytes(slice(1, 3)))
  })

  it('cuts coronal and sagittal along the other stored axes', async () => {
    // coronal 2: j = 2, rows k, columns i
    assert.deepEqual(int16s(await bytes(slice(1, 2, '?plane=coronal'))), [0, 1, 2, 3, 4].flatMap((k) => [0, 1, 2, 3].map((i) => 100 * k + 20 + i)))
    // sagittal 1: i = 1, rows k, columns j
    assert.deepEqual(int16s(await bytes(slice(1, 1, '?plane=sagittal'))), [0, 1, 2, 3, 4].flatMap((k) => [0, 1, 2].map((j) => 100 * k + 10 * j + 1)))
    const { headers } = await get(slice(1, 1, '?plane=sagittal'))
    assert.equal(headers['array-shape'], '5,3')
    // column is j (y), row is k (z), i = 1 is x = 9; the third column is a step along i
    assert.equal(headers['array-affine'], '0,0,-1,9,1,0,0,-20,0,2,0,30')
  })

  it('turns to the radiological orientation: axial first row anterior, first column the patient\'s right', async () => {
    // i grows to the left, so column 0 is i = 0 already; j grows to anterior, so row 0 is j = 2.
    const response = await get(slice(1, 0, '?orientation=radiological'))
    assert.deepEqual(int16s(response.body), [20, 21, 22, 23, 10, 11, 12, 13, 0, 1, 2, 3])
    assert.equal(response.headers['array-affine'], '-1,0,0,10,0,-1,0,-18,0,0,2,30')
    // coronal: first row superior; sagittal: first row superior, first column anterior
    assert.deepEqual(int16s(await bytes(slice(1, 0, '?orientation=radiological&plane=coronal'))).slice(0, 4), [400, 401, 402, 403])
    assert.deepEqual(int16s(await bytes(slice(1, 0, '?orientation=radiological&plane=sagittal'))).slice(0, 3), [420, 410, 400])
  })

  it('gathers axial slices of a volume stored sagittally from all its slabs', async () => {
    const response = await get(slice(6, 1))
    assert.equal(response.headers['array-shape'], '4,2')
    assert.deepEqual(int16s(response.body), [10, 11, 110, 111, 210, 211, 310, 311]) // rows k, columns i, at j = 1
    // columns go to A (y), rows to L (-8 x), the slice is at z = 2
    assert.equal(response.headers['array-affine'], '0,-8,0,0,1,0,0,0,0,0,2,2')
    // anterior first: i downwards from 1; patient's right first: k from 0
    assert.deepEqual(int16s(await bytes(slice(6, 1, '?orientation=radiological'))), [11, 111, 211, 311, 10, 110, 210, 310])
    assert.deepEqual(int16s(await bytes(slice(6, 3, '?plane=sagittal'))), [300, 301, 310, 311, 320, 321])
    assert.deepEqual(int16s(await bytes(slice(6, 1, '?plane=coronal'))), [1, 11, 21, 101, 111, 121, 201, 211, 221, 301, 311, 321])
  })

  it('takes a 2-D file for one slice', async () => {
    assert.deepEqual(int16s(await bytes(slice(7, 0))), [0, 1, 2, 10, 11, 12])
    assertProblem(await get(slice(7, 1)), 404, 'slice-not-found')
  })

  it('serves an uncompressed NIfTI-2', async () => {
    assert.deepEqual(int16s(await bytes(slice(8, 1))), [100, 101, 102, 110, 111, 112])
  })

  it('resizes last: shape and affine are those of the answer, edges stay where they were', async () => {
    const { headers, body } = await get(slice(1, 0, '?size=8x6'))
    assert.equal(headers['array-shape'], '6,8')
    assert.equal(body.length, 96)
    // pixels are half as wide, and the first centre moves back by a quarter of the old pixel
    assert.equal(headers['array-affine'], '-0.5,0,0,10.25,0,0.5,0,-20.25,0,0,2,30')
    const { headers: longer } = await get(slice(1, 0, '?size=8'))
    assert.equal(longer['array-shape'], '6,8')
  })

  it('stretches the coarser axis for aspect=physical', async () => {
    const { headers } = await get(slice(1, 0, '?plane=coronal&aspect=physical'))
    assert.equal(headers['array-shape'], '10,4') // k is 2 mm, i 1 mm
  })
})

describe('the type of an array', () => {
  it('is the stored one, little-endian whatever the file is', async () => {
    const response = await get(slice(2, 1))
    assert.equal(response.headers['array-dtype'], 'int16')
    assert.deepEqual(int16s(response.body), [100, 101, 102, 110, 111, 112])
  })

  it('is float32 of HU where the header scales', async () => {
    const response = await get(slice(3, 1))
    assert.equal(response.headers['array-dtype'], 'float32')
    assert.deepEqual(float32s(response.body), [100, 101, 102, 110, 111, 112].map((stored) => 2 * stored - 1024))
    assert.deepEqual(int16s(await bytes(slice(3, 1, '?dtype=int16'))), [-824, -822, -820, -804, -802, -800])
  })

  it('counts a NaN intercept as 0', async () => {
    assert.deepEqual(float32s(await bytes(slice(9, 0))), [0, 0.5, 1, 5, 5.5, 6])
  })

  it('keeps 64 bits', async () => {
    const response = await get(slice(4, 0, '', 'npy'))
    assert.equal(response.headers['array-dtype'], 'int64')
    const { header, values } = npy(response.body)
    assert.match(header, /'descr': '<i8'/)
    assert.deepEqual([...new BigInt64Array(Uint8Array.from(values).buffer)], [0n, 1n, 2n, 10n, 11n, 12n].map((n) => 2n ** 40n + n))
    assert.deepEqual(int16s(await bytes(slice(4, 0, '?dtype=int16'))), Array(6).fill(32767)) // overflow clamps
  })

  it('casts as the contract says: integers to nearest even, NaN 0, clamped; floats keep NaN and infinity', async () => {
    assert.deepEqual(int16s(await bytes(slice(5, 0, '?dtype=int16'))), [0, 32767, -32768, 32767, 0, 2])
    const largest = 3.4028234663852886e38
    assert.deepEqual(float32s(await bytes(slice(5, 0, '?dtype=float32'))), [NaN, Infinity, -Infinity, largest, 0.5, 1.5])
    const { headers, body } = await get(slice(5, 0, '?dtype=float16'))
    assert.equal(headers['array-dtype'], 'float16')
    assert.deepEqual([...new Uint16Array(Uint8Array.from(body as Buffer).buffer)].slice(1), [0x7c00, 0xfc00, 0x7bff, 0x3800, 0x3e00])
  })

  it('with a window is uint8 from 0 to 255, or a share from 0 to 1 in floats', async () => {
    const grey = await get(slice(1, 0, '?window=11,22')) // 0 … 22 HU
    assert.equal(grey.headers['array-dtype'], 'uint8')
    // v / 22 * 255, ties to even: 0, 11.59, 23.18, 34.77, 115.9, 127.5 -> 128, 139.1, 150.7, 231.8, 243.4, 255, 255
    assert.deepEqual([...grey.body as Buffer], [0, 12, 23, 35, 116, 128, 139, 151, 232, 243, 255, 255])
    const shares = float32s(await bytes(slice(1, 0, '?window=10,20&dtype=float32')))
    assert.deepEqual(shares, [0, 0.05, 0.1, 0.15, 0.5, 0.55, 0.6, 0.65, 1, 1, 1, 1].map(Math.fround))
  })

  it('is uint8 for a mask: 1 where the stored value is neither 0 nor NaN', async () => {
    const response = await get(slice(1, 3, '', 'raw', 'mask'))
    assert.equal(response.headers['array-dtype'], 'uint8')
    assert.deepEqual([...response.body as Buffer], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
    assert.deepEqual([...await bytes(slice(9, 0, '', 'raw', 'mask'))], [0, 0, 1, 1, 1, 0])
    assert.deepEqual([...await bytes(slice(9, 1, '', 'raw', 'mask'))], [0, 0, 0, 0, 0, 1])
    assert.deepEqual(int16s(await bytes(slice(9, 0, '?dtype=int16', 'raw', 'mask'))), [0, 0, 1, 1, 1, 0])
    assert.deepEqual(float32s(await bytes(slice(9, 0, '?dtype=float32', 'raw', 'mask'))), [0, 0, 1, 1, 1, 0])
  })

  it('refuses what does not go together, naming the parameters', async () => {
    assertProblem(await get(slice(1, 0, '?window=lung&dtype=int16')), 400, 'invalid-request', ['dtype', 'window'])
    assertProblem(await get(slice(1, 0, '?dtype=uint8')), 400, 'invalid-request', ['dtype', 'window'])
    assertProblem(await get(slice(1, 0, '?window=lung', 'raw', 'mask')), 400, 'invalid-request', ['window', 'volume'])
    assertProblem(await get(slice(1, 0, '?size=8x6&aspect=physical')), 400, 'invalid-request', ['size', 'aspect'])
  })
})

describe('a validator', () => {
  it('is equal where the meaning is equal', async () => {
    const tag = async (query: string) => (await get(slice(1, 3, query))).headers['etag']
    assert.equal(await tag('?window=lung'), await tag('?window=-600,1500'))
    assert.equal(await tag('?window=lung'), await tag('?window=-600.0,1.5e3&dtype=uint8&plane=axial&orientation=native'))
    assert.equal(await tag(''), await tag('?dtype=auto&aspect=voxel'))
    assert.equal(await tag(''), await tag('?dtype=int16&size=4x3'))
  })

  it('is different where any byte may be', async () => {
    const queries = ['', '?dtype=float32', '?dtype=float16', '?window=lung', '?window=bone', '?window=lung&dtype=float32', '?orientation=radiological', '?size=8', '?plane=coronal&size=4x3']
    const tags = await Promise.all(queries.map(async (query) => (await get(slice(1, 2, query))).headers['etag']))
    tags.push((await get(slice(1, 3))).headers['etag'], (await get(slice(1, 2, '', 'npy'))).headers['etag'], (await get(slice(1, 2, '', 'raw', 'mask'))).headers['etag'])
    assert.equal(new Set(tags).size, tags.length)
  })

  it('answers If-None-Match with 304 and no body; any of several tags, weak ones and * count', async () => {
    const { headers: { etag } } = await get(slice(1, 3))
    for (const sent of [etag!, `"other", ${etag}`, `W/${etag}`, '*']) {
      const response = await get(slice(1, 3)).set('If-None-Match', sent)
      assert.equal(response.status, 304, sent)
      assert.equal(response.headers['etag'], etag)
      assert.ok(response.headers['cache-control'])
      assert.equal(response.body.length, 0)
    }
    assert.equal((await get(slice(1, 3)).set('If-None-Match', '"other"')).status, 200)
  })
})

describe('HEAD', () => {
  it('has the headers of GET and no body', async () => {
    for (const path of [slice(1, 3), slice(1, 3, '?window=lung', 'npy'), slice(1, 3, '?size=2', 'npy')]) {
      const got = await get(path)
      const head = await request.head(path)
      assert.equal(head.status, 200)
      for (const name of ['etag', 'content-length', 'content-type', 'array-dtype', 'array-shape', 'array-affine', 'array-order', 'array-endian', 'cache-control']) {
        assert.equal(head.headers[name], got.headers[name], `${path} ${name}`)
      }
    }
    assert.equal((await request.head(slice(1, 3)).set('If-None-Match', (await get(slice(1, 3))).headers['etag']!)).status, 304)
    assert.equal((await request.head(slice(1, 99))).status, 404)
  })
})

describe('an index', () => {
  it('past the last slice is slice-not-found, and the detail names the range', async () => {
    const response = await get(slice(1, 5))
    assertProblem(response, 404, 'slice-not-found')
    assert.match(response.body.detail, /axial slice 5 is outside 0\.\.4/)
    assert.match((await get(slice(1, 4, '?plane=sagittal'))).body.detail, /0\.\.3/)
    assertProblem(await get(slice(1, -1)), 404, 'slice-not-found')
  })

  it('that is no whole number is refused', async () => {
    for (const index of ['x', '1.5', '1e1', '']) {
      const response = await get(`/v1/studies/study_0001/image/slices/${index}.raw`)
      assertProblem(response, 400, 'invalid-request', ['index'])
    }
  })
})
