import { createHash } from 'node:crypto'
import { shuffledSlices } from './slice-order.js'
import type { SliceRef } from './slice-order.js'

/** What slices are balanced by: their study's category, or whether they show lesion (slices without a mask are left out). */
export const BALANCES = ['category', 'lesion'] as const
export type Balance = typeof BALANCES[number]

/** A slice and its group. */
export interface GroupedSlice extends SliceRef { group: string }

/**
 * Draw as many slices as there are, an equal share from each group (docs/contract.md, Training). Groups are in order of
 * their names, the slices of each in the order of their hashes; a group that is used up starts again. Draw n of g groups
 * takes group (n + r) mod g, where r is the first uint32 (big-endian) of the SHA-256 of `"{seed}:round:{floor(n / g)}"`.
 * So each round has every group once, and a shard of every g-th slice does not get a single group.
 *
 * @param seed as `seedText` gives it
 */
export async function balancedDraw (slices: readonly GroupedSlice[], seed: string): Promise<SliceRef[]> {
  const byGroup = new Map<string, GroupedSlice[]>()
  for (const slice of slices) {
    const group = byGroup.get(slice.group)
    if (group === undefined) byGroup.set(slice.group, [slice])
    else group.push(slice)
  }
  const count = slices.length
  const groups: SliceRef[][] = []
  for (const name of [...byGroup.keys()].sort()) groups.push(await shuffledSlices(byGroup.get(name)!, seed))
  const drawn: SliceRef[] = []
  for (let round = 0; drawn.length < count; round++) {
    const turn = createHash('sha256').update(`${seed}:round:${round}`).digest().readUInt32BE(0)
    for (let n = 0; n < groups.length && drawn.length < count; n++) {
      const group = groups[(n + turn) % groups.length]!
      drawn.push(group[round % group.length]!)
    }
  }
  return drawn
}
