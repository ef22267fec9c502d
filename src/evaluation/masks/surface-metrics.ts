import type { SurfaceDistances } from './surface-distances.js'

/** How far one mask's surface is from the other's: areas in mm², distances in mm, weighted by area. */
export interface DirectedDistance {
  area: number
  /** of the part within the tolerance */
  areaWithin: number
  mean: number
  percentile95: number
}

export function directedDistance (of: SurfaceDistances, toleranceMm: number): DirectedDistance {
  const { distances, codes, areas } = of
  const found = { area: 0, areaWithin: 0, mean: 0 }
  for (let n = 0; n < distances.length; n++) {
    const area = areas[codes[n]!]!
    found.area += area
    if (distances[n]! <= toleranceMm) found.areaWithin += area
    found.mean += distances[n]! * area
  }
  return { ...found, mean: found.mean / found.area, percentile95: areaPercentile(of, 0.95 * found.area) }
}

/** Normalised surface Dice: the share of both surfaces together that is within the tolerance of the other surface. */
export function surfaceDice (a: DirectedDistance, b: DirectedDistance): number {
  return (a.areaWithin + b.areaWithin) / (a.area + b.area)
}

/** The larger of the two directed 95th percentiles. */
export function hausdorff95 (a: DirectedDistance, b: DirectedDistance): number {
  return Math.max(a.percentile95, b.percentile95)
}

/** The mean of the two directed mean distances. */
export function averageDistance (a: DirectedDistance, b: DirectedDistance): number {
  return (a.mean + b.mean) / 2
}

const BINS = 4096

/** Tolerance for reaching an area, relative to it: the last digits of a sum of many areas depend on the order of addition. */
const ROUNDING = 1e-12

/**
 * The least distance within which `area` of the surface lies. Surfels are counted in bins of distance, then those of the bin
 * in which the area is reached in finer ones, until that bin has one distance only: nothing is sorted, in whatever way
 * the distances are spread.
 */
function areaPercentile ({ distances, codes, areas }: SurfaceDistances, area: number): number {
  const wanted = area * (1 - ROUNDING)
  let [low, high, before] = [0, 0, 0]
  for (let n = 0; n < distances.length; n++) high = Math.max(high, distances[n]!)
  while (low < high) {
    const [least, width] = [low, high - low]
    const binOf = (mm: number) => mm < low || mm > high ? -1 : Math.min(BINS - 1, Math.floor((mm - least) / width * BINS))
    const inBin = new Float64Array(BINS)
    for (let n = 0; n < distances.length; n++) {
      const bin = binOf(distances[n]!)
      if (bin >= 0) inBin[bin]! += areas[codes[n]!]!
    }
    let reached = 0
    while (reached < BINS - 1 && before + inBin[reached]! < wanted) before += inBin[reached++]!
    let [nearest, farthest] = [Infinity, -Infinity]
    for (let n = 0; n < distances.length; n++) {
      if (binOf(distances[n]!) !== reached) continue
      nearest = Math.min(nearest, distances[n]!)
      farthest = Math.max(farthest, distances[n]!)
    }
    ;[low, high] = [nearest, farthest]
  }
  return high
}
