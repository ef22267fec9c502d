import { sortedPairs } from '../catalog/radix-order.js'
import { ShortHashes } from './short-hashes.js'
import { sliceHash } from './slice-order.js'
import type { SliceSet } from './slice-set.js'

/**
 * The numbers of all slices of a set in the order of their hashes (docs/contract.md, Training). Takes half a second for four
 * million slices: for a thread.
 *
 * @param seed as `seedText` gives it
 */
export function wholeOrder (set: SliceSet, seed: string): Uint32Array {
  const heads = new Uint32Array(set.length)
  const hashes = new ShortHashes()
  for (const [study, id] of set.ids.entries()) {
    const first = set.firstOf(study)
    hashes.headsOf(`${seed}:${id}:`, (n) => set.indexOf(study, first + n), set.countOf(study), heads, first)
  }
  const pairs = sortedPairs(heads)
  const order = new Uint32Array(set.length)
  for (let n = 0; n < order.length; n++) order[n] = pairs[2 * n + 1]!
  settleTies(order, pairs, (slice) => sliceHash(seed, set.at(slice)))
  return order
}

/** Of four million hashes some two thousand share their first 32 bits with another: the rest of them decides. @param pairs as `sortedPairs` gives them */
function settleTies (order: Uint32Array, pairs: Uint32Array, hashOf: (slice: number) => Buffer): void {
  let first = 0
  for (let n = 1; n <= order.length; n++) {
    if (n < order.length && pairs[2 * n] === pairs[2 * first]) continue
    if (n - first > 1) order.set(Array.from(order.subarray(first, n)).sort((a, b) => Buffer.compare(hashOf(a), hashOf(b))), first)
    first = n
  }
}

/**
 * Draw as many slices as there are, an equal share from each group (docs/contract.md, Training): groups in order of their
 * names, the slices of each in their order; a group that is used up starts again. Draw n of g groups takes group
 * (n + r) mod g, where r is the first uint32 (big-endian) of the SHA-256 of `"{seed}:round:{floor(n / g)}"`. So each round
 * has every group once, and a shard of every g-th slice does not get a single group.
 *
 * @param order all slices in the seed's order
 * @param groupOf the group of each slice, numbered in order of names
 */
export function balancedOrder (order: Uint32Array, groupOf: Uint8Array | Uint16Array, seed: string): Uint32Array {
  let count = 0
  for (let slice = 0; slice < groupOf.length; slice++) count = Math.max(count, groupOf[slice]! + 1)
  const sizes = new Uint32Array(count)
  for (let slice = 0; slice < groupOf.length; slice++) sizes[groupOf[slice]!]!++
  const groups = Array.from(sizes, (size) => new Uint32Array(size))
  const filled = new Uint32Array(sizes.length)
  for (let n = 0; n < order.length; n++) {
    const group = groupOf[order[n]!]!
    groups[group]![filled[group]!++] = order[n]!
  }
  const used = groups.filter(({ length }) => length > 0)
  const turns = new Uint32Array(used.length === 0 ? 0 : Math.ceil(order.length / used.length))
  new ShortHashes().headsOf(`${seed}:round:`, (round) => round, turns.length, turns, 0)
  const drawn = new Uint32Array(order.length)
  for (let n = 0; n < drawn.length; n++) {
    const round = Math.floor(n / used.length)
    const group = used[(n % used.length + turns[round]!) % used.length]!
    drawn[n] = group[round % group.length]!
  }
  return drawn
}
