import type { Catalog } from '../catalog/catalog.js'
import type { SliceFilter, SliceRow } from '../catalog/slice-query.js'
import type { SliceFacts } from '../catalog/study.js'
import type { Balance } from './balance.js'
import { sliceHash } from './slice-order.js'
import type { SliceRef } from './slice-order.js'
import type { SliceOrder, SliceOrders } from './slice-orders.js'

/** In ms: how long rows are made before others get a turn. */
const TURN_MS = 8

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
  constructor (private readonly catalog: Catalog, private readonly orders: SliceOrders) {}

  /** One page of a selection, by keyset. */
  async page (selection: SliceSelection, limit: number, after: SliceCursor | null): Promise<SlicePage> {
    const placed: PlacedRow[] = []
    for await (const row of this.placedRows(selection, after)) {
      placed.push(row)
      if (placed.length > limit) break
    }
    const matching = await this.orderOf(selection)
    return {
      items: placed.slice(0, limit).map(({ row }) => row),
      total: Math.max(0, Math.ceil((matching.length - selection.shard) / selection.shards)),
      next: placed.length > limit ? placed[limit - 1]!.cursor : null
    }
  }

  /** All rows of a selection, read on demand. */
  async * rows (selection: SliceSelection): AsyncGenerator<SliceRow> {
    let turn = performance.now()
    for await (const { row } of this.placedRows(selection, null)) {
      yield row
      // Rows wait for nothing, and a client that reads fast enough would keep all others waiting.
      if (performance.now() - turn < TURN_MS) continue
      await new Promise((resolve) => setImmediate(resolve))
      turn = performance.now()
    }
  }

  private async orderOf ({ filter, shuffle, balance }: SliceSelection): Promise<SliceOrder> {
    return await this.orders.order(filter, shuffle, shuffle === undefined ? undefined : balance)
  }

  private placedRows (selection: SliceSelection, after: SliceCursor | null): AsyncIterable<PlacedRow> {
    return selection.shuffle === undefined ? this.inOrder(selection, after) : this.shuffled(selection, selection.shuffle, after)
  }

  private async * inOrder (selection: SliceSelection, after: SliceCursor | null): AsyncGenerator<PlacedRow> {
    const { filter, shard, shards } = selection
    const from = after === null ? null : refOf(after)
    const { set } = await this.orderOf(selection)
    let place = after === null ? 0 : Number(after.key) + 1
    for (let n = from === null ? 0 : firstFrom(set.ids, from.study); n < set.ids.length; n++) {
      if (set.countOf(n) === 0) continue
      const study = set.ids[n]!
      const category = this.catalog.ask.categoryOf(study)
      for (const facts of this.catalog.ask.slicesOfStudy(study, filter, study === from?.study ? from.index : -1)) {
        if (place % shards === shard) yield { row: rowOf(study, category, facts), cursor: { key: place, id: `${study}:${facts.index}` } }
        place++
      }
    }
  }

  private async * shuffled (selection: SliceSelection, seed: string, after: SliceCursor | null): AsyncGenerator<PlacedRow> {
    const { balance, shard, shards } = selection
    const order = await this.orderOf(selection)
    const keyOf = (ref: SliceRef, n: number) => balance === undefined ? sliceHash(seed, ref).toString('hex') : n
    const first = after === null ? 0 : balance === undefined ? firstBehind(order, seed, Buffer.from(String(after.key), 'hex')) : Number(after.key) + 1
    for (let n = first + (shard - first % shards + shards) % shards; n < order.length; n += shards) {
      const ref = order.at(n)
      const facts = this.catalog.slice(ref.study, ref.index)
      // A study that was read again after the order was made may no longer have the slice.
      if (facts !== undefined) yield { row: rowOf(ref.study, this.catalog.ask.categoryOf(ref.study), facts), cursor: { key: keyOf(ref, n), id: `${ref.study}:${ref.index}` } }
    }
  }
}

/** Index of the first id that is not below the given one. */
function firstFrom (ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}

/** Index of the first slice whose hash is above the given one. */
function firstBehind (order: SliceOrder, seed: string, hash: Buffer): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Buffer.compare(sliceHash(seed, order.at(middle)), hash) <= 0) low = middle + 1
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
