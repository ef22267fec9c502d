import type { SliceGeometry } from '../nifti/slice.js'
import { ATTRIBUTES } from './data-set.js'
import type { DataSet, Keyword } from './data-set.js'
import { cielabOf } from './cielab.js'
import { imagePlane } from './image-plane.js'
import { CT_IMAGE_STORAGE, SEGMENTATION_STORAGE, studyAttributes } from './study-attributes.js'
import type { CtSeries } from './ct-image.js'
import { UIDS } from './uids.js'

/** A coded concept: value, coding scheme, meaning. */
export type Code = readonly [value: string, scheme: string, meaning: string]

export interface Segment {
  /** its name in the dataset */
  label: string
  color: readonly [number, number, number]
  category: Code
  type: Code
}

/** One frame of a segmentation: its segment, from 1, and its axial slice. */
export interface SegmentFrame { segment: number, index: number }

/** A mask or label set as one DICOM object. */
export interface SegmentationSeries {
  uid: string
  number: number
  /** the label set's name in the dataset */
  name: string
  /** the image whose frame of reference it shares */
  image: CtSeries
  /** in order of their numbers, from 1 */
  segments: readonly Segment[]
  /** non-empty frames, in the order of their pixels */
  frames: readonly SegmentFrame[]
  /** YYYYMMDD: a segmentation requires a date, which NIfTI lacks */
  contentDate: string
  softwareVersion: string
}

export const LESION: Pick<Segment, 'category' | 'type'> = {
  category: ['49755003', 'SCT', 'Morphologically Abnormal Structure'],
  type: ['52988006', 'SCT', 'Lesion']
}

/** What is not said to be anything else: the category and type that 3D Slicer and OHIF give a segment of no terminology. */
export const TISSUE: Pick<Segment, 'category' | 'type'> = {
  category: ['85756007', 'SCT', 'Tissue'],
  type: ['85756007', 'SCT', 'Tissue']
}

/** A label may be called anything; an LO is at most 64 characters, without backslash or control characters (PS3.5, 6.2). */
const MOST_LO = 64

const DERIVED_FROM_SOURCE: Code = ['121322', 'DCM', 'Source image for image processing operation']
const SEGMENTED: Code = ['113076', 'DCM', 'Segmentation']

/**
 * The attributes of a mask as a Segmentation (PS3.3, A.51), without its pixels: one bit per pixel, only non-empty frames.
 * Each frame refers to its slice by SOP Instance UID.
 *
 * @param geometryOf a slice of the *image*, by index, in radiological order
 */
export function segmentation (series: SegmentationSeries, geometryOf: (index: number) => SliceGeometry): DataSet {
  const { image, frames, segments } = series
  const instance = UIDS.instance(series.uid, 0)
  const slices = [...new Set(frames.map(({ index }) => index))].sort((a, b) => a - b)
  const ranks = new Map(slices.map((index, n) => [index, n + 1]))
  const first = geometryOf(slices[0]!)
  const plane = imagePlane(first)
  const dimensions = UIDS.dimensions(instance)
  return {
    ...studyAttributes(image.study),
    Modality: 'SEG',
    SeriesInstanceUID: series.uid,
    SeriesNumber: series.number,
    SeriesDescription: longString(series.name),
    PatientPosition: null,
    FrameOfReferenceUID: image.frameOfReferenceUid,
    PositionReferenceIndicator: null,
    Manufacturer: 'niiserve',
    ManufacturerModelName: 'niiserve',
    DeviceSerialNumber: '0',
    SoftwareVersions: series.softwareVersion,
    SOPClassUID: SEGMENTATION_STORAGE,
    SOPInstanceUID: instance,
    InstanceNumber: 1,
    ContentDate: series.contentDate,
    ContentTime: '000000',
    ContentLabel: 'SEGMENTATION',
    ContentDescription: longString(series.name),
    ContentCreatorName: null,
    ImageType: ['DERIVED', 'PRIMARY'],
    SegmentationType: 'BINARY',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames.length,
    Rows: first.rows,
    Columns: first.columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    LossyImageCompression: '00',
    SegmentSequence: segments.map(segmentItem),
    ReferencedSeriesSequence: [{
      SeriesInstanceUID: image.uid,
      ReferencedInstanceSequence: slices.map((index) => reference(image, index))
    }],
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimensions }],
    DimensionIndexSequence: [
      dimension(dimensions, 'ReferencedSegmentNumber', 'SegmentIdentificationSequence', 'Segment Number'),
      dimension(dimensions, 'ImagePositionPatient', 'PlanePositionSequence', 'Image Position Patient')
    ],
    SharedFunctionalGroupsSequence: [{
      PixelMeasuresSequence: [{
        PixelSpacing: plane.pixelSpacing,
        ...(plane.sliceSpacing > 0 && { SliceThickness: plane.sliceSpacing, SpacingBetweenSlices: plane.sliceSpacing })
      }],
      PlaneOrientationSequence: [{ ImageOrientationPatient: plane.orientation }]
    }],
    PerFrameFunctionalGroupsSequence: frames.map(({ segment, index }) => ({
      FrameContentSequence: [{ DimensionIndexValues: [segment, ranks.get(index)!] }],
      PlanePositionSequence: [{ ImagePositionPatient: imagePlane(geometryOf(index)).position }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
      DerivationImageSequence: [{
        SourceImageSequence: [{
          ...reference(image, index),
          SpatialLocationsPreserved: 'YES',
          PurposeOfReferenceCodeSequence: [code(DERIVED_FROM_SOURCE)]
        }],
        DerivationCodeSequence: [code(SEGMENTED)]
      }]
    }))
  }
}

function segmentItem ({ label, color, category, type }: Segment, n: number): DataSet {
  return {
    SegmentNumber: n + 1,
    SegmentLabel: longString(label),
    // NIfTI does not say how a mask was drawn; any other value would need an algorithm's name.
    SegmentAlgorithmType: 'MANUAL',
    SegmentedPropertyCategoryCodeSequence: [code(category)],
    SegmentedPropertyTypeCodeSequence: [code(type)],
    RecommendedDisplayCIELabValue: cielabOf(color)
  }
}

function longString (text: string): string {
  return Array.from(text.replace(/[\\\p{Cc}]/gu, ' ')).slice(0, MOST_LO).join('')
}

function reference (image: CtSeries, index: number): DataSet {
  return { ReferencedSOPClassUID: CT_IMAGE_STORAGE, ReferencedSOPInstanceUID: UIDS.instance(image.uid, index) }
}

function code ([value, scheme, meaning]: Code): DataSet {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }
}

function dimension (organization: string, pointer: Keyword, group: Keyword, label: string): DataSet {
  return {
    DimensionOrganizationUID: organization,
    DimensionIndexPointer: ATTRIBUTES[pointer][0],
    FunctionalGroupPointer: ATTRIBUTES[group][0],
    DimensionDescriptionLabel: label
  }
}
