import { VolumeUnreadable } from '../errors.js'
import { axisCodes, ioOrientation } from './affine.js'
import type { Affine, Directions } from './affine.js'
import { columnLengths, determinant, fallback, storedForms, toMillimetres, unitVolume, zooms } from './forms.js'
import type { AffineSource, Form, Triple } from './forms.js'
import type { NiftiHeader } from './header.js'

/**
 * Where the voxels of a volume are in space. Decided here, once, from the header; axes, letters, radiological order,
 * spacing, millilitres, Zarr, aspect and `Array-Affine` are all derived from it.
 */
export interface VolumeGeometry {
  /** Takes voxel (i, j, k, 1) to RAS+ mm; null if the header gives no direction. */
  affine: Affine | null
  affineSource: AffineSource | null
  /** null if the affine is */
  directions: Directions | null
  /** Axis codes, such as `LAS`; null if the affine is. */
  axes: string | null
  /** mm from one voxel to the next along i, j, k: the lengths of the affine's columns, or `pixdim` without an affine. */
  spacing: Triple
  /** mm³ that steps of 1 mm along i, j, k span: 1 at right angles, less if the affine is sheared. */
  unitVolume: number
  /** Why there is no direction, as the end of a sentence; null if there is one. */
  noDirection: string | null
}

/** Origins closer than this, in mm, differ only by rounding. */
const ORIGIN_TOLERANCE_MM = 1e-3

/** Spacings closer than this, relative to the larger one, differ only by rounding. */
const SPACING_TOLERANCE = 1e-3

/**
 * Decide the geometry of a volume. As in nibabel's `get_best_affine`, the sform counts if `sform_code` > 0, else the qform
 * if `qform_code` > 0, else `pixdim` with x negated and the origin at the volume's centre. Unlike in nibabel, a form that is
 * singular or not finite is skipped for the other one; if no form is left, there is no direction. All is in mm, converted
 * by `xyzt_units`.
 *
 * @returns warnings: sentences about what the header states twice, wrongly or not at all
 * @throws VolumeUnreadable  when `pixdim` is needed and holds NaN or infinity
 */
export function geometryOf (header: NiftiHeader): VolumeGeometry & { warnings: string[] } {
  const warnings: string[] = []
  const forms = storedForms(header)
  const [used, other] = forms.filter(({ fault }) => fault === null)
  for (const { name, fault } of forms) {
    if (fault !== null && used !== undefined) warnings.push(`The header's ${name} ${fault}; its ${used.name} counts.`)
  }
  if (used?.name === 'sform') {
    if (other !== undefined) warnings.push(...disagreement(used, other))
    const lengths = columnLengths(used.rows)
    warnings.push(...spacingDisagreement(header, lengths))
    return { ...placed(used, lengths), warnings }
  }
  const pixdim = pixdimSpacing(header, warnings)
  if (used !== undefined) return { ...placed(used, pixdim), warnings }
  if (forms.length === 0) {
    const geometry = placed({ name: 'pixdim', rows: fallback(header, pixdim) }, pixdim)
    return { ...geometry, warnings: [...warnings, `The header has neither sform nor qform; its axes, ${geometry.axes}, are assumed, as nibabel does.`] }
  }
  const noDirection = `${forms.map(({ name, fault }) => `its ${name} ${fault}`).join(' and ')}${header.qform_code > 0 ? '' : ' and there is no qform'}`
  warnings.push(`The header does not state the orientation of the volume: ${noDirection}. It has no axis codes, planes or radiological order; slices are counted along k, as they are stored.`)
  return { affine: null, affineSource: null, directions: null, axes: null, spacing: pixdim, unitVolume: 1, noDirection, warnings }
}

/** Picks the geometry out of a layout, which has further fields. */
export function geometryPart ({ affine, affineSource, directions, axes, spacing, unitVolume, noDirection }: VolumeGeometry): VolumeGeometry {
  return { affine, affineSource, directions, axes, spacing, unitVolume, noDirection }
}

