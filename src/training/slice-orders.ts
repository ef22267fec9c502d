import { LRUCache } from 'lru-cache'
import type { Catalog } from '../catalog/catalog.js'
import { hasConditions } from '../catalog/slice-query.js'
import type { SliceFilter } from '../catalog/slice-query.js'
import { ThreadPool, threadFile } from '../threads/thread-pool.js'
import type { Balance } from './balance.js'
import { orderOf } from './order-task.js'
import type { Ordered, OrderTask } from './order-task.js'
import type { SliceRef } from './slice-order.js'
import { SliceSet } from './slice-set.js'

/** In bytes: orders kept. One of four million slices takes 16 MB; the last one is kept whatever it takes. */
const MOST_KEPT_BYTES = 128 * 2 ** 20

/** Slices that are put in order here, in a few milliseconds; more are given to a thread. */
const FEW_SLICES = 20_000

/** Milliseconds without work after which the thread ends and frees its memory. */
const IDLE_MS = 30_000

/** The slices that match a filter, in an order. */
export class SliceOrder {
  constructor (readonly set: SliceSet, private readonly numbers: Uint32Array | null) {}

  get length (): number {
    return this.numbers?.length ?? this.set.length
  }

  get bytes (): number {
    return this.set.bytes + (this.numbers?.byteLength ?? 0)
  }

  at (n: number): SliceRef {
    return this.set.at(this.numbers === null ? n : this.numbers[n]!)
  }
}

/** Which slices match, and their shuffled orders, worked out in a thread and kept until the catalog changes. */
export class SliceOrders {
  private readonly known = new LRUCache<string, Promise<SliceOrder>>({ max: 64 })
  private readonly kept = new Map<string, number>()
  private readonly pool = new ThreadPool<OrderTask, Ordered>({
    filename: threadFile('order-worker', import.meta.url), minThreads: 0, maxThreads: 1, idleTimeout: IDLE_MS, recordTiming: false
  })

  constructor (private readonly catalog: Catalog) {}

  /**
   * @param seed as `seedText` gives it; undefined: by study and index
   * @param balance groups to draw equal shares from: as many slices as match, some of them more than once
   */
  async order (filter: SliceFilter, seed?: string, balance?: Balance): Promise<SliceOrder> {
    const key = `${this.catalog.generation} ${seed} ${balance} ${JSON.stringify(filter)}`
    const known = this.known.get(key)
    if (known !== undefined) return await known
    const made = this.make(filter, seed, balance)
    this.known.set(key, made)
    made.then(({ bytes }) => this.keep(key, bytes), () => this.known.delete(key))
    return await made
  }

  async close (): Promise<void> {
    await this.pool.end()
  }

  private async make (filter: SliceFilter, seed: string | undefined, balance: Balance | undefined): Promise<SliceOrder> {
    const { studies, ...conditions } = filter
    const { ids, categories, counts } = this.catalog.ask.studiesWithSlices({ ...conditions, studies })
    const slices = counts.reduce((sum, count) => sum + count, 0)
    const task: OrderTask = {
      file: this.catalog.file,
      ids: ids.join('\n'),
      counts: hasConditions(conditions) || balance === 'lesion' ? null : counts,
      conditions,
      seed,
      balance: balance === 'category' ? groupsOf(categories) : balance
    }
    // A catalog in memory has one connection.
    const isHere = slices <= FEW_SLICES || this.catalog.file === ':memory:'
    const ordered = isHere ? orderOf(task, (...asked) => this.catalog.ask.pickSlices(...asked)) : await this.pool.run(task)
    return new SliceOrder(SliceSet.of(ids, ordered.counts, ordered.indexes), ordered.order)
  }

  /** Drop the orders that were used longest ago, until the rest fits. */
  private keep (key: string, bytes: number): void {
    this.kept.set(key, bytes)
    let sum = 0
    for (const used of this.known.keys()) {
      const size = this.kept.get(used) ?? 0
      if (sum > 0 && sum + size > MOST_KEPT_BYTES) this.known.delete(used)
      else sum += size
    }
    for (const old of this.kept.keys()) if (!this.known.has(old)) this.kept.delete(old)
  }
}

/** The group of each study: its category, numbered in order of names; no category is the empty name. */
function groupsOf (categories: readonly (string | null)[]): Uint16Array {
  const names = [...new Set(categories.map((category) => category ?? ''))].sort()
  const numberOf = new Map(names.map((name, n) => [name, n]))
  return Uint16Array.from(categories, (category) => numberOf.get(category ?? '')!)
}
