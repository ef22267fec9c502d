import type { Extent } from './extent.js'

/** Output pixel x is the sum of input pixels first[x], first[x] + 1, … times weights[taps[x]] … weights[taps[x + 1] - 1]. */
export interface AxisWeights { readonly first: Int32Array, readonly taps: Int32Array, readonly weights: Float32Array }

/**
 * The weights of linear resampling along one axis, as the service's: output x lies at (x + 0.5) * from/to - 0.5,
 * shrinking averages over a triangle as wide as the ratio, edges are not extrapolated.
 */
export function axisWeights (from: number, to: number): AxisWeights {
  const scale = from / to
  const support = Math.max(1, scale)
  const first = new Int32Array(to)
  const taps = new Int32Array(to + 1)
  const weights: number[] = []
  for (let x = 0; x < to; x++) {
    const center = (x + 0.5) * scale - 0.5
    const low = Math.max(0, Math.floor(center - support) + 1)
    const high = Math.min(from - 1, Math.ceil(center + support) - 1)
    const triangle = Array.from({ length: high - low + 1 }, (_, tap) => 1 - Math.abs(low + tap - center) / support)
    const sum = triangle.reduce((total, weight) => total + weight, 0)
    first[x] = low
    taps[x + 1] = taps[x]! + triangle.length
    weights.push(...triangle.map((weight) => weight / sum))
  }
  return { first, taps, weights: Float32Array.from(weights) }
}

/**
 * Resample grey values linearly, and round them once (ties to even).
 *
 * @param grey rows * columns, 0 to 255, not rounded
 * @param out  to.rows * to.columns, written
 */
export function resampleGrey (grey: Float32Array, from: Extent, to: Extent, out: Uint8ClampedArray): void {
  const wide = from.columns === to.columns ? grey : resampledColumns(grey, from, axisWeights(from.columns, to.columns))
  if (from.rows === to.rows) {
    out.set(wide)
    return
  }
  const { first, taps, weights } = axisWeights(from.rows, to.rows)
  const { columns } = to
  const row = new Float32Array(columns)
  for (let r = 0; r < to.rows; r++) {
    row.fill(0)
    for (let tap = taps[r]!; tap < taps[r + 1]!; tap++) {
      const start = (first[r]! + tap - taps[r]!) * columns
      const weight = weights[tap]!
      for (let c = 0; c < columns; c++) row[c] = row[c]! + weight * wide[start + c]!
    }
    // Uint8ClampedArray rounds to nearest, ties to even, and makes NaN 0: the service's cast.
    out.set(row, r * columns)
  }
}

function resampledColumns (grey: Float32Array, { rows, columns }: Extent, { first, taps, weights }: AxisWeights): Float32Array {
  const to = first.length
  const out = new Float32Array(rows * to)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < to; c++) {
      let sum = 0
      for (let tap = taps[c]!; tap < taps[c + 1]!; tap++) sum += weights[tap]! * grey[r * columns + first[c]! + tap - taps[c]!]!
      out[r * to + c] = sum
    }
  }
  return out
}

/** Resample labels by nearest neighbour: output pixel x is input pixel floor((x + 0.5) * from/to). `labels` itself where nothing changes. */
export function resampleLabels (labels: Uint8Array, from: Extent, to: Extent): Uint8Array {
  if (from.rows === to.rows && from.columns === to.columns) return labels
  const nearest = (x: number, size: number, outSize: number) => Math.floor((2 * x + 1) * size / (2 * outSize))
  const columns = Uint32Array.from({ length: to.columns }, (_, c) => nearest(c, from.columns, to.columns))
  const out = new Uint8Array(to.rows * to.columns)
  for (let r = 0; r < to.rows; r++) {
    const start = nearest(r, from.rows, to.rows) * from.columns
    for (let c = 0; c < to.columns; c++) out[r * to.columns + c] = labels[start + columns[c]!]!
  }
  return out
}
