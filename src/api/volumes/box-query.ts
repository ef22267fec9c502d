import { Type } from 'typebox'
import { InvalidRequest } from '../../errors.js'
import type { AxisRange, VolumeQuery } from '../../views/volume-streams.js'

const axisRange = (axis: string) => Type.Optional(Type.String({ pattern: '^\\d{0,9}:\\d{0,9}$', description: `range \`start:stop\` in stored voxels along ${axis}, 0 ≤ start < stop ≤ size; either end may be omitted, as in \`100:\``, examples: ['10:20'] }))

/** A box of a volume, as every route of whole volumes takes it. */
export const boxQuery = { i: axisRange('i'), j: axisRange('j'), k: axisRange('k') }

/** @throws InvalidRequest naming an axis whose range is empty */
export function boxOf ({ i, j, k }: { i?: string, j?: string, k?: string }): VolumeQuery['box'] {
  return [rangeOf('i', i), rangeOf('j', j), rangeOf('k', k)]
}

/** A range without an end runs to the end of the axis: its end is infinity. */
function rangeOf (parameter: string, text: string | undefined): AxisRange | undefined {
  if (text === undefined) return undefined
  const [from, to] = text.split(':')
  const [start, stop] = [Number(from), to === '' ? Infinity : Number(to)]
  if (start >= stop) {
    throw new InvalidRequest([{ parameter, detail: `${text} is not start:stop with start < stop` }])
  }
  return [start, stop]
}
