import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import sharp from 'sharp'
import { readPng } from '../render/read-png.js'
import { assertProblem, buildTestApp } from '../support/test-app.js'

const LAS = [[-1, 0, 0, 10], [0, 1, 0, -20], [0, 0, 2, 30]] as const
const SHAPE = [3, 2, 4] as const

const { bytes, get, request } = await buildTestApp({ after }, {
  studies: [
    {
      image: { shape: SHAPE, sform: LAS, pixdim: [1, 1, 2], voxels: (i, j, k) => -1350 + 100 * i + 300 * j + 500 * k },
      mask: { shape: SHAPE, sform: LAS, pixdim: [1, 1, 2], datatype: 'uint8', voxels: (i, j, k) => k === 1 && j === 0 && i > 0 ? 1 : 0 }
    },
    { image: { shape: SHAPE, sform: LAS }, mask: { shape: [3, 2, 5], sform: LAS, datatype: 'uint8', voxels: (i) => i % 2 } },
    { image: { shape: SHAPE, sform: LAS }, mask: Buffer.from('not a gzip file') },
    { image: Buffer.from('not a gzip file'), mask: { shape: SHAPE, sform: LAS, datatype: 'uint8' } }
  ]
})

const slice = (index: number, query = '', format = 'png', volume = 'image', study = 1) => `/v1/studies/study_000${study}/${volume}/slices/${index}.${format}${query}`
/** 8-bit grey of HU in the lung window, -1350 … 150 HU: rint of the share of 255. */
const lung = (hu: number) => Math.round(Math.min(1, Math.max(0, (hu + 1350) / 1500)) * 255)

describe('a slice as a picture', () => {
  it('shows an axial image as read from a light box, through the lung window', async () => {
    const { headers, body } = await get(slice(1))
    const png = readPng(body)
    assert.deepEqual([png.columns, png.rows, png.bits, png.colourType], [3, 2, 8, 0])
    // first row anterior: j = 1; first column the patient's right: i = 0, as i grows to the left
    assert.deepEqual(png.samples, [800, 900, 1000, 500, 600, 700].map((above) => lung(-1350 + above)))
    assert.equal(headers['content-type'], 'image/png')
    assert.equal(headers['slice-window'], '-600,1500')
    assert.equal(headers['array-affine'], '-1,0,0,10,0,-1,0,-19,0,0,2,32')
    assert.ok(headers['etag'] && headers['cache-control'] && headers['dataset-revision'] && headers['server-timing'])
  })

  it('takes a window by name or by numbers, and a native order', async () => {
    const png = readPng(await bytes(slice(1, '?window=-500,1000&orientation=native')))
    // -850, -750, -650; -550, -450, -350 from -1000 … 0 HU, ties to even
    assert.deepEqual(png.samples, [38, 64, 89, 115, 140, 166])
    const { headers } = await get(slice(1, '?window=bone'))
    assert.equal(headers['slice-window'], '400,1800')
    assert.equal((await get(slice(1, '?window=bone'))).headers['etag'], (await get(slice(1, '?window=400,1800'))).headers['etag'])
  })

  it('shows a mask as 0 and 255, and echoes no window', async () => {
    const { headers, body } = await get(slice(1, '', 'png', 'mask'))
    assert.deepEqual(readPng(body).samples, [0, 0, 0, 0, 255, 255])
    assert.equal(headers['slice-window'], undefined)
    assertProblem(await get(slice(1, '?window=lung', 'png', 'mask')), 400, 'invalid-request', ['window', 'volume'])
  })

  it('holds HU + 32768 in 16 bits', async () => {
    const { headers, body } = await get(slice(1, '?bits=16&orientation=native'))
    assert.deepEqual(readPng(body).samples, [-850, -750, -650, -550, -450, -350].map((hu) => hu + 32768))
    assert.equal(headers['slice-window'], undefined)
    assertProblem(await get(slice(1, '?bits=16&window=lung')), 400, 'invalid-request', ['bits', 'window'])
    assertProblem(await get(slice(1, '?bits=12')), 400, 'invalid-request', ['bits'])
  })

  it('stretches coronal and sagittal pictures to square pixels, axial ones not', async () => {
    assert.deepEqual(await sizeOf(slice(0, '?plane=coronal')), [3, 8]) // k is 2 mm
    assert.deepEqual(await sizeOf(slice(0, '?plane=sagittal')), [2, 8])
    assert.deepEqual(await sizeOf(slice(0, '?plane=coronal&aspect=voxel')), [3, 4])
    assert.deepEqual(await sizeOf(slice(0, '?size=6')), [6, 4])
    assert.deepEqual(await sizeOf(slice(0, '?size=5x7')), [5, 7])
  })

  it('is the same pixels losslessly as WebP, and nearly as JPEG', async () => {
    const grey = readPng(await bytes(slice(1, '?size=64'))).samples
    for (const [format, tolerance] of [['webp', 0], ['jpeg', 8]] as const) {
      const { headers, body } = await get(slice(1, '?size=64', format))
      assert.equal(headers['content-type'], `image/${format}`)
      assert.equal(headers['slice-window'], '-600,1500')
      const { data } = await sharp(body).greyscale().raw().toBuffer({ resolveWithObject: true })
      assert.ok(grey.every((value, n) => Math.abs(value - data[n]!) <= tolerance), format)
    }
  })

  it('answers HEAD and If-None-Match', async () => {
    const { headers: { etag } } = await get(slice(2))
    const head = await request.head(slice(2))
    assert.deepEqual([head.status, head.headers['etag'], head.headers['slice-window']], [200, etag, '-600,1500'])
    assert.equal((await get(slice(2)).set('If-None-Match', etag!)).status, 304)
  })

  async function sizeOf (path: string): Promise<[number, number]> {
    const { columns, rows } = readPng(await bytes(path))
    return [columns, rows]
  }
})

