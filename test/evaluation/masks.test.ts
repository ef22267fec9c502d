import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { GeometryMismatch, PredictionTooLarge, PredictionUnreadable } from '../../src/errors.js'
import { runsOf } from '../../src/evaluation/masks/lesion-runs.js'
import { scoreMask } from '../../src/evaluation/masks/mask-score.js'
import type { MaskScore } from '../../src/evaluation/masks/mask-score.js'
import { readPrediction } from '../../src/evaluation/masks/prediction.js'
import { surfelAreas } from '../../src/evaluation/masks/surfel-areas.js'
import { VoxelBits } from '../../src/evaluation/masks/voxel-bits.js'
import { UNSCALED } from '../../src/render/hounsfield.js'
import { npyHeader } from '../../src/render/npy.js'
import { makeNifti } from '../support/make-nifti.js'

type Voxel = readonly [i: number, j: number, k: number]
const SHAPE = [12, 10, 8] as const

const mask = (...voxels: Voxel[]) => {
  const bits = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2])
  for (const [i, j, k] of voxels) bits[i + SHAPE[0] * (j + SHAPE[1] * k)] = 1
  return bits
}
const block = ([i, j, k]: Voxel, [ni, nj, nk]: Voxel): Voxel[] =>
  Array.from({ length: ni * nj * nk }, (_, n) => [i + n % ni, j + Math.floor(n / ni) % nj, k + Math.floor(n / ni / nj)])
