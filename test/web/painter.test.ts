import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { physicalExtent } from '../../web/src/image/extent.js'
import { outlined } from '../../web/src/image/overlay.js'
import type { Palette } from '../../web/src/image/overlay.js'
import { clearMissing, Painter } from '../../web/src/image/painter.js'
import type { Look } from '../../web/src/image/painter.js'
import { PLANES, sliceThrough } from '../../web/src/image/planes.js'
import type { Grid } from '../../web/src/image/planes.js'
import { parseWindow } from '../../web/src/image/window.js'
import { allocate, keptDtype, readValues } from '../../web/src/volume/array-answer.js'
import { readPng } from '../render/read-png.js'
import { signedPermutations } from '../support/make-nifti.js'
import { buildTestApp } from '../support/test-app.js'

const NAMED = ['lung', 'mediastinal', '-550.5,900.25']
const FIXTURES = readdirSync('test/fixtures').filter((name) => /\.nii(\.gz)?$/.test(name))
/** A field of view with every grey in it, and a mask that touches two edges; voxels of 1 x 1.5 x 4 mm along R–L, A–P, S–I. */
const speckle = (i: number, j: number, k: number) => -1400 + (i * 37 + j * 101 + k * 211) % 1700
const STEPS = [1, 1.5, 4]
const turned = signedPermutations().filter((_, n) => n % 7 === 0).map((matrix) => {
  const sform = matrix.map((row, ras) => [...row.map((sign) => sign * STEPS[ras]!), 10])
  const shape = [0, 1, 2].map((stored) => [9, 7, 5][matrix.findIndex((row) => row[stored] !== 0)]!)
  return { image: { shape, sform, voxels: speckle }, mask: { shape, sform, datatype: 'uint8' as const, voxels: (i: number, j: number, k: number) => Number(i + j + k < 7) } }
})
const { json, bytes, get } = await buildTestApp({ after }, {
  studies: [
    ...turned,
    { image: { shape: [8, 6, 5], slope: 0.5, inter: -1000, voxels: (i: number, j: number, k: number) => (i * 37 + j * 101 + k * 211) % 1700 } },
    ...FIXTURES.map((name) => ({ image: readFileSync(`test/fixtures/${name}`), suffix: name.endsWith('.gz') ? 'nii.gz' as const : 'nii' as const }))
  ].map((study, n) => ({ ...study, id: `study_${n + 1}` }))
})
const ids = [...turned.keys(), turned.length, ...FIXTURES.keys()].map((_, n) => `study_${n + 1}`)

/** A study as the viewer gets it. */
async function volumeOf (id: string) {
  const study = await json(`/v1/studies/${id}`)
  const scales = study.scaling.slope !== 1 || study.scaling.intercept !== 0
  const dtype = keptDtype(study.dtype, scales)
  const response = await get(`/v1/studies/${id}/image.raw?dtype=${dtype === 'float32' ? 'float32' : 'auto'}`)
  const { values } = await readValues(new Response(response.body, { headers: response.headers as Record<string, string> }))
  assert.equal(values.constructor, allocate(dtype, 0).constructor)
  return { grid: study as Grid, voxels: values, hasMask: study.mask !== null }
}

function painted (voxels: Parameters<Painter['paint']>[0]['voxels'], slice: ReturnType<typeof sliceThrough>, look: Look): Uint8Array {
  const { rows, columns } = physicalExtent(slice)
  const out = new Uint32Array(rows * columns)
  new Painter().paint({ voxels, slice, revision: 0 }, look, out)
  return new Uint8Array(out.buffer)
}

/** The largest difference of any channel between our pixels (RGBA) and a picture of the service. */
function difference (rgba: Uint8Array, png: ReturnType<typeof readPng>): number {
  const channels = png.colourType === 2 ? 3 : 1
  assert.equal(rgba.length / 4, png.rows * png.columns, 'as many pixels')
  let most = 0
  for (let n = 0; n < rgba.length / 4; n++) {
    for (const c of [0, 1, 2]) most = Math.max(most, Math.abs(rgba[n * 4 + c]! - png.samples[n * channels + (channels === 1 ? 0 : c)]!))
  }
  return most
}