describe('an overlay', () => {
  it('is RGB: lesion pixels coloured, the others grey as before', async () => {
    const grey = readPng(await bytes(slice(1)))
    for (const overlay of ['mask', 'contour']) {
      const png = readPng(await bytes(slice(1, `?overlay=${overlay}&overlayColor=FF0000&overlayOpacity=1`)))
      assert.equal(png.colourType, 2)
      const pixel = (n: number) => png.samples.slice(3 * n, 3 * n + 3)
      for (const n of [0, 1, 2, 3]) assert.deepEqual(pixel(n), Array(3).fill(grey.samples[n]))
      for (const n of [4, 5]) assert.deepEqual(pixel(n), [255, 0, 0])
    }
  })

  it('of none is the plain picture', async () => {
    assert.equal((await get(slice(1, '?overlay=none'))).headers['etag'], (await get(slice(1))).headers['etag'])
  })

  it('where the mask does not fit is volume-unreadable naming both shapes; both volumes are served', async () => {
    const response = await get(slice(1, '?overlay=mask', 'png', 'image', 2))
    assertProblem(response, 500, 'volume-unreadable')
    assert.match(response.body.detail, /3 x 2 x 5/)
    assert.match(response.body.detail, /3 x 2 x 4/)
    assert.equal(response.body.retry, false)
    assert.equal((await get(slice(1, '', 'png', 'image', 2))).status, 200)
    assert.equal((await get(slice(4, '', 'png', 'mask', 2))).status, 200)
  })

  it('of a mask that cannot be read is volume-unreadable, and of an unreadable image too', async () => {
    assertProblem(await get(slice(1, '?overlay=mask', 'png', 'image', 3)), 500, 'volume-unreadable')
    assert.equal((await get(slice(1, '', 'png', 'image', 3))).status, 200)
    assertProblem(await get(slice(1, '?overlay=mask', 'png', 'image', 4)), 500, 'volume-unreadable')
    assert.equal((await get(slice(1, '', 'png', 'mask', 4))).status, 200)
  })

  it('is refused on masks and in 16 bits', async () => {
    assertProblem(await get(slice(1, '?overlay=mask', 'png', 'mask')), 400, 'invalid-request', ['overlay', 'volume'])
    assertProblem(await get(slice(1, '?overlay=mask&bits=16')), 400, 'invalid-request', ['bits', 'overlay'])
  })
})
