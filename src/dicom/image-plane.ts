import type { SliceGeometry } from '../nifti/slice.js'

/** The plane of a slice in DICOM's terms (PS3.3, C.7.6.2): LPS+ mm, although the affine is RAS+. */
export interface ImagePlane {
  /** ImageOrientationPatient: unit vectors between columns and between rows */
  orientation: [number, number, number, number, number, number]
  /** ImagePositionPatient: the centre of the first pixel */
  position: [number, number, number]
  /** PixelSpacing in mm: between rows, and between columns */
  pixelSpacing: [row: number, column: number]
  /** in mm between slices, along the normal; 0 where the affine does not give it */
  sliceSpacing: number
}

type Vector = [number, number, number]

/**
 * As a cosine: how far rows and columns may be from a right angle. DICOM's validators require orthogonal vectors within
 * 1e-4; rounding in float32 headers is below 1e-6.
 */
const MOST_SKEW = 1e-4

/** The plane of a slice. The geometry must pass `planeFault`, and so has an affine. */
export function imagePlane ({ affine }: Pick<SliceGeometry, 'affine'>): ImagePlane {
  const [columnStep, rowStep, sliceStep, first] = [0, 1, 2, 3].map((n) => lps(affine!, n)) as [Vector, Vector, Vector, Vector]
  const along = unit(columnStep)
  const down = unit(rowStep)
  return {
    orientation: [...along, ...down],
    position: first,
    pixelSpacing: [length(rowStep), length(columnStep)],
    sliceSpacing: Math.abs(dot(cross(along, down), sliceStep))
  }
}

/**
 * Why a volume's slices cannot be DICOM images; undefined where they can. Slice positions can express a shear across the
 * slices, as of a tilted gantry; DICOM cannot express a shear within a slice.
 *
 * @param slice any slice: the answer is the same for all
 */
export function planeFault (slice: Pick<SliceGeometry, 'affine'>): string | undefined {
  if (slice.affine === null) return 'its header gives it no direction'
  const { orientation: [a, b, c, d, e, f] } = imagePlane(slice)
  const skew = Math.abs(dot([a, b, c], [d, e, f]))
  if (skew > MOST_SKEW) return `its rows and columns are ${(Math.acos(skew) * 180 / Math.PI).toFixed(2)} degrees apart, and DICOM has right angles only`
  return undefined
}

/** A column of the slice's matrix, converted from RAS+ to LPS+. */
function lps (affine: readonly number[], n: number): Vector {
  return [-affine[n]! + 0, -affine[n + 4]! + 0, affine[n + 8]!]
}

const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const length = (a: Vector) => Math.hypot(...a)
const unit = (a: Vector) => a.map((value) => value / length(a)) as Vector
const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