const score = (reference: Uint8Array, prediction: Uint8Array, options: Partial<Parameters<typeof scoreMask>[3]> = {}) => {
  const { spacing = [1, 1, 1] } = options
  return scoreMask(reference, prediction, SHAPE, { spacing, voxelMl: spacing[0] * spacing[1] * spacing[2] / 1000, axialAxis: 2, toleranceMm: 3, minLesionMl: 0, ...options })
}
const near = (actual: number | null, expected: number) => assert.ok(actual !== null && Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`)

describe('overlap of two masks', () => {
  const { dice, iou, precision, recall, tp, fp, fn, volumeErrorMl, relativeVolumeError, slices } = score(mask(...block([2, 2, 2], [2, 2, 2])), mask(...block([3, 2, 2], [2, 2, 1])), { spacing: [0.5, 0.5, 8] })

  it('counts voxels, in all and by axial slice', () => {
    assert.deepEqual([tp, fp, fn], [2, 2, 6])
    assert.deepEqual([dice, iou, precision, recall], [4 / 12, 2 / 10, 2 / 4, 2 / 8])
    assert.deepEqual(slices, [{ index: 2, tp: 2, fp: 2, fn: 2 }, { index: 3, tp: 0, fp: 0, fn: 4 }])
    assert.deepEqual(score(mask([2, 3, 4]), mask([2, 3, 4]), { axialAxis: 0 }).slices, [{ index: 2, tp: 1, fp: 0, fn: 0 }])
  })

  it('measures volume by the spacing', () => {
    near(volumeErrorMl, -4 * 2 / 1000)
    near(relativeVolumeError, -0.5)
  })
})

describe('empty masks', () => {
  const told = ({ dice, iou, precision, recall, nsd, hd95Mm, assdMm, volumeErrorMl, relativeVolumeError, lesions }: MaskScore) =>
    [dice, iou, precision, recall, nsd.value, hd95Mm, assdMm, volumeErrorMl, relativeVolumeError, lesions.recall, lesions.precision, lesions.f1]

  it('are told by the table of the contract', () => {
    const [none, one] = [mask(), mask([1, 1, 1])]
    assert.deepEqual(told(score(none, none)), [null, null, null, null, null, null, null, 0, null, null, null, null])
    assert.deepEqual(told(score(none, one)), [0, 0, 0, null, 0, null, null, 0.001, null, null, 0, 0])
    assert.deepEqual(told(score(one, none)), [0, 0, null, 0, 0, null, null, -0.001, -1, 0, null, 0])
  })
})

describe('surfaces', () => {
  it('have the area of their triangles: a flat one that of a voxel\'s side, a corner three eighths of the sides', () => {
    const areas = surfelAreas([2, 3, 5])
    assert.equal(areas[0b00001111], 3 * 5, 'lesion after the corner along i')
    assert.equal(areas[0b00110011], 2 * 5, 'along j')
    assert.equal(areas[0b01010101], 2 * 3, 'along k')
    near(areas[1]!, Math.hypot(15, 10, 6) / 8)
    assert.deepEqual([areas[0], areas[255]], [0, 0])
  })

  it('of a mask and itself are 0', () => {
    const one = mask(...block([0, 0, 0], SHAPE))
    assert.deepEqual([score(one, one).nsd.value, score(one, one).hd95Mm, score(one, one).assdMm], [1, 0, 0])
  })

  it('of two voxels are as far apart as the voxels, by the spacing of each axis', () => {
    for (const [to, mm] of [[[4, 1, 1], 1.5], [[1, 4, 1], 3], [[1, 1, 4], 24]] as const) {
      const { hd95Mm, nsd } = score(mask([1, 1, 1]), mask(to), { spacing: [0.5, 1, 8] })
      // Of the eight corners of a voxel four are nearer by one voxel.
      assert.equal(hd95Mm, mm)
      assert.equal(nsd.value, mm === 24 ? 0 : 1)
    }
    const { assdMm } = score(mask([1, 1, 1]), mask([4, 1, 1]))
    assert.equal(assdMm, (3 + 2) / 2)
  })

  it('are measured in volumes of any number of slabs', () => {
    // One voxel at the bottom, one at the top: half of the corners of each are n - 1 slabs from the other, half n - 2.
    for (const slabs of [253, 254, 255, 256, 300]) {
      const [bottom, top] = [new Uint8Array(4 * slabs), new Uint8Array(4 * slabs)]
      bottom[0] = top[4 * (slabs - 1)] = 1
      const { hd95Mm, assdMm } = scoreMask(bottom, top, [2, 2, slabs], { spacing: [1, 1, 0.5], voxelMl: 0.0005, axialAxis: 2, toleranceMm: 3, minLesionMl: 0 })
      near(hd95Mm, (slabs - 1) / 2)
      near(assdMm, (slabs - 1.5) / 2)
    }
  })

  it('have the right 95th percentile however they are spread: with far outliers, and with many that are nearly equal', () => {
    // 21 voxels are in both. One at 1080, 999 and 1000 from the last of them, is less than a twentieth of the surface; two are more,
    // and the twentieth begins at the first one's far side.
    const far = (...extra: number[]) => Uint8Array.from({ length: 1100 }, (_, i) => Number((i % 4 === 0 && i < 84) || extra.includes(i)))
    const apart = (prediction: Uint8Array) => scoreMask(far(), prediction, [1100, 1, 1], { spacing: [1, 1, 1], voxelMl: 0.001, axialAxis: 2, toleranceMm: 3, minLesionMl: 0 }).hd95Mm
    near(apart(far(1080)), 0)
    near(apart(far(1080, 1090)), 1000)
  })

  it('within the tolerance count, and those at it', () => {
    const [a, b] = [mask([1, 1, 1]), mask([4, 1, 1])]
    for (const [toleranceMm, share] of [[1.99, 0], [2, 0.5], [3, 1]] as const) near(score(a, b, { toleranceMm }).nsd.value, share)
  })
})

describe('lesions', () => {
  it('are one where voxels touch by a corner, and two where they do not', () => {
    assert.equal(score(mask([1, 1, 1], [2, 2, 2], [3, 1, 3]), mask()).lesions.reference, 1)
    assert.equal(score(mask([1, 1, 1], [3, 1, 1], [1, 3, 1], [1, 1, 3]), mask()).lesions.reference, 4)
  })

  it('are joined by what comes later', () => {
    assert.equal(score(mask([1, 1, 1], [5, 1, 1], [2, 2, 1], [4, 2, 1], [3, 3, 1]), mask()).lesions.reference, 1)
  })

  it('are detected by any overlap, each once, however many predicted ones hit it', () => {
    const reference = mask(...block([1, 1, 1], [6, 2, 1]), [9, 8, 6])
    const { lesions } = score(reference, mask([1, 1, 1], [6, 2, 1], [1, 8, 6]))
    assert.deepEqual([lesions.reference, lesions.predicted, lesions.detected, lesions.missed, lesions.falsePositives], [2, 3, 1, 1, 1])
    assert.deepEqual([lesions.recall, lesions.precision, lesions.f1], [1 / 2, 1 / 2, 2 / 4])
    assert.deepEqual(lesions.matches, [{ reference: 1, predicted: 1, overlapVoxels: 1 }, { reference: 1, predicted: 2, overlapVoxels: 1 }])
    assert.deepEqual(lesions.missedList, [{ volumeMl: 0.001, centroid: [9, 8, 6], slice: 6 }])
  })

  it('below the least size count on neither side: a prediction on one is neither a hit nor a false positive', () => {
    const reference = mask(...block([1, 1, 1], [2, 2, 1]), [9, 1, 1])
    const prediction = mask([1, 1, 1], ...block([8, 1, 1], [4, 1, 1]))
    const { lesions } = score(reference, prediction, { minLesionMl: 0.002 })
    assert.deepEqual([lesions.reference, lesions.predicted, lesions.ignored], [1, 1, { reference: 1, predicted: 1 }])
    assert.deepEqual([lesions.detected, lesions.missed, lesions.falsePositives], [0, 1, 0], 'the hit is by an ignored one, the predicted one is on an ignored one')
    assert.deepEqual([lesions.precision, lesions.f1], [null, 0])
  })

  it('of noise are refused before they take memory', () => {
    assert.throws(() => runsOf({ bits: Uint8Array.from({ length: 100 }, (_, n) => n & 1), shape: [10, 10, 1] }, 49), PredictionUnreadable)
  })
})

describe('a predicted mask', () => {
  const AFFINE = [[-2, 0, 0, 10], [0, 3, 0, -20], [0, 0, 5, 30]]
  const reference = { shape: [4, 3, 2] as const, affine: [...AFFINE, [0, 0, 0, 1]], axes: 'LAS', own: null }
  const value = (i: number, j: number, k: number) => (i * 5 + j * 3 + k) % 4 === 1 ? 1 : 0
  const expected = Uint8Array.from({ length: 24 }, (_, n) => value(n % 4, Math.floor(n / 4) % 3, Math.floor(n / 12)))
  const file = (recipe: Parameters<typeof makeNifti>[0] = {}) => makeNifti({ shape: [4, 3, 2], datatype: 'uint8', sform: AFFINE, voxels: value, ...recipe })

  it('is read as .nii and .nii.gz, of every type and byte order', () => {
    for (const datatype of ['uint8', 'int16', 'int32', 'int64', 'float32', 'float64'] as const) {
      for (const littleEndian of [true, false]) {
        const made = file({ datatype, littleEndian })
        for (const sent of [made, gzipSync(made)]) assert.deepEqual(readPrediction(sent, reference), { bits: expected, geometry: 'same' }, datatype)
      }
    }
  })

  it('is turned into the order of the reference, whichever way its axes run', () => {
    // i' = k, j' = i backwards, k' = j
    const turned = file({ shape: [2, 4, 3], sform: [[0, 2, 0, 10 - 2 * 3], [0, 0, 3, -20], [5, 0, 0, 30]], voxels: (i, j, k) => value(3 - j, k, i) })
    assert.deepEqual(readPrediction(turned, reference), { bits: expected, geometry: 'reoriented' })
  })

  it('is refused if it lies elsewhere; the detail names both grids', () => {
    const refused = (recipe: Parameters<typeof makeNifti>[0]) => assert.throws(() => readPrediction(file(recipe), reference), (error: Error) => {
      assert.ok(error instanceof GeometryMismatch, error.message)
      assert.match(error.message, /shape 4 x 3 x 2, axes LAS.*origin \(10, -20, 30\) mm/)
      return true
    })
    refused({ sform: [[-2, 0, 0, 10.01], ...AFFINE.slice(1)] })
    refused({ sform: [[-2.1, 0, 0, 10], ...AFFINE.slice(1)] })
    refused({ sform: [[2, 0, 0, 10], ...AFFINE.slice(1)] })
    refused({ shape: [4, 3, 3], voxels: () => 1 })
    assert.equal(readPrediction(file({ sform: [[-2, 0, 0, 10.0009], ...AFFINE.slice(1)] }), reference).geometry, 'same')
  })

  it('may also be made from the reference\'s own file, whose header need not say what the image\'s does', () => {
    // The file runs backwards along i by its own account; its voxels are the image's by index.
    const own = { shape: [4, 3, 2] as const, affine: [[2, 0, 0, 4], ...AFFINE.slice(1), [0, 0, 0, 1]], axes: 'RAS' }
    assert.deepEqual(readPrediction(file({ sform: own.affine.slice(0, 3) }), { ...reference, own }), { bits: expected, geometry: 'same' })
    const nowhere = { shape: [4, 3, 2] as const, affine: null, axes: null, own: null }
    assert.deepEqual(readPrediction(file(), nowhere), { bits: expected, geometry: 'assumed' })
  })

  it('as .npy has no affine, so its shape [k, j, i] must be the reference\'s', () => {
    const npy = (shape: number[], descr = '|u1', data: Uint8Array = expected) => Buffer.concat([npyHeader(descr, shape), data])
    assert.deepEqual(readPrediction(npy([2, 3, 4]), reference), { bits: expected, geometry: 'assumed' })
    assert.throws(() => readPrediction(npy([4, 3, 2]), reference), GeometryMismatch)
    assert.throws(() => readPrediction(npy([2, 3, 4], '|u1', expected.subarray(1)), reference), PredictionUnreadable)
    assert.throws(() => readPrediction(npy([2, 3, 4], '<c8'), reference), /"<c8"/)
    const fortran = Buffer.from(npy([2, 3, 4]))
    fortran.write(fortran.toString('latin1').replace('False', 'True '), 'latin1')
    const [bits] = [readPrediction(Buffer.concat([fortran.subarray(0, 128), Uint8Array.from({ length: 24 }, (_, n) => value(Math.floor(n / 6), Math.floor(n / 2) % 3, n % 2))]), reference).bits]
    assert.deepEqual(bits, expected)
  })

  it('that lies, ends early or inflates without end is refused', () => {
    const unreadable = (bytes: Uint8Array, why: RegExp) => assert.throws(() => readPrediction(bytes, reference), (error: Error) => error instanceof PredictionUnreadable && why.test(error.message))
    unreadable(new Uint8Array(0), /0 bytes/)
    unreadable(Buffer.from('not a mask at all'), /sizeof_hdr/)
    unreadable(file().subarray(0, -1), /ends before the 24 bytes/)
    unreadable(gzipSync(file()).subarray(0, -10), /ends within/)
    const damaged = gzipSync(file())
    damaged[damaged.length - 6]! ^= 1
    unreadable(damaged, /checksum/)
    unreadable(gzipSync(Buffer.concat([file(), Buffer.alloc(40 * 2 ** 20)])), /more than .* bytes of content/)
    unreadable(file({ fields: { datatype: 128 } }), /RGB24/)
    assert.throws(() => readPrediction(file({ fields: { dim: [3, 30000, 30000, 30000, 1, 1, 1, 1] } }), reference), PredictionTooLarge)
    assert.throws(() => readPrediction(Buffer.concat([npyHeader('<f8', [4096, 4096, 4096])]), reference), PredictionTooLarge)
  })

  it('is lesion where a value is neither 0 nor NaN, in pieces of any length', () => {
    const half = Buffer.from(Uint16Array.from([0, 0x8000, 0x3c00, 0x7e00, 0x7c00, 1]).buffer)
    const double = Buffer.from(Float64Array.from([0, -0, 1e-300, NaN, -Infinity, 5]).buffer)
    for (const [bytes, size, name] of [[half, 2, 'float16'], [double, 8, 'float64']] as const) {
      for (const step of [1, 3, 100]) {
        const voxels = new VoxelBits({ name, bytes: size, littleEndian: true, scaling: UNSCALED }, 6)
        for (let at = 0; at < bytes.length; at += step) voxels.take(bytes.subarray(at, at + step))
        assert.deepEqual([...voxels.bits], [0, 0, 1, 0, 1, 1])
        assert.ok(voxels.isComplete)
      }
    }
  })
})
