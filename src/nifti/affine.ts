import { VolumeUnreadable } from '../errors.js'
import type { NiftiHeader } from './header.js'
import { orthogonalFactor } from './polar.js'
import { rotationOf } from './quaternion.js'

/** 4 rows of 4: the matrix that takes voxel (i, j, k, 1) to RAS+ mm (x to the Right, y Anterior, z Superior). */
export type Affine = readonly (readonly number[])[]

/** Which RAS axis a stored axis runs along (0 R–L, 1 A–P, 2 S–I), and whether it grows with it (1) or against (-1). */
export interface AxisDirection { axis: 0 | 1 | 2, flip: 1 | -1 }

/**
 * The volume's affine, chosen as nibabel's `get_best_affine` does: the sform if `sform_code` > 0, else the qform if
 * `qform_code` > 0, else `pixdim` with x negated, its origin at the volume's centre. Unlike nibabel's it is in mm
 * whatever `xyzt_units` says.
 *
 * @throws VolumeUnreadable  when the chosen one holds NaN or infinity, or its quaternion is no rotation
 */
export function affineOf (header: NiftiHeader): Affine {
  const [name, stored] = header.sform_code > 0
    ? ['sform', [header.srow_x, header.srow_y, header.srow_z]] as const
    : header.qform_code > 0 ? ['qform', qform(header)] as const : ['pixdim', fallback(header)] as const
  if (!stored.flat().every(Number.isFinite)) {
    throw new VolumeUnreadable(`The header's ${name} holds NaN or infinity, so the volume has no place in space.`)
  }
  return [...stored.map((row) => row.map((value) => toMillimetres(value, header.xyzt_units))), [0, 0, 0, 1]]
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

/** `pixdim[1]`, `[2]`, `[3]` as nibabel mends them on loading: without sign, 1 for 0. */
export function zooms (header: NiftiHeader): [number, number, number] {
  const zoom = (n: number) => Math.abs(header.pixdim[n]!) || (header.pixdim[n] === 0 ? 1 : NaN)
  return [zoom(1), zoom(2), zoom(3)]
}

/** nifti1.h, METHOD 2; as nibabel, `pixdim[0]` (qfac) is 1 unless it is -1. */
function qform (header: NiftiHeader): number[][] {
  const rotation = rotationOf(header.quatern_b, header.quatern_c, header.quatern_d, header.version)
  const [di, dj, dk] = zooms(header)
  const qfac = header.pixdim[0] === -1 ? -1 : 1
  const offset = [header.qoffset_x, header.qoffset_y, header.qoffset_z]
  return rotation.map(([x, y, z], row) => [x! * di, y! * dj, z! * dk * qfac, offset[row]!])
}

/** nibabel `volumeutils.shape_zoom_affine`: dimensions past `dim[0]` have size 1 and zoom 1. */
function fallback (header: NiftiHeader): number[][] {
  return zooms(header).map((zoom, axis) => {
    const used = axis < header.dim[0]!
    const step = (used ? zoom : 1) * (axis === 0 ? -1 : 1)
    const row = [0, 0, 0, used ? -step * (header.dim[axis + 1]! - 1) / 2 + 0 : 0]
    row[axis] = step
    return row
  })
}

/**
 * The RAS axis and direction of each stored axis, as nibabel's `io_orientation` finds them: shears and zooms are taken
 * out of the affine, then the stored axes choose the RAS axis they follow most, those that follow one best first.
 * Where nibabel drops an axis (a zero or dependent column), it takes an RAS axis that is left, growing with it, so
 * that every stored axis always has one plane. At exactly 45 degrees two axes are as near, and rounding decides, here as
 * there.
 */
export function ioOrientation (affine: Affine): [AxisDirection, AxisDirection, AxisDirection] {
  const factor = orthogonalFactor([0, 1, 2].map((n) => unit(affine.slice(0, 3).map((row) => row[n]!))) as [number[], number[], number[]])
  const strength = factor.map((column) => Math.max(...column.map((value) => value * value)))
  const found: (AxisDirection | undefined)[] = [undefined, undefined, undefined]
  const left = new Set([0, 1, 2] as const)
  for (const stored of [0, 1, 2].sort((a, b) => strength[b]! - strength[a]!)) {
    const column = factor[stored]!
    const axis = [...left].reduce((best, other) => Math.abs(column[other]!) > Math.abs(column[best]!) ? other : best)
    if (Math.abs(column[axis]!) <= NO_DIRECTION) continue
    found[stored] = { axis, flip: column[axis]! < 0 ? -1 : 1 }
    left.delete(axis)
  }
  return found.map((direction) => {
    if (direction !== undefined) return direction
    const [axis] = left
    left.delete(axis!)
    return { axis: axis!, flip: 1 }
  }) as [AxisDirection, AxisDirection, AxisDirection]
}

/** The absolute tolerance of `numpy.allclose`, by which nibabel tells that a column has nothing left. */
const NO_DIRECTION = 1e-8

function unit (column: number[]): number[] {
  const length = Math.hypot(...column)
  return length === 0 ? column : column.map((value) => value / length)
}

const LETTERS = [['L', 'R'], ['P', 'A'], ['I', 'S']] as const

export type DirectionLetter = typeof LETTERS[number][number]

/** The letter a stored axis grows towards, and the one it comes from. */
export function lettersOf ({ axis, flip }: AxisDirection): { to: DirectionLetter, from: DirectionLetter } {
  const [negative, positive] = LETTERS[axis]
  return flip > 0 ? { to: positive, from: negative } : { to: negative, from: positive }
}

/** Where each stored axis grows to, such as `LAS`; nibabel's `aff2axcodes`. */
export function axisCodes (affine: Affine): string {
  return ioOrientation(affine).map((direction) => lettersOf(direction).to).join('')
}
