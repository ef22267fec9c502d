import type { NiftiHeader } from './header.js'
import { rotationOf } from './quaternion.js'

/** The part of the header that an affine was made from; `pixdim` if neither form has a code. */
export type AffineSource = 'sform' | 'qform' | 'pixdim'

export type Triple = [number, number, number]

/** A form of the header: its rows in mm, and what is wrong with it (null if nothing is). */
export interface Form { name: AffineSource, rows: number[][], fault: string | null }

/** The shortest step between voxels, in mm. An atom is larger: a shorter step is rounding noise around zero. */
const SHORTEST_STEP_MM = 1e-7

/** Relative rounding error of a NIfTI-1 number: anything smaller next to a larger number is noise. */
const FLOAT32_EPSILON = 2 ** -23

/** Least volume that three unit columns may span: 1 at right angles, 1e-4 with one 0.006 degrees off the others' plane. */
const LEAST_UNIT_VOLUME = 1e-4

/** The forms whose code is positive; the one that takes precedence comes first. */
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

/** Why three rows of four cannot give positions: not finite, or singular; null when they can. */
function faultOf (rows: number[][]): string | null {
  if (!rows.flat().every(Number.isFinite)) return 'holds NaN or infinity'
  const lengths = columnLengths(rows)
  if (!lengths.every(Number.isFinite)) return 'is too large for numbers'
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

/** The volume that the columns, scaled to length 1, span: 1 at right angles, NaN if a column has no length. */
export function unitVolume (rows: number[][], lengths: Triple): number {
  return Math.abs(determinant(rows.map((row) => lengths.map((length, column) => row[column]! / length))))
}

/** Determinant of the 3 x 3 part of three rows; negative if the axes are left-handed. */
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

/** `pixdim[1]`, `[2]`, `[3]` in the header's unit, corrected as nibabel does on loading: without sign, and 1 instead of 0. */
export function zooms ({ pixdim }: NiftiHeader): Triple {
  const zoom = (n: number) => Math.abs(pixdim[n]!) || (pixdim[n] === 0 ? 1 : NaN)
  return [zoom(1), zoom(2), zoom(3)]
}

/** nifti1.h, METHOD 2, in the header's unit. As in nibabel, `pixdim[0]` (qfac) counts as 1 unless it is -1. */
function qform (header: NiftiHeader): number[][] | undefined {
  const rotation = rotationOf(header.quatern_b, header.quatern_c, header.quatern_d, header.version)
  const [di, dj, dk] = zooms(header)
  const qfac = header.pixdim[0] === -1 ? -1 : 1
  const offset = [header.qoffset_x, header.qoffset_y, header.qoffset_z]
  return rotation?.map(([x, y, z], row) => [x! * di, y! * dj, z! * dk * qfac, offset[row]!])
}

/**
 * nibabel `volumeutils.shape_zoom_affine`, in mm. An axis past `dim[0]` has size 1. Unlike in nibabel, its zoom is taken from
 * `pixdim`, where a two-dimensional file keeps the thickness of its slice.
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
