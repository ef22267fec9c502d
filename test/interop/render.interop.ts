import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { TypedArray } from '../../src/nifti/datatype.js'
import { castSlice } from '../../src/render/cast.js'
import type { WireDtype } from '../../src/render/wire-dtype.js'
import { UNSCALED } from '../../src/render/hounsfield.js'
import { resampleLinear } from '../../src/render/resample.js'
import { renderArray } from '../../src/render/slice-array.js'
import { renderPicture, type PictureSpec } from '../../src/render/slice-picture.js'
import { WINDOW_PRESETS } from '../../src/render/window.js'
import { makeSlice } from '../render/make-slice.js'
import { close } from '../support/close.js'
import { runPython } from '../support/python.js'

const ORACLE = fileURLToPath(new URL('render_oracle.py', import.meta.url))
const packed = (values: TypedArray | Uint8Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')

async function askPython<Answer> (requests: object[]): Promise<(Answer | null)[]> {
  return await runPython(ORACLE, requests) as (Answer | null)[]
}

/** Whole numbers of -1100 to 1099, the same in every run, neighbours unlike each other. */
const whole = (length: number) => Float64Array.from({ length }, (_, n) => (n * 7919 + (n * n) % 1013) % 2200 - 1100)
const AWKWARD = [0, -0, NaN, Infinity, -Infinity, 0.5, 1.5, 2.5, -0.5, -1.5, 65504, 65519.9, 65520, 1e5, 3.5e38, -3.5e38, 1e300,
  2 ** -24, 2 ** -25, 2 ** -25 * 1.001, 6.1e-5, 32767.5, -32768.5, 254.5, 255.5, 1 + 2 ** -11 + 2 ** -40, 2147483647.5]

const STORED: Record<string, TypedArray> = {
  int8: Int8Array.from({ length: 256 }, (_, n) => n),
  uint8: Uint8Array.from({ length: 256 }, (_, n) => n),
  int16: Int16Array.from({ length: 65536 }, (_, n) => n),
  uint16: Uint16Array.from({ length: 65536 }, (_, n) => n),
  int32: Int32Array.from([...whole(500), 2147483647, -2147483648, 65504, 65505]),
  uint32: Uint32Array.from([0, 1, 254, 255, 256, 32767, 32768, 4294967295]),
  int64: BigInt64Array.from([...whole(500)].map(BigInt).concat(2n ** 62n, -(2n ** 62n))),
  uint64: BigUint64Array.from([0n, 1n, 255n, 32768n, 2n ** 63n]),
  float32: Float32Array.from([...whole(500).map((value) => value / 3), ...AWKWARD]),
  float64: Float64Array.from([...whole(500).map((value) => value / 3), ...AWKWARD])
}
const SCALINGS = [null, [1, -1024], [Math.fround(0.1), Math.fround(-1000.3)], [-2.5, 0.5]] as const
const WINDOWS = [...Object.values(WINDOW_PRESETS), { center: 35.5, width: 333.3 }, { center: 0, width: 1e-3 }]

describe('castSlice, against NumPy', () => {
  for (const [type, stored] of Object.entries(STORED)) {
    it(`is bit-exact from ${type}: every scaling, window and type of answer`, async () => {
      const cases = SCALINGS.flatMap((scaling) => [undefined, ...WINDOWS].flatMap((window) =>
        (window === undefined ? ['int16', 'float16', 'float32'] as const : ['uint8', 'float16', 'float32'] as const)
          .map((dtype) => ({ scaling, window, dtype }))))
      const answers = await askPython<{ data: string }>(cases.map(({ scaling, window, dtype }) => (
        { ask: 'cast', type, data: packed(stored), scaling, dtype, window: window === undefined ? null : [window.center, window.width] })))
      cases.forEach(({ scaling, window, dtype }, n) => {
        const ours = castSlice(stored, scaling === null ? UNSCALED : { slope: scaling[0], inter: scaling[1], scales: true }, dtype, window)
        assert.equal(packed(ours), answers[n]!.data, JSON.stringify({ scaling, window, dtype }))
      })
    })
  }
})

describe('.npy, against NumPy', () => {
  it('is what numpy.save writes and numpy.load reads', async () => {
    const types: [WireDtype, TypedArray][] = [...Object.entries(STORED) as [WireDtype, TypedArray][], ['float16', Float32Array.from(whole(60))]]
    const slices = types.map(([dtype, stored]) => ({ dtype, slice: makeSlice(1, 5, stored.slice(0, 5)) }))
    const answers = await askPython<object>(slices.map(({ dtype, slice }) => ({ ask: 'load', data: packed(renderArray(slice, { format: 'npy', dtype })) })))
    slices.forEach(({ dtype, slice }, n) => assert.deepEqual(answers[n],
      { dtype, shape: [1, 5], data: packed(renderArray(slice, { format: 'raw', dtype })), same: true }))
  })
})

describe('resampleLinear, against Pillow', () => {
  it('agrees to float32, shrinking, growing and both at once', async () => {
    const from = { rows: 37, columns: 53 }
    const values = whole(37 * 53)
    const sizes = [[37, 53], [10, 10], [1, 1], [74, 106], [100, 7], [5, 200], [36, 52], [38, 54]] as const
    const answers = await askPython<{ data: string }>(sizes.map((size) =>
      ({ ask: 'resize', type: 'float32', data: packed(Float32Array.from(values)), shape: [37, 53], size })))
    assert.notEqual(answers[0], null, 'Pillow is among the requirements')
    sizes.forEach(([rows, columns], n) => {
      const theirs = new Float32Array(Uint8Array.from(Buffer.from(answers[n]!.data, 'base64')).buffer)
      const ours = resampleLinear(values, from, { rows, columns }, 'float32') as Float32Array
      // Pillow keeps float32 between its two passes: off by some 1e-7 of the largest value, 1100.
      close([...ours].map((value) => value / 1100), [...theirs].map((value) => value / 1100), 1e-6)
    })
  })
})

describe('pictures, against Pillow', () => {
  const SPEC: PictureSpec = {
    format: 'png', bits: 8, window: WINDOW_PRESETS.lung, overlay: 'none', overlayColor: [255, 0, 0], overlayOpacity: 0.4, labels: false, text: { Study: 'study_0255' }
  }
  interface Seen { mode: string, size: number[], text: object, dpi: number[] | null, data: string, pillowBytes: number }
  /** A smooth body with the noise of a scan on it, from air to bone. */
  const chest = Int16Array.from({ length: 256 * 256 }, (_, n) => {
    const noise = [1, 2, 3, 4].reduce((sum, turn) => sum + (n * 7919 * turn + (n * n * turn) % 10007) % 41 - 20, 0)
    return Math.round(-600 + 500 * Math.sin((n % 256) / 40) * Math.cos(n / 256 / 40) + noise)
  })
  const slice = makeSlice(256, 256, chest, { pixelMm: { row: 0.5, column: 0.5 } })
  const grey = castSlice(chest, UNSCALED, 'uint8', WINDOW_PRESETS.lung)

  it('reads back to the pixel what was meant, in at most 1.15 times the bytes of its own PNG', async () => {
    const mask = Uint8Array.from(chest, (_, n) => n % 256 > 100 && n % 256 < 140 && n > 20000 && n < 30000 ? 1 : 0)
    const files = await Promise.all([
      renderPicture(slice, SPEC), renderPicture(slice, { ...SPEC, bits: 16 }), renderPicture(slice, { ...SPEC, overlay: 'mask' }, mask),
      renderPicture({ ...slice, stored: mask, kind: 'mask' }, SPEC), renderPicture(slice, { ...SPEC, format: 'webp' }),
      renderPicture(slice, { ...SPEC, format: 'jpeg' })
    ])
    const seen = await askPython<Seen>(files.map((file) => ({ ask: 'picture', data: packed(file) })))
    assert.notEqual(seen[0], null, 'Pillow is among the requirements')
    const [png, png16, overlay, maskPng, webp, jpeg] = seen as Seen[]
    assert.deepEqual(seen.map((picture) => picture!.mode), ['L', 'I;16', 'RGB', 'L', 'RGB', 'L'])
    assert.deepEqual([png!.size, png!.text, png!.dpi!.map(Math.round)], [[256, 256], { Study: 'study_0255' }, [51, 51]])
    assert.equal(png!.data, packed(grey))
    assert.equal(png16!.data, packed(Uint16Array.from(chest, (hu) => hu + 32768)))
    assert.equal(maskPng!.data, packed(mask.map((bit) => bit * 255)))
    assert.equal(webp!.data, packed(Uint8Array.from([...grey as Uint8Array].flatMap((level) => [level, level, level]))))
    const rgb = Buffer.from(overlay!.data, 'base64')
    mask.forEach((bit, n) => assert.equal(rgb[3 * n + 1], bit === 0 ? grey[n] : Math.round(Number(grey[n]) * 0.6)))
    const lossy = Buffer.from(jpeg!.data, 'base64')
    const apart = lossy.reduce((sum, level, n) => sum + Math.abs(level - Number(grey[n])), 0) / lossy.length
    assert.ok(apart < 3, `JPEG is ${apart} levels off on average`)
    for (const n of [0, 1, 2]) {
      assert.ok(files[n]!.length <= 1.15 * seen[n]!.pillowBytes, `${files[n]!.length} bytes, Pillow ${seen[n]!.pillowBytes}`)
    }
  })
})
