import { orthogonalFactor } from './polar.js'

/** 4 rows of 4: the matrix that takes voxel (i, j, k, 1) to RAS+ mm (x to the Right, y Anterior, z Superior). */
export type Affine = readonly (readonly number[])[]

/** The RAS axis that a stored axis runs along (0 R–L, 1 A–P, 2 S–I): in the same direction (1) or the opposite one (-1). */
export interface AxisDirection { axis: 0 | 1 | 2, flip: 1 | -1 }

/** The directions of the stored axes i, j, k, in order; together they cover all three RAS axes. */
export type Directions = readonly [AxisDirection, AxisDirection, AxisDirection]

/**
 * The RAS axis and direction of each stored axis, as in nibabel's `io_orientation`: shears and zooms are removed from the
 * affine, then each stored axis takes the free RAS axis it follows most; the stored axis that follows one best goes first.
 * Where nibabel drops an axis (a zero or dependent column), this function gives it an RAS axis that is left, in the same
 * direction, so that each stored axis always has one plane. At exactly 45 degrees two axes fit equally and rounding
 * decides, as in nibabel.
 */
export function ioOrientation (affine: Affine): Directions {
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
  }) as unknown as Directions
}

/** The absolute tolerance of `numpy.allclose`, with which nibabel decides that a column has no direction. */
const NO_DIRECTION = 1e-8

function unit (column: number[]): number[] {
  const length = Math.hypot(...column)
  return length === 0 ? column : column.map((value) => value / length)
}

const LETTERS = [['L', 'R'], ['P', 'A'], ['I', 'S']] as const

export type DirectionLetter = typeof LETTERS[number][number]

/** The letter of the side that a stored axis runs to, and of the side it comes from. */
export function lettersOf ({ axis, flip }: AxisDirection): { to: DirectionLetter, from: DirectionLetter } {
  const [negative, positive] = LETTERS[axis]
  return flip > 0 ? { to: positive, from: negative } : { to: negative, from: positive }
}

/** The sides that the stored axes run to, such as `LAS`; nibabel's `aff2axcodes`. */
export function axisCodes (directions: Directions): string {
  return directions.map((direction) => lettersOf(direction).to).join('')
}
