import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OrientationUnknown, SliceNotFound } from '../../src/errors.js'
import { datatypeNamed, type TypedArray } from '../../src/nifti/datatype.js'
import { parseHeader } from '../../src/nifti/header.js'
import { gatherSlice, ORIENTATIONS, planeAxis, PLANES, resizedAffine, sliceGeometry, volumeAffine, type Orientation, type Plane } from '../../src/nifti/slice.js'
import { layoutOf } from '../../src/nifti/volume.js'
import { close } from '../support/close.js'
import { MADE_DATATYPES, makeNifti, signedPermutations, type NiftiRecipe } from '../support/make-nifti.js'

type Point = [number, number, number]

/** A volume in memory, its voxels by k, and a record of the slabs that were asked for. */
function volume (recipe: NiftiRecipe) {
  const file = makeNifti(recipe)
  const layout = layoutOf(parseHeader(file))
  const [ni, nj, nk] = layout.shape
  const bytes = new Uint8Array(file.subarray(layout.voxOffset)).buffer
  const voxels = layout.datatype.view(bytes, 0, ni * nj * nk)
  const asked: number[] = []
  const slab = (k: number) => {
    asked.push(k)
    assert.ok(k >= 0 && k < nk, `slab ${k} of ${nk}`)
    return voxels.subarray(k * ni * nj, (k + 1) * ni * nj) as TypedArray
  }
  return { layout, voxels, slab, asked }
}

/** The voxel whose address (i + 10 j + 100 k) this is. */
const voxelAt = (address: number): Point => [address % 10, Math.floor(address / 10) % 10, Math.floor(address / 100)]

/** Rows of a 3 x 4 matrix, times a point. */
const place = (matrix: readonly (readonly number[])[], [x, y, z]: Point): Point =>
  [0, 1, 2].map((row) => matrix[row]![0]! * x + matrix[row]![1]! * y + matrix[row]![2]! * z + matrix[row]![3]!) as Point

const threeRows = (affine: readonly number[] | null) => [affine!.slice(0, 4), affine!.slice(4, 8), affine!.slice(8, 12)]

/** What the contract says of each plane: the RAS axis it cuts across, then by what its rows and columns are ordered. */
const READING = { axial: [2, 1, 0], coronal: [1, 2, 0], sagittal: [0, 2, 1] } as const

/**
 * The slow way to a slice: take all voxels, keep those of the plane, and sort them by where they are in the patient
 * (radiological: anterior or superior first, then right or anterior first) or by where they are in the file (native).
 */
function naiveSlice (affine: readonly (readonly number[])[], shape: Point, plane: Plane, index: number, orientation: Orientation): Point[] {
  const [normal, rows, columns] = READING[plane]
  const stored = [0, 1, 2].find((axis) => affine[normal]![axis] !== 0)!
  const points: Point[] = []
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++) if ([i, j, k][stored] === index) points.push([i, j, k])
    }
  }
  if (orientation === 'native') return points
  return points.sort((one, other) => {
    const [a, b] = [place(affine, one), place(affine, other)]
    return b[rows] - a[rows] || b[columns] - a[columns]
  })
}

const SHAPE: Point = [4, 3, 5]
const ALONG = [0.75, 1.5, 8]
const ORIGIN = [-12, 20, 7]
const sformOf = (matrix: number[][]) => matrix.map((row, n) => [...row.map((value, stored) => value * ALONG[stored]!), ORIGIN[n]!])

describe('a slice of a volume stored in any of the 48 ways', () => {
  for (const plane of PLANES) {
    for (const orientation of ORIENTATIONS) {
      it(`${plane}, ${orientation}: each voxel in its place, and the affine knows where that is`, () => {
        for (const matrix of signedPermutations()) {
          const sform = sformOf(matrix)
          const { layout, slab } = volume({ shape: SHAPE, sform })
          const count = SHAPE[planeAxis(layout, plane)]!
          for (let index = 0; index < count; index++) {
            const geometry = sliceGeometry(layout, plane, index, orientation)
            const found = [...gatherSlice(geometry, slab)].map((value) => voxelAt(Number(value)))
            assert.deepEqual(found, naiveSlice(sform, SHAPE, plane, index, orientation), JSON.stringify(sform))
            assert.equal(geometry.count, count)
            assert.equal(geometry.rows * geometry.columns, found.length)
            for (const [n, voxel] of found.entries()) {
              const pixel: Point = [n % geometry.columns, Math.floor(n / geometry.columns), 0]
              close(place(threeRows(geometry.affine), pixel), place(sform, voxel))
            }
          }
        }
      })
    }
  }

  it('has the next slice one step along the third column of the affine', () => {
    for (const matrix of signedPermutations()) {
      const { layout } = volume({ shape: SHAPE, sform: sformOf(matrix) })
      for (const plane of PLANES) {
        const [first, second] = [0, 1].map((index) => threeRows(sliceGeometry(layout, plane, index, 'radiological').affine))
        close(place(first!, [2, 1, 1]), place(second!, [2, 1, 0]))
      }
    }
  })
})

