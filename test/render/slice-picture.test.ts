import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { InvalidRequest } from '../../src/errors.js'
import { renderPicture, type PictureSpec } from '../../src/render/slice-picture.js'
import { makeSlice } from './make-slice.js'
import { readPng } from './read-png.js'

const SPEC: PictureSpec = {
  format: 'png', bits: 8, window: { center: 127.5, width: 255 }, overlay: 'none', overlayColor: [255, 0, 0], overlayOpacity: 1, labels: false, text: {}
}
const NOISE = Int16Array.from({ length: 24 * 40 }, (_, n) => (n * 7919 + (n * n) % 1013) % 256)
const noisy = makeSlice(24, 40, NOISE, { labels: { left: 'R', right: 'L', top: 'A', bottom: 'P' } })

/** Components of a JPEG's frame (ITU T.81, B.2.2). */
function jpegComponents (file: Uint8Array): number {
  const bytes = Buffer.from(file)
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    if (bytes[at + 1] === 0xc0 || bytes[at + 1] === 0xc2) return bytes[at + 9]!
  }
  throw new Error('no frame')
}

describe('renderPicture as PNG', () => {
  it('shows the window as grey: rint of its share of 255, NaN black', async () => {
    const slice = makeSlice(1, 7, Float32Array.of(-5, 0, 0.5, 1.5, 255, 900, NaN))
    const png = readPng(await renderPicture(slice, SPEC))
    assert.deepEqual([png.colourType, png.bits, png.samples], [0, 8, [0, 0, 0, 2, 255, 255, 0]])
  })

  it('shows a mask as 0 and 255', async () => {
    const slice = makeSlice(2, 2, Uint8Array.of(0, 1, 3, 0), { kind: 'mask' })
    assert.deepEqual(readPng(await renderPicture(slice, SPEC)).samples, [0, 255, 255, 0])
  })

  it('holds HU + 32768 in 16 bits, to nearest and clamped, and no window', async () => {
    const slice = makeSlice(1, 7, Float32Array.of(-1024, 0, 0.5, 1.5, 1e6, -1e6, NaN))
    const png = readPng(await renderPicture(slice, { ...SPEC, bits: 16 }))
    assert.deepEqual([png.bits, png.samples], [16, [31744, 32768, 32768, 32770, 65535, 0, 0]])
    const scaled = makeSlice(1, 2, Uint8Array.of(0, 200), { scaling: { slope: 2, inter: -1024, scales: true } })
    assert.deepEqual(readPng(await renderPicture(scaled, { ...SPEC, bits: 16 })).samples, [31744, 32144])
  })

  it('lays the mask over as RGB, and leaves the rest grey', async () => {
    const mask = new Uint8Array(NOISE.length)
    mask[45] = 1
    const png = readPng(await renderPicture(noisy, { ...SPEC, overlay: 'mask', overlayOpacity: 0.5 }, mask))
    assert.equal(png.colourType, 2)
    const grey = NOISE[45]!
    NOISE.forEach((level, n) => assert.deepEqual(png.samples.slice(3 * n, 3 * n + 3),
      n === 45 ? [Math.round((grey + 255) / 2), Math.round(grey / 2), Math.round(grey / 2)] : [level, level, level]))
  })

  it('draws the contour after resizing: one pixel wide at every size', async () => {
    const slice = makeSlice(4, 4, new Int16Array(16))
    const mask = Uint8Array.of(0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0)
    const png = readPng(await renderPicture(slice, { ...SPEC, overlay: 'contour', size: { rows: 16, columns: 16 } }, mask))
    const red = png.samples.filter((_, n) => n % 3 === 0).map((level) => level === 255 ? '#' : '.').join('').match(/.{16}/g)
    const row = (inside: string) => `....${inside}....`
    assert.deepEqual(red, [
      ...Array<string>(4).fill('................'), row('########'), ...Array<string>(6).fill(row('#......#')), row('########'),
      ...Array<string>(4).fill('................')
    ])
  })

  it('stays RGB where an overlay was asked for and this slice has no lesion', async () => {
    const png = readPng(await renderPicture(noisy, { ...SPEC, overlay: 'contour' }, new Uint8Array(NOISE.length)))
    assert.equal(png.colourType, 2)
  })

  it('writes letters only where asked', async () => {
    const [plain, lettered] = await Promise.all([false, true].map(async (labels) => readPng(await renderPicture(noisy, { ...SPEC, labels })).samples))
    assert.deepEqual(plain, [...NOISE])
    assert.notDeepEqual(lettered, plain)
  })

  it('gives the pixel size after resizing', async () => {
    const slice = makeSlice(4, 4, new Int16Array(16), { pixelMm: { row: 8, column: 1 } })
    const png = readPng(await renderPicture(slice, { ...SPEC, size: { rows: 32, columns: 4 } }))
    const data = png.chunks.find(({ type }) => type === 'pHYs')!.data
    assert.deepEqual([data.readUInt32BE(0), data.readUInt32BE(4), data[8]], [1000, 1000, 1])
  })

  it('is read by another decoder as it was meant', async () => {
    const { data, info } = await sharp(await renderPicture(noisy, SPEC)).raw().toBuffer({ resolveWithObject: true })
    assert.deepEqual([info.width, info.height], [40, 24])
    assert.deepEqual([...data].filter((_, n) => n % info.channels === 0), [...NOISE])
  })
})

describe('renderPicture as WebP and JPEG', () => {
  it('keeps every grey level in WebP', async () => {
    const { data, info } = await sharp(await renderPicture(noisy, { ...SPEC, format: 'webp' })).raw().toBuffer({ resolveWithObject: true })
    assert.deepEqual([...data].filter((_, n) => n % info.channels === 0), [...NOISE])
  })

  it('writes a grey JPEG with one component, and one with an overlay with three', async () => {
    assert.equal(jpegComponents(await renderPicture(noisy, { ...SPEC, format: 'jpeg' })), 1)
    assert.equal(jpegComponents(await renderPicture(noisy, { ...SPEC, format: 'jpeg', overlay: 'mask' }, new Uint8Array(NOISE.length))), 3)
  })

  it('comes close to a smooth slice in JPEG', async () => {
    const smooth = Int16Array.from({ length: 32 * 32 }, (_, n) => (n % 32) * 4 + Math.floor(n / 32) * 4)
    const file = await renderPicture(makeSlice(32, 32, smooth), { ...SPEC, format: 'jpeg' })
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
    smooth.forEach((level, n) => assert.ok(Math.abs(data[n * info.channels]! - level) <= 3))
  })

  it('refuses a side that the format cannot hold', async () => {
    const long = makeSlice(1, 16384, new Int16Array(16384))
    await assert.rejects(renderPicture(long, { ...SPEC, format: 'webp' }), InvalidRequest)
    assert.equal((await sharp(await renderPicture(long, { ...SPEC, format: 'jpeg' })).metadata()).width, 16384)
  })
})