describe('a painted slice', () => {
  it('is the picture of the service within one grey level, whatever the orientation, datatype, plane and window', async () => {
    for (const id of ids) {
      const { grid, voxels } = await volumeOf(id)
      for (const plane of PLANES) {
        for (const window of NAMED) {
          for (const orientation of ['radiological', 'native'] as const) {
            const slice = sliceThrough(grid, plane, 0, orientation)
            const png = readPng(await bytes(`/v1/studies/${id}/image/slices/0.png?plane=${plane}&window=${window}&aspect=physical&orientation=${orientation}`))
            const found = difference(painted(voxels, slice, { window: parseWindow(window)!, inverted: false }), png)
            assert.ok(found <= 1, `${id} ${grid.axes} ${plane} ${window} ${orientation}: ${found}`)
          }
        }
      }
    }
  })

  it('has the mask where the service has it, filled and as an outline', async () => {
    for (const id of ids.slice(0, turned.length)) {
      const { grid, voxels } = await volumeOf(id)
      const labels = new Uint8Array(await bytes(`/v1/studies/${id}/mask.raw`))
      for (const plane of PLANES) {
        for (const [style, overlay, opacity] of [['fill', 'mask', 0.4], ['outline', 'contour', 0.8]] as const) {
          const slice = sliceThrough(grid, plane, 1, 'radiological')
          const png = readPng(await bytes(`/v1/studies/${id}/image/slices/1.png?plane=${plane}&aspect=physical&overlay=${overlay}&overlayOpacity=${opacity}`))
          const palette: Palette = new Map([[1, [255, 64, 64]]])
          const found = difference(painted(voxels, slice, { window: parseWindow('lung')!, inverted: false, overlay: { labels, revision: 0, style, palette, opacity } }), png)
          assert.ok(found <= 1, `${id} ${plane} ${style}: ${found}`)
        }
      }
    }
  })

  it('draws several labels each in its colour, and none that has no colour', () => {
    const grid: Grid = { shape: [4, 1, 1], axes: 'LPS', affine: [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]] }
    const slice = sliceThrough(grid, 'axial', 0, 'radiological')
    const palette: Palette = new Map([[1, [200, 0, 0]], [3, [0, 0, 100]]])
    const rgba = painted(Uint8Array.of(100, 100, 100, 100), slice, {
      window: { center: 127.5, width: 255 }, inverted: false, overlay: { labels: Uint8Array.of(0, 1, 2, 3), revision: 0, style: 'fill', palette, opacity: 0.5 }
    })
    assert.deepEqual([...rgba], [100, 100, 100, 255, 150, 50, 50, 255, 100, 100, 100, 255, 50, 50, 100, 255])
    assert.deepEqual([...outlined(Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 2), { rows: 3, columns: 3 })], [1, 1, 1, 1, 0, 1, 1, 1, 2], 'inside is where all four neighbours are alike')
  })

  it('is inverted grey by grey', () => {
    const grid: Grid = { shape: [3, 1, 1], axes: 'LPS', affine: [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]] }
    const slice = sliceThrough(grid, 'axial', 0, 'radiological')
    const greys = (voxels: Int16Array | Float32Array) => [...painted(voxels, slice, { window: { center: 0, width: 100 }, inverted: true })].filter((_, n) => n % 4 === 0)
    assert.deepEqual(greys(Int16Array.of(-80, 0, 50)), [255, 127, 0]) // 127.5 rounds to even, 128
    assert.deepEqual(greys(Float32Array.of(NaN, 0, 50)), [255, 127, 0])
  })

  it('is blank where the stream has not come yet', () => {
    const grid: Grid = { shape: [2, 1, 2], axes: 'LPS', affine: [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]] }
    const coronal = sliceThrough(grid, 'coronal', 0, 'radiological')
    const out = new Uint32Array(8).fill(1)
    // four rows of two columns: the upper two are k = 1, which is missing
    clearMissing(coronal, Uint8Array.of(1, 0), out)
    assert.deepEqual([...out], [0, 0, 0, 0, 1, 1, 1, 1])
  })
})
