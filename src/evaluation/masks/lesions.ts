import { firstOfRows, meet, runsOf } from './lesion-runs.js'
import type { Runs } from './lesion-runs.js'
import type { VoxelGrid } from './voxel-grid.js'

/** A lesion: voxels that touch, even only at a corner. `centroid` is in voxels of the grid. */
export interface Lesion { voxels: number, centroid: [i: number, j: number, k: number] }

/** Lesions of one mask, the largest first (ties in order of the first voxel); `of[run]` is the lesion of each run. */
export interface Lesions { runs: Runs, of: Int32Array, lesions: Lesion[] }

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
  const shared = a.lesions.map(() => new Map<number, number>())
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
  const found: (Lesion & { root: number })[] = []
  const of = new Int32Array(parent.length)
  for (let run = 0; run < parent.length; run++) {
    const root = rootOf(parent, run)
    if (root === run) {
      of[run] = found.length
      found.push({ root, voxels: 0, centroid: [0, 0, 0] })
    } else {
      of[run] = of[root]!
    }
    const lesion = found[of[run]!]!
    const [start, stop, row] = [runs.start[run]!, runs.stop[run]!, runs.row[run]!]
    const count = stop - start
    lesion.voxels += count
    lesion.centroid[0] += count * (start + stop - 1) / 2
    lesion.centroid[1] += count * (row % nj)
    lesion.centroid[2] += count * Math.floor(row / nj)
  }
  const order = found.map((_, n) => n).sort((a, b) => found[b]!.voxels - found[a]!.voxels || a - b)
  const place = new Int32Array(found.length)
  for (const [n, old] of order.entries()) place[old] = n
  const lesions = order.map((n) => {
    const { voxels, centroid: [i, j, k] } = found[n]!
    return { voxels, centroid: [i / voxels, j / voxels, k / voxels] as [number, number, number] }
  })
  return { runs, of: of.map((old) => place[old]!), lesions }
}
