import { orthogonalFactor } from './polar.js'

/** 4 rows of 4: the matrix that takes voxel (i, j, k, 1) to RAS+ mm (x to the Right, y Anterior, z Superior). */
export type Affine = readonly (readonly number[])[]

/** Which RAS axis a stored axis runs along (0 R–L, 1 A–P, 2 S–I), and whether it grows with it (1) or against (-1). */
export interface AxisDirection { axis: 0 | 1 | 2, flip: 1 | -1 }

/** Of the stored axes i, j, k, in order; together they run along all three RAS axes. */
export type Directions = readonly [AxisDirection, AxisDirection, AxisDirection]

/**
 * The RAS axis and direction of each stored axis, as nibabel's `io_orientation` finds them: shears and zooms are taken
 * out of the affine, then the stored axes choose the RAS axis they follow most, those that follow one best first.
 * Where nibabel drops an axis (a zero or dependent column), it takes an RAS axis that is left, growing with it, so
 * that every stored axis always has one plane. At exactly 45 degrees two axes are as near, and rounding decides, here as
 * there.
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
export function axisCodes (directions: Directions): string {
  return directions.map((direction) => lettersOf(direction).to).join('')
}