describe('sliceGeometry', () => {
  const LAS = { shape: SHAPE, sform: [[-0.75, 0, 0, 90], [0, 1.5, 0, -20], [0, 0, 8, 7]] }
  const { layout } = volume(LAS)

  it('keeps the stored axes of an LAS volume in native order: axial [j, i], coronal [k, i], sagittal [k, j]', () => {
    const axes = (plane: Plane) => {
      const { rows, columns, rowAxis, columnAxis, normalAxis, labels } = sliceGeometry(layout, plane, 1, 'native')
      return { rows, columns, axes: [normalAxis, rowAxis, columnAxis], labels: Object.values(labels!).join('') }
    }
    // labels: left, right, top, bottom
    assert.deepEqual(axes('axial'), { rows: 3, columns: 4, axes: [2, 1, 0], labels: 'RLPA' })
    assert.deepEqual(axes('coronal'), { rows: 5, columns: 4, axes: [1, 2, 0], labels: 'RLIS' })
    assert.deepEqual(axes('sagittal'), { rows: 5, columns: 3, axes: [0, 2, 1], labels: 'PAIS' })
  })

  it('shows the patient as a radiologist sees him, whatever the file does', () => {
    for (const matrix of signedPermutations()) {
      const { layout } = volume({ shape: SHAPE, sform: sformOf(matrix) })
      const edges = (plane: Plane) => sliceGeometry(layout, plane, 0, 'radiological').labels
      assert.deepEqual(edges('axial'), { left: 'R', right: 'L', top: 'A', bottom: 'P' })
      assert.deepEqual(edges('coronal'), { left: 'R', right: 'L', top: 'S', bottom: 'I' })
      assert.deepEqual(edges('sagittal'), { left: 'A', right: 'P', top: 'S', bottom: 'I' })
    }
  })

  it('knows the pixel size in mm', () => {
    assert.deepEqual(PLANES.map((plane) => sliceGeometry(layout, plane, 0, 'radiological').pixelMm), [
      { row: 1.5, column: 0.75 }, { row: 8, column: 0.75 }, { row: 8, column: 1.5 }
    ])
  })

  it('knows a slice that is one run of the file', () => {
    const contiguous = (recipe: NiftiRecipe, plane: Plane, orientation: Orientation) =>
      sliceGeometry(volume(recipe).layout, plane, 0, orientation).contiguous
    assert.equal(contiguous(LAS, 'axial', 'native'), true)
    assert.equal(contiguous(LAS, 'axial', 'radiological'), false)
    assert.equal(contiguous(LAS, 'coronal', 'native'), false)
    const LPS = { shape: SHAPE, sform: [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0]] }
    assert.equal(contiguous(LPS, 'axial', 'radiological'), true)
    const sagittalSlices = { shape: SHAPE, sform: [[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]] }
    assert.equal(contiguous(sagittalSlices, 'sagittal', 'native'), true)
    assert.equal(contiguous(sagittalSlices, 'axial', 'native'), false)
  })

  it('says which slices there are when asked for another', () => {
    for (const [plane, index, count] of [['axial', 5, 5], ['coronal', 3, 3], ['sagittal', -1, 4], ['axial', 1.5, 5], ['axial', NaN, 5]] as const) {
      assert.throws(() => sliceGeometry(layout, plane, index, 'native'), (error) =>
        error instanceof SliceNotFound && error.plane === plane && error.count === count && error.message.includes(`outside 0..${count - 1}`))
    }
  })

  it('gives every stored axis of an oblique volume one plane', () => {
    const [c, s] = [Math.cos(0.6), Math.sin(0.6)]
    const { layout } = volume({ shape: SHAPE, sform: [[-c, s * 0.8, 0, 0], [s * 0.6, c, 0.3, 0], [0.2, -0.3, 5, 0]] })
    assert.deepEqual(PLANES.map((plane) => planeAxis(layout, plane)), [2, 1, 0])
  })

  it('counts slices along k where there is no direction, in stored order, with the spacing of pixdim and neither place nor letters', () => {
    const { layout, slab } = volume({ shape: SHAPE, sform: [[-2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0]], pixdim: [2, 3, 4] })
    assert.deepEqual(PLANES.map((plane) => planeAxis(layout, plane)), [2, 1, 0])
    const stored = sliceGeometry(layout, 'axial', 1, 'native')
    assert.deepEqual(stored.pixelMm, { row: 3, column: 2 })
    assert.deepEqual([stored.affine, stored.labels, volumeAffine(layout)], [null, null, null])
    assert.equal(gatherSlice(stored, slab)[stored.columns], 110)
    for (const [plane, orientation] of [['axial', 'radiological'], ['coronal', 'native'], ['sagittal', 'native']] as const) {
      assert.throws(() => sliceGeometry(layout, plane, 0, orientation), (error) =>
        error instanceof OrientationUnknown && /orientation of the volume: its sform is singular \(a step along k is 0\.?0* mm\) and there is no qform/.test(error.message))
    }
  })

  it('serves planes that are one row, or one voxel', () => {
    const { layout, slab } = volume({ shape: [4, 3, 1], sform: LAS.sform })
    assert.deepEqual([...gatherSlice(sliceGeometry(layout, 'coronal', 2, 'radiological'), slab)], [20, 21, 22, 23])
    const voxel = volume({ shape: [1] })
    for (const plane of PLANES) assert.deepEqual([...gatherSlice(sliceGeometry(voxel.layout, plane, 0, 'radiological'), voxel.slab)], [0])
  })
})

