import type { SliceRef } from './slice-order.js'

/**
 * Slices of many studies, by study and index, in a few bytes each. A slice's number is its place in this order.
 *
 * `firsts` has the number of each study's first slice, and at its end how many slices there are. `indexes` has the index
 * of each slice; null where every study has all its slices from 0 on.
 */
export class SliceSet {
  private constructor (readonly ids: readonly string[], private readonly firsts: Uint32Array, private readonly indexes: Uint16Array | null) {}

  /** @param counts how many slices each study has */
  static of (ids: readonly string[], counts: ArrayLike<number>, indexes: Uint16Array | null): SliceSet {
    const firsts = new Uint32Array(ids.length + 1)
    for (let n = 0; n < ids.length; n++) firsts[n + 1] = firsts[n]! + counts[n]!
    return new SliceSet(ids, firsts, indexes)
  }

  get length (): number {
    return this.firsts[this.ids.length]!
  }

  get bytes (): number {
    return this.firsts.byteLength + (this.indexes?.byteLength ?? 0) + this.ids.length * 8
  }

  countOf (study: number): number {
    return this.firsts[study + 1]! - this.firsts[study]!
  }

  firstOf (study: number): number {
    return this.firsts[study]!
  }

  /** The study that has a slice: the last one whose first slice is not behind it. */
  studyOf (slice: number): number {
    let low = 0
    let high = this.ids.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.firsts[middle]! <= slice) low = middle
      else high = middle - 1
    }
    return low
  }

  indexOf (study: number, slice: number): number {
    return this.indexes === null ? slice - this.firsts[study]! : this.indexes[slice]!
  }

  at (slice: number): SliceRef {
    const study = this.studyOf(slice)
    return { study: this.ids[study]!, index: this.indexOf(study, slice) }
  }
}
