import { LRUCache } from 'lru-cache'
import type { Catalog } from '../catalog/catalog.js'
import type { SliceFilter, SliceRow } from '../catalog/slice-query.js'
import type { SliceFacts } from '../catalog/study.js'
import { balancedDraw } from './balance.js'
import type { Balance } from './balance.js'
import { shuffledSlices, sliceHash } from './slice-order.js'
import type { SliceRef } from './slice-order.js'

/** Shuffled orders cached; one of the whole dataset takes some 5 MB. */
const KEPT_ORDERS = 8

/** Which slices, in which order, and which share of them. */
export interface SliceSelection {
  filter: SliceFilter
  /** the seed of the order, as `seedText` gives it; undefined: by study and index */
  shuffle: string | undefined
  /** groups to draw equal shares from; undefined: each slice once. Needs `shuffle` */
  balance: Balance | undefined
  /** every `shards`-th slice, starting at the `shard`-th */
  shard: number
  shards: number
}

/** The last row of a page: its place in the order, or its hash in a shuffled order, which stays valid if slices change. */
export interface SliceCursor { key: number | string, id: string }

export interface SlicePage { items: SliceRow[], total: number, next: SliceCursor | null }

/** A row and its cursor. */
interface PlacedRow { row: SliceRow, cursor: SliceCursor }

/** The catalog of every axial slice of all ready studies. */
export class SliceCatalog {
  private readonly orders = new LRUCache<string, SliceRef[]>({ max: KEPT_ORDERS })

  constructor (private readonly catalog: Catalog) {}

  /** One page of a selection, by keyset. */
  async page (selection: SliceSelection, limit: number, after: SliceCursor | null): Promise<SlicePage> {
    const placed: PlacedRow[] = []
    for await (const row of this.placedRows(selection, after)) {
      placed.push(row)
      if (placed.length > limit) break
    }
    const matching = await this.count(selection)
    return {
      items: placed.slice(0, limit).map(({ row }) => row),
      total: Math.max(0, Math.ceil((matching - selection.shard) / selection.shards)),
      next: placed.length > limit ? placed[limit - 1]!.cursor : null
    }
  }

  /** All rows of a selection, read on demand. */
  async * rows (selection: SliceSelection): AsyncGenerator<SliceRow> {
    for await (const { row } of this.placedRows(selection, null)) yield row
  }

  private placedRows (selection: SliceSelection, after: SliceCursor | null): AsyncIterable<PlacedRow> | Iterable<PlacedRow> {
    return selection.shuffle === undefined ? this.inOrder(selection, after) : this.shuffled(selection, selection.shuffle, after)
  }

  private * inOrder ({ filter, shard, shards }: SliceSelection, after: SliceCursor | null): Generator<PlacedRow> {
    const { ask } = this.catalog
    const from = after === null ? null : refOf(after)
    let place = after === null ? 0 : Number(after.key) + 1
    for (const { id: study, category } of ask.studiesWithSlices(filter.studies)) {
      if (from !== null && study < from.study) continue
      for (const facts of ask.slicesOfStudy(study, filter, study === from?.study ? from.index : -1)) {
        if (place % shards === shard) yield { row: rowOf(study, category, facts), cursor: { key: place, id: `${study}:${facts.index}` } }
        place++
      }
    }
  }

  private async count ({ filter, shuffle, balance }: SliceSelection): Promise<number> {
    if (shuffle !== undefined && balance !== undefined) return (await this.order(filter, shuffle, balance)).length
    return this.catalog.ask.countSlices(filter)
  }

  private async * shuffled ({ filter, balance, shard, shards }: SliceSelection, seed: string, after: SliceCursor | null): AsyncGenerator<PlacedRow> {
    const order = await this.order(filter, seed, balance)
    const keyOf = (ref: SliceRef, n: number) => balance === undefined ? sliceHash(seed, ref).toString('hex') : n
    const first = after === null ? 0 : balance === undefined ? firstBehind(order, seed, Buffer.from(String(after.key), 'hex')) : Number(after.key) + 1
    for (let n = first + (shard - first % shards + shards) % shards; n < order.length; n += shards) {
      const ref = order[n]!
      const row = this.row(ref)
      // A study that was read again after the order was made may no longer have the slice.
      if (row !== undefined) yield { row, cursor: { key: keyOf(ref, n), id: `${ref.study}:${ref.index}` } }
    }
  }

  private row ({ study, index }: SliceRef): SliceRow | undefined {
    const listed = this.catalog.study(study)
    const facts = this.catalog.slice(study, index)
    return listed === undefined || facts === undefined ? undefined : rowOf(study, listed.category, facts)
  }

  /** Every matching slice in the seed's order; with `balance` the slices drawn, some of them more than once. */
  async order (filter: SliceFilter, seed: string, balance: Balance | undefined): Promise<SliceRef[]> {
    const key = `${this.catalog.generation} ${seed} ${balance} ${JSON.stringify(filter)}`
    const known = this.orders.get(key)
    if (known !== undefined) return known
    const { ask } = this.catalog
    const order = balance === undefined
      ? await shuffledSlices(ask.matchingSlices(filter), seed)
      : await balancedDraw(ask.groupedSlices(filter, balance), seed)
    this.orders.set(key, order)
    return order
  }
}

/** Index of the first slice whose hash is above the given one. */
function firstBehind (order: readonly SliceRef[], seed: string, hash: Buffer): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Buffer.compare(sliceHash(seed, order[middle]!), hash) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function rowOf (study: string, category: string | null, { index, ...facts }: SliceFacts): SliceRow {
  return { study, index, category, ...facts }
}

function refOf ({ id }: SliceCursor): SliceRef {
  const colon = id.lastIndexOf(':')
  return { study: id.slice(0, colon), index: Number(id.slice(colon + 1)) }
}
