import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { VolumeUnreadable } from '../../src/errors.js'
import { parseHeader } from '../../src/nifti/header.js'
import { gatherSlice, ORIENTATIONS, PLANES, planeAxis, sliceGeometry, type Orientation, type Plane } from '../../src/nifti/slice.js'
import { layoutOf, type VolumeLayout } from '../../src/nifti/volume.js'
import { unzipped } from '../nifti/fixtures.js'
import { close } from '../support/close.js'
import { MADE_DATATYPES, makeNifti, signedPermutations, type NiftiRecipe } from '../support/make-nifti.js'
import { runPython } from '../support/python.js'

interface NibabelAnswer {
  error?: string
  shape: number[]
  dtype: string
  voxOffset: number
  slope: number
  inter: number
  voxelSizes: number[]
  affine: number[][]
  axes: string
  slices: string[][][]
}
type Wanted = [Plane, Orientation, number]

let folder: string
before(() => { folder = mkdtempSync(join(tmpdir(), 'niiserve-nifti-')) })
after(() => rmSync(folder, { recursive: true, force: true }))

async function askNibabel (files: Buffer[], planes: Wanted[][] = []): Promise<NibabelAnswer[]> {
  const requests = files.map((bytes, n) => {
    const path = join(folder, `${n}.nii`)
    writeFileSync(path, bytes)
    return { path, planes: planes[n] ?? [] }
  })
  return await runPython(fileURLToPath(new URL('read_nifti.py', import.meta.url)), requests) as NibabelAnswer[]
}

/** The same numbers in every run. Park and Miller, "Random number generators: good ones are hard to find" (1988). */
function randomNumbers (seed: number) {
  let state = seed
  const next = () => (state = state * 48271 % 2147483647) / 2147483647
  return {
    between: (low: number, high: number) => low + (high - low) * next(),
    whole: (low: number, high: number) => Math.floor(low + (high + 1 - low) * next()),
    one: <T>(values: readonly T[]): T => values[Math.floor(values.length * next())]!
  }
}

const mmPer = (units: number) => (units & 7) === 1 ? 1000 : (units & 7) === 3 ? 0.001 : 1

function agrees (layout: VolumeLayout, nibabel: NibabelAnswer, units: number, recipe: unknown) {
  const message = JSON.stringify({ recipe, nibabel })
  assert.equal(nibabel.error, undefined, message)
  const shape = [...nibabel.shape, 1, 1].slice(0, 3)
  assert.deepEqual(
    [layout.shape, layout.datatype.name, layout.voxOffset, layout.slope, layout.inter, layout.axes],
    [shape, nibabel.dtype, nibabel.voxOffset, nibabel.slope, nibabel.inter, nibabel.axes], message)
  const mm = mmPer(units)
  // Of a file of fewer axes, without a form, nibabel makes the others 1 thick; here pixdim says it.
  const axes = layout.affineSource === 'pixdim' ? Math.min(3, nibabel.shape.length) : 3
  close(layout.affine!.slice(0, axes), nibabel.affine.slice(0, axes).map((row) => row.map((value) => value * mm)), 1e-9)
  close(layout.spacing.slice(0, axes), nibabel.voxelSizes.slice(0, axes).map((size) => size * mm), 1e-9)
}

