import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packBits, packedBytes } from '../../src/render/bits.js'
import { cielabOf } from '../../src/dicom/cielab.js'
import { ctImage } from '../../src/dicom/ct-image.js'
import type { CtSeries } from '../../src/dicom/ct-image.js'
import { LESION, segmentation } from '../../src/dicom/segmentation.js'
import { parseHeader } from '../../src/nifti/header.js'
import { sliceGeometry } from '../../src/nifti/slice.js'
import { layoutOf } from '../../src/nifti/volume.js'
import { makeNifti } from '../support/make-nifti.js'

const layout = layoutOf(parseHeader(makeNifti({ shape: [4, 3, 5], version: 2, sform: [[-0.7, 0, 0, 100], [0, 0.5, 0, -50], [0, 0, 8, 20]] })))
const geometryOf = (index: number) => sliceGeometry(layout, 'axial', index, 'radiological')
const image: CtSeries = {
  study: { id: 'study_0001', number: 1, category: 'CT-1', uid: '2.25.1' },
  uid: '2.25.2',
  frameOfReferenceUid: '2.25.3',
  roundedFrom: null,
  windows: [{ name: 'LUNG', center: -600, width: 1500 }]
}
const lesion = { label: 'lesion', color: [255, 64, 64] as const, ...LESION }

describe('bits of a segmentation', () => {
  it('fill bytes from the lowest bit, frame after frame without a gap', () => {
    const bits = new Uint8Array(packedBytes(14))
    packBits(Uint8Array.of(1, 0, 0, 0, 0, 1, 1), bits)
    packBits(Uint8Array.of(1, 1, 0, 0, 0, 0, 7), bits, 7)
    assert.deepEqual([...bits], [0b1110_0001, 0b0010_0001])
  })
})

describe('a display colour', () => {
  // PS3.3, C.10.7.1.1: L* of 0 … 100 and a*, b* of -128 … 127 over 0 … 65535. Red of sRGB is L* 54.29, a* 80.81, b* 69.89 in D50.
  it('is CIELab in D50, as colour management has it', () => {
    assert.deepEqual(cielabOf([0, 0, 0]), [0, 32896, 32896])
    assert.deepEqual(cielabOf([255, 255, 255]).map((value, n) => Math.abs(value - [65535, 32896, 32896][n]!) <= 2), [true, true, true])
    const red = cielabOf([255, 0, 0])
    for (const [n, expected] of [0.5429 * 65535, (80.81 + 128) / 255 * 65535, (69.89 + 128) / 255 * 65535].entries()) {
      assert.ok(Math.abs(red[n]! - expected) < 10, `${red.join()}: ${expected}`)
    }
  })
})

describe('a segmentation', () => {
  const series = {
    uid: '2.25.4',
    number: 2,
    name: 'mask',
    image,
    segments: [lesion, { ...lesion, label: 'other' }],
    contentDate: '20200513',
    softwareVersion: '1',
    frames: [{ segment: 1, index: 1 }, { segment: 1, index: 3 }, { segment: 2, index: 3 }]
  }
  const seg = segmentation(series, geometryOf)
  const ct = (index: number) => ctImage(image, geometryOf(index))

  it('lies where the image lies: frame of reference, orientation, spacing, and each frame at its slice', () => {
    const [shared] = seg.SharedFunctionalGroupsSequence as any[]
    assert.equal(seg.FrameOfReferenceUID, ct(0).FrameOfReferenceUID)
    assert.deepEqual(shared.PlaneOrientationSequence[0].ImageOrientationPatient, ct(0).ImageOrientationPatient)
    assert.deepEqual(shared.PixelMeasuresSequence, [{ PixelSpacing: [0.5, 0.7], SliceThickness: 8, SpacingBetweenSlices: 8 }])
    const frames = seg.PerFrameFunctionalGroupsSequence as any[]
    assert.deepEqual(frames.map((frame) => frame.PlanePositionSequence[0].ImagePositionPatient), [1, 3, 3].map((index) => ct(index).ImagePositionPatient))
  })

  it('names the slices it was drawn on by their SOP Instance UIDs, in the whole and in each frame', () => {
    const [referenced] = seg.ReferencedSeriesSequence as any[]
    assert.equal(referenced.SeriesInstanceUID, ct(0).SeriesInstanceUID)
    assert.deepEqual(referenced.ReferencedInstanceSequence.map((one: any) => one.ReferencedSOPInstanceUID), [1, 3].map((index) => ct(index).SOPInstanceUID))
    const frames = seg.PerFrameFunctionalGroupsSequence as any[]
    assert.deepEqual(frames.map((frame) => frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID), [1, 3, 3].map((index) => ct(index).SOPInstanceUID))
  })

  it('numbers its frames by segment and position, counted from 1', () => {
    const frames = seg.PerFrameFunctionalGroupsSequence as any[]
    assert.deepEqual(frames.map((frame) => frame.FrameContentSequence[0].DimensionIndexValues), [[1, 1], [1, 2], [2, 2]])
    assert.deepEqual(frames.map((frame) => frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber), [1, 1, 2])
    assert.equal(seg.NumberOfFrames, 3)
  })
})

describe('a CT image', () => {
  it('has the study\'s id for the patient\'s, and what NIfTI does not say is there and empty', () => {
    const ct = ctImage(image, geometryOf(2))
    assert.deepEqual([ct.PatientID, ct.PatientName, ct.PatientIdentityRemoved, ct.StudyDescription], ['study_0001', 'study_0001', 'YES', 'CT-1'])
    for (const keyword of ['PatientSex', 'PatientBirthDate', 'StudyDate', 'StudyTime', 'Laterality', 'PatientPosition'] as const) assert.equal(ct[keyword], null)
    assert.equal(ct.InstanceNumber, 3)
    assert.equal(ct.DerivationDescription, undefined)
  })

  it('says when its values were rounded', () => {
    assert.equal(ctImage({ ...image, roundedFrom: 'float32' }, geometryOf(2)).DerivationDescription, 'HU computed from float32, rounded to whole numbers and clamped to -32768..32767')
  })
})
