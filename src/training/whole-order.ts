import { orderOfKeys } from '../catalog/radix-order.js'
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
  const order = orderOfKeys([heads])
  settleTies(order, heads, (slice) => sliceHash(seed, set.at(slice)))
  return order
}

/** Of four million hashes some two thousand share their first 32 bits with another: the rest of them decides. */
function settleTies (order: Uint32Array, heads: Uint32Array, hashOf: (slice: number) => Buffer): void {
  for (let n = 1; n < order.length; n++) {
    if (heads[order[n]!] !== heads[order[n - 1]!]) continue
    const first = n - 1
    while (n < order.length && heads[order[n]!] === heads[order[first]!]) n++
    order.set(Array.from(order.subarray(first, n)).sort((a, b) => Buffer.compare(hashOf(a), hashOf(b))), first)
  }
}

/**
 * Draw as many slices as there are, an equal share from each group (docs/contract.md, Training): groups in order of their
 * names, the slices of each in their order; a group that is used up starts again. Draw n of g groups takes group
 * (n + r) mod g, where r is the first uint32 (big-endian) of the SHA-256 of `"{seed}:round:{floor(n / g)}"`. So each round
 * has every group once, and a shard of every g-th slice does not get a single group.
 *
 * @param order all slices in the seed's order
 * @param groupOf the group of a slice, numbered in order of names
 */
export function balancedOrder (order: Uint32Array, groupOf: (slice: number) => number, seed: string): Uint32Array {
  const sizes: number[] = []
  for (const slice of order) sizes[groupOf(slice)] = (sizes[groupOf(slice)] ?? 0) + 1
  const groups = Array.from(sizes, (size = 0) => new Uint32Array(size))
  const filled = groups.map(() => 0)
  for (const slice of order) groups[groupOf(slice)]![filled[groupOf(slice)]!++] = slice
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
