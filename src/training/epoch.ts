import type { Catalog } from '../catalog/catalog.js'
import type { SliceFilter, SliceRow } from '../catalog/slice-query.js'
import { InvalidRequest } from '../errors.js'
import type { Balance } from './balance.js'
import type { SliceOrder, SliceOrders } from './slice-orders.js'
import { shuffledIds } from './splits.js'
import { shuffledSlices } from './slice-order.js'

/** How shards are made equally long: `pad` starts short ones again, `cut` ends all where the shortest ends. */
export const EVEN = ['pad', 'cut'] as const

/** One pass over slices, in the order of the WebDataset stream. */
export interface EpochQuery {
  filter: SliceFilter
  /** the seed, as `seedText` gives it; undefined: by study and index */
  shuffle: string | undefined
  /** groups to draw equal shares from; needs `shuffle` */
  balance: Balance | undefined
  shard: number
  shards: number
  even: typeof EVEN[number] | undefined
  /** studies whose slices are mixed */
  buffer: number
  /** samples to skip */
  start: number
}

/** A sample of an epoch; `repeat` counts earlier samples of the same slice in the epoch. */
export interface EpochRow extends SliceRow { repeat: number }

/**
 * The samples of an epoch, one group of studies at a time (docs/contract.md, Training). Studies are in the seed's order; a
 * shard takes every n-th, a group has `buffer` of them, and a group's slices are in the order of their hashes.
 * Every study that passes the filter counts, ready or not, so that the order is stable while a dataset is read.
 *
 * @throws InvalidRequest naming `shards`, where `even` is given and a shard has no sample
 */
export async function * epochGroups (catalog: Catalog, orders: SliceOrders, query: EpochQuery): AsyncGenerator<EpochRow[]> {
  const { filter, shuffle, balance, shard, shards, even, start } = query
  const inOrder = catalog.ask.studyIds(filter.studies)
  const ordered = shuffle === undefined ? inOrder : shuffledIds(inOrder, shuffle)
  const drawn = shuffle === undefined || balance === undefined ? undefined : timesOf(await orders.order(filter, shuffle, balance))
  const counts = drawn === undefined ? countsOf(await orders.order(filter)) : drawnCounts(drawn)
  const studies = ordered.filter((_, n) => n % shards === shard)
  const own = sum(studies, counts)
  const goal = even === undefined ? own : evenSize(ordered, counts, query)
  let [skip, left] = [start, Math.max(0, goal - start)]
  for (let round = 0; left > 0; round++) {
    for await (const group of onePass(catalog, studies, counts, drawn, query, round, skip)) {
      const rows = group.slice(0, left)
      left -= rows.length
      yield rows
      if (left === 0) return
    }
    skip = Math.max(0, skip - own)
    // Without `even` there is one pass, even if a study was read again after it was counted.
    if (even === undefined) return
  }
}

/** The samples of one pass over a shard, after the first `skip`. */
async function * onePass (
  catalog: Catalog, studies: readonly string[], counts: ReadonlyMap<string, number>, drawn: Draws | undefined,
  { filter, shuffle, buffer }: EpochQuery, round: number, skip: number
): AsyncGenerator<EpochRow[]> {
  let left = skip
  for (let first = 0; first < studies.length; first += buffer) {
    const ids = studies.slice(first, first + buffer)
    const count = sum(ids, counts)
    if (count <= left) {
      left -= count
      continue
    }
    const rows = ids.flatMap((id) => rowsOf(catalog, id, filter, drawn))
    const group = shuffle === undefined ? rows : await shuffledSlices(rows, shuffle)
    // A repeated pass has the same order; only `repeat`, and so the sample names, differ.
    if (group.length > left) yield group.slice(left).map((row) => ({ ...row, repeat: row.repeat + round * timesDrawn(drawn, row.study, row.index) }))
    left = Math.max(0, left - group.length)
  }
}

/** How often each slice is drawn: by study, then by index. */
type Draws = ReadonlyMap<string, ReadonlyMap<number, number>>

function timesOf (order: SliceOrder): Draws {
  const draws = new Map<string, Map<number, number>>()
  for (let n = 0; n < order.length; n++) {
    const { study, index } = order.at(n)
    const times = draws.get(study) ?? new Map<number, number>()
    draws.set(study, times.set(index, (times.get(index) ?? 0) + 1))
  }
  return draws
}

function countsOf ({ set }: SliceOrder): ReadonlyMap<string, number> {
  return new Map(set.ids.map((id, n) => [id, set.countOf(n)]))
}

function drawnCounts (drawn: Draws): ReadonlyMap<string, number> {
  return new Map([...drawn].map(([study, times]) => [study, [...times.values()].reduce((a, b) => a + b, 0)]))
}

function sum (studies: readonly string[], counts: ReadonlyMap<string, number>): number {
  return studies.reduce((total, id) => total + (counts.get(id) ?? 0), 0)
}

/** The number of samples of every shard. */
function evenSize (ordered: readonly string[], counts: ReadonlyMap<string, number>, { shards, even }: EpochQuery): number {
  const sizes = new Float64Array(shards)
  for (const [n, id] of ordered.entries()) sizes[n % shards]! += counts.get(id) ?? 0
  const [least, most] = sizes.reduce(([low, high], size) => [Math.min(low, size), Math.max(high, size)], [Infinity, 0])
  if (least > 0 || most === 0) return even === 'pad' ? most : least
  throw new InvalidRequest([{ parameter: 'shards', detail: `shard ${sizes.indexOf(0)} of ${shards} has no sample to repeat; use fewer shards` }])
}

function timesDrawn (drawn: Draws | undefined, study: string, index: number): number {
  return drawn === undefined ? 1 : drawn.get(study)?.get(index) ?? 0
}

function rowsOf (catalog: Catalog, id: string, filter: SliceFilter, drawn: Draws | undefined): EpochRow[] {
  const study = catalog.study(id)
  if (study?.status !== 'ready') return []
  return catalog.ask.slicesOfStudy(id, filter).flatMap(({ index, ...facts }) => {
    const row = { study: id, index, category: study.category, ...facts }
    return Array.from({ length: timesDrawn(drawn, id, index) }, (_, repeat) => ({ ...row, repeat }))
  })
}