/** The volume of this many voxels in mL; 1 mL is 1000 mm³. */
export function millilitres (voxels: number, { spacing, unitVolume }: Pick<VolumeGeometry, 'spacing' | 'unitVolume'>): number {
  return voxels * spacing[0] * spacing[1] * spacing[2] * unitVolume / 1000
}

/** Millimetres in words, without rounding noise of float32: `0.7 x 0.7 x 8`. */
export function millimetres (lengths: readonly number[], separator = ' x '): string {
  return lengths.map((length) => Number(length.toPrecision(6))).join(separator)
}

function placed ({ name, rows }: Pick<Form, 'name' | 'rows'>, spacing: Triple): VolumeGeometry {
  const affine = [...rows, [0, 0, 0, 1]]
  const directions = ioOrientation(affine)
  return {
    affine,
    affineSource: name,
    directions,
    axes: axisCodes(directions),
    spacing,
    unitVolume: Math.min(1, unitVolume(rows, columnLengths(rows))),
    noDirection: null
  }
}

/** Warns if two valid forms put the volume at different places, or one mirrors the other. */
function disagreement (used: Form, other: Form): string[] {
  const [one, two] = [used, other].map(({ rows }) => ({
    axes: axisCodes(ioOrientation([...rows, [0, 0, 0, 1]])), isRightHanded: determinant(rows) > 0, origin: rows.map((row) => row[3]!)
  })) as [Sides, Sides]
  const apart = Math.hypot(...one.origin.map((mm, n) => mm - two.origin[n]!))
  const differences = [
    ...one.isRightHanded !== two.isRightHanded ? ['handedness'] : one.axes !== two.axes ? ['direction'] : [],
    ...apart > ORIGIN_TOLERANCE_MM ? ['origin'] : []
  ]
  if (differences.length === 0) return []
  const said = (name: string, { axes, origin }: Sides) => `${name} (${axes}, origin ${millimetres(origin, ', ')} mm)`
  return [`The header's ${said(used.name, one)} and ${said(other.name, two)} differ in ${differences.join(' and ')}; the ${used.name} counts.`]
}

interface Sides { axes: string, isRightHanded: boolean, origin: number[] }

/** Warns if `pixdim` and sform give different distances, along the dimensions that the header has. */
function spacingDisagreement (header: NiftiHeader, lengths: Triple): string[] {
  const said = lengths.map((_, axis) => toMillimetres(Math.abs(header.pixdim[axis + 1]!), header.xyzt_units))
  const differs = lengths.some((length, axis) => axis < header.dim[0]! && !isSameSpacing(length, said[axis]!))
  return differs ? [`The header's pixdim is ${millimetres(said)} mm and its sform has ${millimetres(lengths)} mm from voxel to voxel; the sform counts.`] : []
}

/** Whether two distances differ only by rounding. */
export function isSameSpacing (one: number, other: number): boolean {
  return Math.abs(one - other) <= SPACING_TOLERANCE * Math.max(one, other)
}

/** `pixdim[1]`, `[2]`, `[3]` in mm, corrected as nibabel does on loading: without sign, and 1 instead of 0. */
function pixdimSpacing (header: NiftiHeader, warnings: string[]): Triple {
  const spacing = zooms(header).map((zoom) => toMillimetres(zoom, header.xyzt_units)) as Triple
  // The origin is half the volume away, so that product must be finite too.
  if (!spacing.every((mm, axis) => Number.isFinite(mm * Math.max(1, header.dim[axis + 1]!)))) throw new VolumeUnreadable('The header\'s pixdim holds NaN or infinity, or is too large, and neither sform nor qform gives the spacing of the voxels.')
  for (const axis of [1, 2, 3]) if (header.pixdim[axis] === 0 && axis <= header.dim[0]!) warnings.push(`The header's pixdim[${axis}] is 0; it is taken as 1.`)
  return spacing
}
