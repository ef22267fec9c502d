import { firstOfRows, meet, runsOf } from './lesion-runs.js'
import type { Runs } from './lesion-runs.js'
import type { VoxelGrid } from './voxel-grid.js'

/**
 * Lesions of one mask, the largest first (ties in order of the first voxel): voxels that touch, even only at a corner.
 * `of[run]` is the lesion of each run. `centroids` has i, j, k of each lesion, in voxels of the grid.
 * Arrays of numbers, not objects: a mask of noise has millions.
 */
export interface Lesions { runs: Runs, of: Int32Array, count: number, voxels: Int32Array, centroids: Float64Array }

/** The 26-connected components of a mask, found by joining runs of voxels. */
export function lesionsOf (grid: VoxelGrid): Lesions {
  const [, nj, nk] = grid.shape
  const runs = runsOf(grid)
  const first = firstOfRows(runs, nj * nk)
  const parent = Int32Array.from({ length: runs.row.length }, (_, n) => n)
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const row = j + nj * k
      const here: [number, number] = [first[row]!, first[row + 1]!]
      if (here[0] === here[1]) continue
      // The neighbouring rows before this one: the adjacent row, and three in the slab below.
      for (const [dj, dk] of [[-1, 0], [-1, -1], [0, -1], [1, -1]] as const) {
        if (j + dj < 0 || j + dj >= nj || k + dk < 0) continue
        const other = row + dj + nj * dk
        meet(runs, here, runs, [first[other]!, first[other + 1]!], 1, (a, b) => join(parent, a, b))
      }
    }
  }
  return numbered(runs, parent, nj)
}

/** Shared voxels of each pair of lesions of two masks, by lesion of the first; pairs that share none are absent. */
export function sharedVoxels (a: Lesions, b: Lesions, rows: number): Map<number, number>[] {
  const shared = Array.from({ length: a.count }, () => new Map<number, number>())
  const [firstA, firstB] = [firstOfRows(a.runs, rows), firstOfRows(b.runs, rows)]
  for (let row = 0; row < rows; row++) {
    meet(a.runs, [firstA[row]!, firstA[row + 1]!], b.runs, [firstB[row]!, firstB[row + 1]!], 0, (n, m) => {
      const voxels = Math.min(a.runs.stop[n]!, b.runs.stop[m]!) - Math.max(a.runs.start[n]!, b.runs.start[m]!)
      const of = shared[a.of[n]!]!
      of.set(b.of[m]!, (of.get(b.of[m]!) ?? 0) + voxels)
    })
  }
  return shared
}

function rootOf (parent: Int32Array, run: number): number {
  while (parent[run] !== run) {
    parent[run] = parent[parent[run]!]!
    run = parent[run]!
  }
  return run
}

/** The earlier run remains the root, so that a lesion's root is its first run. */
function join (parent: Int32Array, a: number, b: number): void {
  const [rootA, rootB] = [rootOf(parent, a), rootOf(parent, b)]
  if (rootA < rootB) parent[rootB] = rootA
  else parent[rootA] = rootB
}

function numbered (runs: Runs, parent: Int32Array, nj: number): Lesions {
  const of = new Int32Array(parent.length)
  let count = 0
  // A lesion's root is its first run, so it is numbered before its other runs.
  for (let run = 0; run < parent.length; run++) {
    const root = rootOf(parent, run)
    of[run] = root === run ? count++ : of[root]!
  }
  const found = new Int32Array(count)
  for (let run = 0; run < parent.length; run++) found[of[run]!]! += runs.stop[run]! - runs.start[run]!
  const order = Int32Array.from({ length: count }, (_, n) => n).sort((a, b) => found[b]! - found[a]! || a - b)
  const place = new Int32Array(count)
  for (let n = 0; n < count; n++) place[order[n]!] = n
  const [voxels, centroids] = [new Int32Array(count), new Float64Array(3 * count)]
  for (let run = 0; run < parent.length; run++) {
    const lesion = of[run] = place[of[run]!]!
    const [start, stop, row] = [runs.start[run]!, runs.stop[run]!, runs.row[run]!]
    const length = stop - start
    voxels[lesion]! += length
    centroids[3 * lesion]! += length * (start + stop - 1) / 2
    centroids[3 * lesion + 1]! += length * (row % nj)
    centroids[3 * lesion + 2]! += length * Math.floor(row / nj)
  }
  for (let at = 0; at < centroids.length; at++) centroids[at]! /= voxels[Math.floor(at / 3)]!
  return { runs, of, count, voxels, centroids }
}
