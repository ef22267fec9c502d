import { deflateRawSync } from 'node:zlib'
import type { BlockBoundary } from './gzip-walker.js'
import { inflateAll } from './inflate-range.js'
import { WINDOW_BYTES } from './inflater.js'
import type { AccessPoint, Start } from './inflater.js'

/** A kept access point: its history is deflated (raw), and empty where none is needed. */
export interface PackedPoint extends AccessPoint {}

/** Bytes that a kept point counts for besides its history: three numbers. */
export const POINT_BYTES = 24

/** All kept points of a file together take less than this share of its compressed size. */
export const BUDGET_SHARE = 0.08

/**
 * Least distance between two kept points, in bytes of output. At this distance even a history of 32 KiB that does not
 * compress costs 8 % of the output, and inflating across the gap is cheap.
 */
export const CLOSEST_SPACING = WINDOW_BYTES / BUDGET_SHARE

/** Deflates a history for keeping. An empty history stays empty. */
export function packHistory (raw: Uint8Array): Uint8Array {
  return raw.length === 0 ? new Uint8Array(0) : deflateRawSync(raw, { level: 1 })
}

/** Shared scratch buffer: a fresh 32 KiB for each slice kept the garbage collector busy. */
const unpacked = new Uint8Array(WINDOW_BYTES)

/**
 * The history that `packHistory` packed. Valid until the next call.
 *
 * @throws GzipDamaged when `packed` is not a packed history
 */
export function unpackHistory (packed: Uint8Array): Uint8Array {
  return packed.length === 0 ? packed : unpacked.subarray(0, inflateAll(packed, unpacked))
}

interface PickerOptions { spacing?: number, extras?: readonly number[], historyOf?: (start: Start) => Uint8Array }

/** Picks from a file's block boundaries the ones from which slabs of the output are reached soonest. */
export class PointPicker {
  readonly #targets: readonly number[]
  readonly #extras: ReadonlySet<number>
  readonly #historyOf: (start: Start) => Uint8Array
  readonly #extraPoints = new Set<PackedPoint>()
  readonly #scratch = new Uint8Array(WINDOW_BYTES)
  readonly #points: PackedPoint[] = []
  #next = 0 // the first target that has no point yet
  #latest: { at: BlockBoundary, historyBytes: number } | undefined

  /**
   * @param targets          offsets in the output where slabs begin, ascending
   * @param options.spacing  bytes of output; a target closer than this to the one before it is left out
   * @param options.extras   further offsets, ascending; their points get what is left of the budget after the targets
   * @param options.historyOf  the part of a point's history to keep
   */
  constructor (targets: readonly number[], { spacing = CLOSEST_SPACING, extras = [], historyOf = ({ history }) => history }: PickerOptions = {}) {
    this.#historyOf = historyOf
    const spaced = spacedOut(targets, spacing)
    this.#extras = new Set(extras)
    this.#targets = extras.length === 0 ? spaced : [...spaced, ...extras].sort((a, b) => a - b)
  }

  /** Tells the picker that a block begins at `at`, after `history` (copied if needed). Call it in the file's order. */
  boundary (at: BlockBoundary, history: Uint8Array): void {
    const target = this.#targets[this.#next]
    if (target === undefined) return
    if (at.outOffset > target) this.#keepLatest()
    while (this.#targets[this.#next]! < at.outOffset) this.#next++
    if (this.#next === this.#targets.length) return
    this.#scratch.set(history)
    this.#latest = { at, historyBytes: history.length }
  }

  /**
   * The points, in order: for each target at most one, the last boundary at or before it.
   *
   * @param compressedBytes  size of the file; points are thinned out until they take less than 8 % of it
   */
  finish (compressedBytes: number): PackedPoint[] {
    if (this.#next < this.#targets.length) this.#keepLatest()
    this.#next = this.#targets.length
    const budget = compressedBytes * BUDGET_SHARE
    const needed = withinBudget(this.#points.filter((point) => !this.#extraPoints.has(point)), budget)
    const extra = thinned([...this.#extraPoints], budget - cost(needed))
    return [...needed, ...extra].sort((a, b) => a.outOffset - b.outOffset)
  }

  #keepLatest (): void {
    if (this.#latest === undefined) return
    const { at: { outOffset, inOffset, bit }, historyBytes } = this.#latest
    const history = this.#historyOf({ inOffset, bit, history: this.#scratch.subarray(0, historyBytes) })
    const point = { outOffset, inOffset, bit, history: packHistory(history) }
    this.#points.push(point)
    if (this.#extras.has(this.#targets[this.#next]!)) this.#extraPoints.add(point)
    this.#latest = undefined
  }
}

function spacedOut (targets: readonly number[], spacing: number): number[] {
  const kept: number[] = []
  for (const target of targets) {
    const before = kept.at(-1)
    if (before === undefined || target - before >= spacing) kept.push(target)
  }
  return kept
}

/**
 * The points that cost less than `budget` bytes together: all of them if they fit, else an even spread. Points that
 * cost less than half an equal share are kept as long as thinning out the others makes room.
 */
function withinBudget (points: readonly PackedPoint[], budget: number): PackedPoint[] {
  if (cost(points) < budget) return [...points]
  const isCheap = (point: PackedPoint): boolean => cost([point]) < budget / points.length / 2
  const cheap = points.filter(isCheap)
  const dear = points.filter((point) => !isCheap(point))
  const kept = new Set([...cheap, ...thinned(dear, budget - cost(cheap))])
  return points.filter((point) => kept.has(point))
}

/** As many of the points as cost less than `budget` bytes, evenly spread. */
function thinned (points: readonly PackedPoint[], budget: number): PackedPoint[] {
  for (let count = points.length; count > 0; count--) {
    const some = Array.from({ length: count }, (_, n) => points[Math.floor(n * points.length / count)]!)
    if (cost(some) < budget) return some
  }
  return []
}

function cost (points: readonly PackedPoint[]): number {
  return points.reduce((sum, { history }) => sum + history.length + POINT_BYTES, 0)
}
