import type { SurfaceDistances } from './surface-distances.js'

/** Normalised surface Dice: the share of both surfaces together that is within `toleranceMm` of the other surface. */
export function surfaceDice (a: SurfaceDistances, b: SurfaceDistances, toleranceMm: number): number {
  return (areaWithin(a, toleranceMm) + areaWithin(b, toleranceMm)) / (areaOf(a) + areaOf(b))
}

/** The larger of the two directed 95th percentiles of distance, by area. */
export function hausdorff95 (a: SurfaceDistances, b: SurfaceDistances): number {
  return Math.max(areaPercentile(a, 0.95), areaPercentile(b, 0.95))
}

/** The mean of the two directed mean distances, by area. */
export function averageDistance (a: SurfaceDistances, b: SurfaceDistances): number {
  return (meanDistance(a) + meanDistance(b)) / 2
}

const areaOf = ({ areas }: SurfaceDistances) => areas.reduce((sum, area) => sum + area, 0)

function areaWithin ({ distances, areas }: SurfaceDistances, mm: number): number {
  let sum = 0
  for (let n = 0; n < distances.length; n++) if (distances[n]! <= mm) sum += areas[n]!
  return sum
}

function meanDistance (of: SurfaceDistances): number {
  return of.distances.reduce((sum, mm, n) => sum + mm * of.areas[n]!, 0) / areaOf(of)
}

const BINS = 4096

/** Tolerance for reaching a share: the last digits of a sum of many areas depend on the order of addition. */
const ROUNDING = 1e-12

/**
 * The least distance within which `share` of the surface lies. Surfels are first counted in bins of distance, so that only
 * the bin in which the share is reached must be sorted.
 */
function areaPercentile (of: SurfaceDistances, share: number): number {
  const { distances, areas } = of
  const wanted = areaOf(of) * (share - ROUNDING)
  const farthest = distances.reduce((most, mm) => Math.max(most, mm), 0)
  const binOf = (mm: number) => farthest === 0 ? 0 : Math.min(BINS - 1, Math.floor(mm / farthest * BINS))
  const inBin = new Float64Array(BINS)
  for (let n = 0; n < distances.length; n++) inBin[binOf(distances[n]!)]! += areas[n]!
  let bin = 0
  let sum = 0
  while (bin < BINS - 1 && sum + inBin[bin]! < wanted) sum += inBin[bin++]!
  const members: number[] = []
  for (let n = 0; n < distances.length; n++) if (binOf(distances[n]!) === bin) members.push(n)
  members.sort((a, b) => distances[a]! - distances[b]! || areas[a]! - areas[b]!)
  for (const n of members) {
    sum += areas[n]!
    if (sum >= wanted) return distances[n]!
  }
  return members.length > 0 ? distances[members.at(-1)!]! : farthest
}
