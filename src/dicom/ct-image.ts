import type { SliceGeometry } from '../nifti/slice.js'
import type { DataSet } from './data-set.js'
import { imagePlane } from './image-plane.js'
import { CT_IMAGE_STORAGE, studyAttributes } from './study-attributes.js'
import type { StudyIdentity } from './study-attributes.js'
import { UIDS } from './uids.js'

/** The series of an image's axial slices, one instance each. */
export interface CtSeries {
  study: StudyIdentity
  uid: string
  frameOfReferenceUid: string
  /** type of the stored values where HU were rounded to int16 for DICOM; null where they are int16 already */
  roundedFrom: string | null
  /** display windows, HU; viewers show the first */
  windows: readonly { name: string, center: number, width: number }[]
}

export const CT_SERIES_NUMBER = 1
export const CT_DESCRIPTION = 'Axial, from NIfTI'

/**
 * The attributes of one axial slice as a CT Image (PS3.3, A.3), without its pixels. Pixels are HU in int16, so slope is 1
 * and intercept 0.
 *
 * @param geometry the slice in radiological order, in which its pixels are sent
 */
export function ctImage (series: CtSeries, geometry: SliceGeometry): DataSet {
  const { orientation, position, pixelSpacing, sliceSpacing } = imagePlane(geometry)
  return {
    ...studyAttributes(series.study),
    Modality: 'CT',
    SeriesInstanceUID: series.uid,
    SeriesNumber: CT_SERIES_NUMBER,
    SeriesDescription: CT_DESCRIPTION,
    Laterality: null,
    PatientPosition: null,
    FrameOfReferenceUID: series.frameOfReferenceUid,
    PositionReferenceIndicator: null,
    Manufacturer: null,
    SOPClassUID: CT_IMAGE_STORAGE,
    SOPInstanceUID: UIDS.instance(series.uid, geometry.index),
    InstanceNumber: geometry.index + 1,
    AcquisitionNumber: null,
    ContentDate: null,
    ContentTime: null,
    ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'],
    ...(series.roundedFrom !== null && { DerivationDescription: `HU computed from ${series.roundedFrom}, rounded to whole numbers and clamped to -32768..32767` }),
    PixelSpacing: pixelSpacing,
    ImageOrientationPatient: orientation,
    ImagePositionPatient: position,
    // NIfTI has only the distance between slices.
    SliceThickness: sliceSpacing === 0 ? null : sliceSpacing,
    KVP: null,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: geometry.rows,
    Columns: geometry.columns,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: 'HU',
    WindowCenter: series.windows.map(({ center }) => center),
    WindowWidth: series.windows.map(({ width }) => width),
    WindowCenterWidthExplanation: series.windows.map(({ name }) => name)
  }
}
