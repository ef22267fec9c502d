import { PredictionUnreadable } from '../../errors.js'
import type { VoxelGrid } from './voxel-grid.js'

/** Runs of lesion voxels along i, each with its row (j + nj k); ordered by row, then i. `stop` is exclusive. */
export interface Runs { start: Int32Array, stop: Int32Array, row: Int32Array }

/** A mask with more runs is noise. Each run takes some twenty bytes. */
export const MOST_RUNS = 2 ** 24

/** @throws PredictionUnreadable where there are more than MOST_RUNS */
export function runsOf ({ bits, shape: [ni, nj, nk] }: VoxelGrid, most = MOST_RUNS): Runs {
  const rows = nj * nk
  let count = 0
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0, before = 0; i < ni; i++, at++) {
      if (bits[at]! > before) count++
      before = bits[at]!
    }
  }
  if (count > most) throw new PredictionUnreadable(`The masks consist of ${count} runs of voxels, which looks like noise; at most ${most} are compared.`)
  const runs = { start: new Int32Array(count), stop: new Int32Array(count), row: new Int32Array(count) }
  for (let row = 0, at = 0, n = 0; row < rows; row++) {
    for (let i = 0; i < ni;) {
      if (bits[at + i] === 0) {
        i++
        continue
      }
      runs.start[n] = i
      while (i < ni && bits[at + i] === 1) i++
      runs.stop[n] = i
      runs.row[n++] = row
    }
    at += ni
  }
  return runs
}

/** Index of the first run of each row, and the number of runs at the end. */
export function firstOfRows ({ row }: Runs, rows: number): Int32Array {
  const first = new Int32Array(rows + 1)
  for (const of of row) first[of + 1]!++
  for (let n = 0; n < rows; n++) first[n + 1]! += first[n]!
  return first
}

/**
 * Call `touch` for every pair of runs, one from each row, that are near by `gap`: 0 finds runs that share a voxel, 1 also
 * runs that touch, even only at a corner.
 */
export function meet (a: Runs, rowA: [first: number, end: number], b: Runs, rowB: [first: number, end: number], gap: 0 | 1, touch: (a: number, b: number) => void): void {
  let [n, m] = [rowA[0], rowB[0]]
  while (n < rowA[1] && m < rowB[1]) {
    if (a.stop[n]! + gap <= b.start[m]!) n++
    else if (b.stop[m]! + gap <= a.start[n]!) m++
    else {
      touch(n, m)
      if (a.stop[n]! < b.stop[m]!) n++
      else m++
    }
  }
}
