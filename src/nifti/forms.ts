import type { NiftiHeader } from './header.js'
import { rotationOf } from './quaternion.js'

/** Which part of the header an affine was made of; `pixdim` where neither form has a code. */
export type AffineSource = 'sform' | 'qform' | 'pixdim'

export type Triple = [number, number, number]

/** A form of the header: its rows in mm, and what is wrong with it. */
export interface Form { name: AffineSource, rows: number[][], fault: string | null }

/** A voxel is no smaller than an atom: a shorter step is what rounding left of zero. */
const SHORTEST_STEP_MM = 1e-7

/** What is lost in the rounding of a larger number beside it, as NIfTI-1 stores them. */
const FLOAT32_EPSILON = 2 ** -23

/** The volume that three unit columns span; 1 at right angles, 1e-4 where one lies within 0.006 degrees of the others' plane. */
const LEAST_UNIT_VOLUME = 1e-4

/** The forms whose code is positive, the one that counts before the other first. */
export function storedForms (header: NiftiHeader): Form[] {
  const inMillimetres = (rows: number[][]) => rows.map((row) => row.map((value) => toMillimetres(value, header.xyzt_units)))
  const forms: Form[] = []
  if (header.sform_code > 0) {
    const rows = inMillimetres([header.srow_x, header.srow_y, header.srow_z])
    forms.push({ name: 'sform', rows, fault: faultOf(rows) })
  }
  if (header.qform_code > 0) {
    const stored = qform(header)
    const rows = stored === undefined ? [] : inMillimetres(stored)
    const { quatern_b: b, quatern_c: c, quatern_d: d } = header
    forms.push({ name: 'qform', rows, fault: stored === undefined ? `is no rotation (its quaternion ${b}, ${c}, ${d} is longer than 1)` : faultOf(rows) })
  }
  return forms
}

/** Why three rows of four cannot say where voxels are: not finite, or singular; null when they can. */
function faultOf (rows: number[][]): string | null {
  if (!rows.flat().every(Number.isFinite)) return 'holds NaN or infinity'
  const lengths = columnLengths(rows)
  if (lengths.every((length) => length === 0)) return 'is all zero'
  const least = Math.max(SHORTEST_STEP_MM, FLOAT32_EPSILON * Math.max(...lengths))
  const short = lengths.findIndex((length) => !(length >= least))
  if (short >= 0) return `is singular (a step along ${'ijk'[short]} is ${lengths[short]!.toPrecision(3)} mm)`
  return unitVolume(rows, lengths) >= LEAST_UNIT_VOLUME ? null : 'is singular (its columns lie in one plane)'
}

export function columnLengths (rows: number[][]): Triple {
  const length = (column: number) => Math.hypot(rows[0]![column]!, rows[1]![column]!, rows[2]![column]!)
  return [length(0), length(1), length(2)]
}

/** What the columns, brought to length 1, span: 1 where they are at right angles, NaN where they have no length. */
export function unitVolume (rows: number[][], lengths: Triple): number {
  return Math.abs(determinant(rows.map((row) => lengths.map((length, column) => row[column]! / length))))
}

/** Of the 3 x 3 part of three rows; negative where the axes are left-handed. */
export function determinant (rows: number[][]): number {
  const [[a, b, c], [d, e, f], [g, h, i]] = rows as [Triple, Triple, Triple]
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
}

/**
 * A length in the header's spatial unit, in mm.
 *
 * @param units  `xyzt_units`; its low three bits are 1 (metre), 2 (mm) or 3 (micron), and anything else counts as mm
 */
export function toMillimetres (length: number, units: number): number {
  const unit = units & 0x07
  return unit === 1 ? length * 1000 : unit === 3 ? length / 1000 : length
}

/** `pixdim[1]`, `[2]`, `[3]` as nibabel mends them on loading, in the header's unit: without sign, 1 for 0. */
export function zooms ({ pixdim }: NiftiHeader): Triple {
  const zoom = (n: number) => Math.abs(pixdim[n]!) || (pixdim[n] === 0 ? 1 : NaN)
  return [zoom(1), zoom(2), zoom(3)]
}

/** nifti1.h, METHOD 2; as nibabel, `pixdim[0]` (qfac) is 1 unless it is -1. In the header's unit. */
function qform (header: NiftiHeader): number[][] | undefined {
  const rotation = rotationOf(header.quatern_b, header.quatern_c, header.quatern_d, header.version)
  const [di, dj, dk] = zooms(header)
  const qfac = header.pixdim[0] === -1 ? -1 : 1
  const offset = [header.qoffset_x, header.qoffset_y, header.qoffset_z]
  return rotation?.map(([x, y, z], row) => [x! * di, y! * dj, z! * dk * qfac, offset[row]!])
}

/**
 * nibabel `volumeutils.shape_zoom_affine`, in mm. Past `dim[0]` an axis has size 1; unlike there its zoom is `pixdim`'s, which
 * a two-dimensional file uses for the thickness of its slice.
 */
export function fallback (header: NiftiHeader, spacing: Triple): number[][] {
  return spacing.map((length, axis) => {
    const step = length * (axis === 0 ? -1 : 1)
    const size = axis < header.dim[0]! ? header.dim[axis + 1]! : 1
    const row = [0, 0, 0, -step * (size - 1) / 2 + 0]
    row[axis] = step
    return row
  })
}