describe('gatherSlice', () => {
  it('gives the stored slab itself when it is the slice', () => {
    const { layout, slab, voxels } = volume({ shape: SHAPE })
    const slice = gatherSlice(sliceGeometry(layout, 'axial', 2, 'native'), slab)
    assert.equal(slice.buffer, voxels.buffer)
    assert.deepEqual([...slice].slice(0, 3), [200, 201, 202])
  })

  it('asks for each slab that it needs once', () => {
    const asked = (plane: Plane, orientation: Orientation) => {
      const { layout, slab, asked } = volume({ shape: SHAPE })
      gatherSlice(sliceGeometry(layout, plane, 1, orientation), slab)
      return asked
    }
    for (const orientation of ORIENTATIONS) {
      assert.deepEqual(asked('axial', orientation), [1])
      assert.deepEqual(asked('coronal', orientation).sort(), [0, 1, 2, 3, 4])
      assert.deepEqual(asked('sagittal', orientation).sort(), [0, 1, 2, 3, 4])
    }
  })

  it('moves every type bit for bit', () => {
    for (const datatype of MADE_DATATYPES) {
      for (const [plane, orientation, first] of [['axial', 'radiological', 120], ['coronal', 'native', 10], ['sagittal', 'radiological', 121]] as const) {
        const { layout, slab } = volume({ shape: [4, 3, 2], datatype })
        const slice = gatherSlice(sliceGeometry(layout, plane, 1, orientation), slab)
        assert.equal(slice.constructor, datatypeNamed(datatype).view(new ArrayBuffer(0), 0, 0).constructor)
        assert.equal(Number(slice[0]), datatype === 'int8' && first > 127 ? first - 256 : first, `${datatype} ${plane}`)
      }
    }
  })

  it('keeps the payload of NaN, and integers that no float holds', () => {
    const bits = new BigUint64Array([0x7ff4dead_beef0001n, 0xffffffff_fffffffdn, 1n, 2n])
    const { layout } = volume({ shape: [2, 1, 2], datatype: 'float64' })
    const reordered = (array: TypedArray) => {
      const slice = gatherSlice(sliceGeometry(layout, 'sagittal', 1, 'radiological'), (k) => array.subarray(2 * k, 2 * k + 2) as TypedArray)
      return [...new BigUint64Array(slice.buffer)]
    }
    assert.deepEqual(reordered(new Float64Array(bits.buffer)), [2n, 0xffffffff_fffffffdn])
    assert.deepEqual(reordered(bits), [2n, 0xffffffff_fffffffdn])
  })

  it('reads slabs out of shared memory', () => {
    const { layout, voxels } = volume({ shape: SHAPE })
    const shared = new Int16Array(new SharedArrayBuffer(voxels.byteLength))
    shared.set(voxels as Int16Array)
    const slice = gatherSlice(sliceGeometry(layout, 'sagittal', 3, 'native'), (k) => shared.subarray(12 * k, 12 * k + 12))
    assert.deepEqual([...slice].slice(0, 4), [3, 13, 23, 103])
  })
})

describe('resizedAffine', () => {
  // Pixels of 2 x 3 mm (column x row) whose first centre is at (10, 20, 30); columns run along -x, rows along -y.
  const affine = [-2, 0, 0, 10, 0, -3, 0, 20, 0, 0, 8, 30]

  it('keeps the picture\'s edges where they were', () => {
    const [rows, columns, outRows, outColumns] = [4, 6, 9, 3]
    const resized = threeRows(resizedAffine(affine, rows, columns, outRows, outColumns))
    close(place(resized, [-0.5, -0.5, 0]), place(threeRows(affine), [-0.5, -0.5, 0]))
    close(place(resized, [outColumns - 0.5, outRows - 0.5, 0]), place(threeRows(affine), [columns - 0.5, rows - 0.5, 0]))
  })

  it('puts the centre of a pixel made of two by two others between them', () => {
    close(resizedAffine(affine, 4, 4, 2, 2), [-4, 0, 0, 9, 0, -6, 0, 18.5, 0, 0, 8, 30])
  })

  it('changes nothing when the size stays', () => {
    assert.deepEqual(resizedAffine(affine, 4, 6, 4, 6), affine)
  })
})

describe('volumeAffine', () => {
  it('is the volume\'s own, and that of a box begins at its first voxel', () => {
    const { layout } = volume({ shape: SHAPE, sform: [[-0.5, 0.25, 0, 90], [0, 1.5, 1, -20], [0, 0, 8, 7]] })
    assert.deepEqual(volumeAffine(layout), [-0.5, 0.25, 0, 90, 0, 1.5, 1, -20, 0, 0, 8, 7])
    assert.deepEqual(volumeAffine(layout, [2, 4, 3]), [-0.5, 0.25, 0, 90, 0, 1.5, 1, -11, 0, 0, 8, 31])
  })
})