describe('headers, by nibabel', () => {
  const random = randomNumbers(2020)

  const randomRecipe = (): NiftiRecipe & { xyztUnits: number } => {
    const quaternion = () => {
      const raw = [1, 2, 3, 4].map(() => random.between(-1, 1))
      const length = Math.hypot(...raw)
      return raw.slice(1).map((value) => value / length) as [number, number, number]
    }
    const code = random.one([0, 0, 1, 2, 3, 4])
    return {
      version: random.one([1, 2]),
      littleEndian: random.one([true, false]),
      datatype: random.one(MADE_DATATYPES),
      shape: Array.from({ length: random.whole(1, 4) }, (_, n) => n === 3 ? 1 : random.whole(1, 5)),
      pixdim: [1, 2, 3].map(() => random.one([1, 1, -1]) * random.between(0.2, 9)),
      sform: [0, 1, 2].map(() => [1, 2, 3, 4].map((n) => random.between(-9, 9) * (n === 4 ? 30 : 1))),
      qform: {
        quaternion: random.one([quaternion(), quaternion(), [1, 0, 0], [0, 0, 0], [0, Math.SQRT1_2, Math.SQRT1_2]] as const),
        offset: [random.between(-200, 200), random.between(-200, 200), random.between(-200, 200)],
        qfac: random.one([1, -1, 0])
      },
      slope: random.one([1, 0, NaN, 0.5, -3]),
      inter: random.one([0, -1024, 7.5]),
      xyztUnits: random.one([0, 1, 2, 3]) + random.one([0, 8, 16]),
      extension: random.one(['', 'short', 'a comment that is longer than one block of an extension']),
      fields: { sform_code: code, qform_code: random.one([0, 1, 2]) }
    }
  }

  it('agree on 400 random headers: sform, qform or neither, oblique, sheared, in any unit, type, order and version', async () => {
    const recipes = Array.from({ length: 400 }, randomRecipe)
    const files = recipes.map(makeNifti)
    for (const [n, nibabel] of (await askNibabel(files)).entries()) {
      agrees(layoutOf(parseHeader(files[n]!)), nibabel, recipes[n]!.xyztUnits, recipes[n])
    }
  })

  it('are refused where nibabel refuses them', async () => {
    const files = ([
      { fields: { magic: 'n+3' } },
      { fields: { vox_offset: 300 } },
      { fields: { datatype: 77 } },
      { slope: 1, inter: Infinity },
      { version: 2, fields: { eol_check: [10, 26, 10, 0] } },
      { version: 2, fields: { vox_offset: 352 } }
    ] as NiftiRecipe[]).map(makeNifti)
    for (const [n, nibabel] of (await askNibabel(files)).entries()) {
      assert.notEqual(nibabel.error, undefined, `file ${n}`)
      assert.throws(() => layoutOf(parseHeader(files[n]!)), VolumeUnreadable)
    }
  })

  it('have no direction where their quaternion is too long, which nibabel refuses: the voxels are served all the same', async () => {
    const file = makeNifti({ qform: { quaternion: [0.9, 0.9, 0] } })
    assert.notEqual((await askNibabel([file]))[0]!.error, undefined)
    const { axes, affine } = layoutOf(parseHeader(file))
    assert.deepEqual([axes, affine], [null, null])
  })

  const samples = fileURLToPath(new URL('../../../shared/samples/', import.meta.url))
  it('agree on the sample files', { skip: existsSync(samples) ? false : 'the sample files are not here' }, async () => {
    const files = readdirSync(samples).filter((name) => /\.nii(\.gz)?$/.test(name)).map((name) => unzipped(readFileSync(join(samples, name)), name))
    for (const [n, nibabel] of (await askNibabel(files)).entries()) {
      const read = () => layoutOf(parseHeader(files[n]!))
      if (nibabel.error !== undefined || nibabel.shape.slice(3).some((size) => size > 1)) assert.throws(read, VolumeUnreadable)
      else agrees(read(), nibabel, 2, n)
    }
  })
})

describe('slices, by nibabel and NumPy', () => {
  const SHAPE = [4, 3, 5]

  async function comparesSlices (recipes: NiftiRecipe[]) {
    const files = recipes.map(makeNifti)
    const layouts = files.map((file) => layoutOf(parseHeader(file)))
    const wanted = layouts.map((layout) => PLANES.flatMap((plane) => ORIENTATIONS.flatMap((orientation) =>
      Array.from({ length: layout.shape[planeAxis(layout, plane)] }, (_, index): Wanted => [plane, orientation, index]))))
    for (const [n, nibabel] of (await askNibabel(files, wanted)).entries()) {
      const layout = layouts[n]!
      const file = new Uint8Array(files[n]!.subarray(layout.voxOffset)).buffer
      const slabVoxels = layout.shape[0] * layout.shape[1]
      const slab = (k: number) => layout.datatype.view(file, k * layout.sliceBytes, slabVoxels)
      for (const [m, [plane, orientation, index]] of wanted[n]!.entries()) {
        const geometry = sliceGeometry(layout, plane, index, orientation)
        const voxels = [...gatherSlice(geometry, slab)].map(String)
        const message = JSON.stringify([recipes[n]!.sform, plane, orientation, index])
        assert.deepEqual([geometry.rows, geometry.columns], [nibabel.slices[m]!.length, nibabel.slices[m]![0]!.length], message)
        assert.deepEqual(voxels, nibabel.slices[m]!.flat(), message)
      }
    }
  }

  it('agree for all 48 axis orders and flips', async () => {
    await comparesSlices(signedPermutations().map((matrix) => ({
      shape: SHAPE, sform: matrix.map((row, n) => [...row.map((value, stored) => value * [0.75, 1.5, 8][stored]!), n * 10])
    })))
  })

  it('agree for oblique volumes of every type', async () => {
    const random = randomNumbers(48)
    const component = () => random.between(-1, 1)
    await comparesSlices(MADE_DATATYPES.flatMap((datatype) => [1, 2, 3].map(() => ({
      shape: SHAPE, datatype, sform: [0, 1, 2].map(() => [component(), component(), component(), 0]), voxels: (i: number, j: number, k: number) => i + 4 * j + 20 * k
    }))))
  })
})
