import { deflateRawSync } from 'node:zlib'
import type { BlockBoundary } from './gzip-walker.js'
import { inflateAll } from './inflate-range.js'
import { WINDOW_BYTES } from './inflater.js'
import type { AccessPoint, Start } from './inflater.js'

/** An access point as it is kept: its history deflated (raw), or empty where there is none. */
export interface PackedPoint extends AccessPoint {}

/** What a kept point is counted with besides its history: three numbers. */
export const POINT_BYTES = 24

/** All kept points together stay under this share of the compressed file. */
export const BUDGET_SHARE = 0.08

/**
 * Points closer to each other than this (bytes of output) are not kept: from the last one before it, no place of the
 * output is far, and a whole history of incompressible bytes would be 8 % of so much.
 */
export const CLOSEST_SPACING = WINDOW_BYTES / BUDGET_SHARE

/** Deflates a history for keeping; nothing stays nothing. */
export function packHistory (raw: Uint8Array): Uint8Array {
  return raw.length === 0 ? new Uint8Array(0) : deflateRawSync(raw, { level: 1 })
}

/** One for all that are unpacked: 32 KiB anew for each slice had the garbage collector busy all the time. */
const unpacked = new Uint8Array(WINDOW_BYTES)

/**
 * The history that `packHistory` packed. Valid until the next one is unpacked.
 *
 * @throws GzipDamaged when it is not one
 */
export function unpackHistory (packed: Uint8Array): Uint8Array {
  return packed.length === 0 ? packed : unpacked.subarray(0, inflateAll(packed, unpacked))
}

interface PickerOptions { spacing?: number, extras?: readonly number[], historyOf?: (start: Start) => Uint8Array }

/** Picks among a file's block boundaries those from which slabs of the output are reached soonest. */
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
   * @param options.spacing  targets closer than this to the one before are left out (bytes of output)
   * @param options.extras   further offsets, ascending, whose points are kept as far as the budget goes after the targets'
   * @param options.historyOf  what is to be kept of a point's history
   */
  constructor (targets: readonly number[], { spacing = CLOSEST_SPACING, extras = [], historyOf = ({ history }) => history }: PickerOptions = {}) {
    this.#historyOf = historyOf
    const spaced = spacedOut(targets, spacing)
    this.#extras = new Set(extras)
    this.#targets = extras.length === 0 ? spaced : [...spaced, ...extras].sort((a, b) => a - b)
  }

  /** A block begins at `at`, after `history`, which is copied if it is needed. In the file's order. */
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
   * The points, in order, with at most one per target: the last boundary at or before it.
   *
   * @param compressedBytes  size of the file; the points are thinned out to less than 8 % of it
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
 * The points themselves, or so many of them, evenly spread, that they cost less than `budget` bytes. Those that
 * cost less than half an equal share stay as long as the others can make room.
 */
function withinBudget (points: readonly PackedPoint[], budget: number): PackedPoint[] {
  if (cost(points) < budget) return [...points]
  const isCheap = (point: PackedPoint): boolean => cost([point]) < budget / points.length / 2
  const cheap = points.filter(isCheap)
  const dear = points.filter((point) => !isCheap(point))
  const kept = new Set([...cheap, ...thinned(dear, budget - cost(cheap))])
  return points.filter((point) => kept.has(point))
}

/** As many of the points as cost less than `budget`, evenly spread. */
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
