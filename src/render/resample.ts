import type { TypedArray } from '../nifti/datatype.js'
import type { WireDtype } from './wire-dtype.js'
import { allocate, castInto } from './number-types.js'
import type { Extent } from './size.js'

/**
 * How the output pixels of one axis are computed: output pixel x is the sum of input pixels first[x], first[x] + 1, …
 * times weights[taps[x]] … weights[taps[x + 1] - 1].
 */
interface AxisWeights { readonly first: Int32Array, readonly taps: Int32Array, readonly weights: Float64Array }

/**
 * Resample a slice linearly, and cast it. Both grids cover the same field: output pixel x lies at input position
 * (x + 0.5) * from/to - 0.5. Shrinking averages over a triangle as wide as the ratio (antialiased); growing
 * interpolates between neighbours; edges are not extrapolated. Columns come first, then rows, summed in float64 in a fixed
 * order, so the same input gives the same bytes everywhere. A NaN makes every output pixel it contributes to NaN.
 *
 * @param values rows * columns in float64, row-major; not modified
 * @returns      the new extent, cast once by the rules of `castInto`
 * @see Pillow's BILINEAR (src/libImaging/Resample.c) and torch's interpolate(mode='bilinear', antialias=True)
 */
export function resampleLinear (values: Float64Array, from: Extent, to: Extent, dtype: WireDtype): TypedArray {
  const narrowed = resampleColumns(values, from, to.columns)
  const { first, taps, weights } = axisWeights(from.rows, to.rows)
  const out = allocate(dtype, to.rows * to.columns)
  const row = new Float64Array(to.columns)
  for (let r = 0; r < to.rows; r++) {
    row.fill(0)
    const shift = first[r]! - taps[r]!
    for (let tap = taps[r]!; tap < taps[r + 1]!; tap++) addWeighted(row, narrowed, (tap + shift) * to.columns, weights[tap]!)
    castInto(out, r * to.columns, row, dtype)
  }
  return out
}

function addWeighted (sums: Float64Array, values: Float64Array, start: number, weight: number): void {
  for (let c = 0; c < sums.length; c++) sums[c] = sums[c]! + weight * values[start + c]!
}

function resampleColumns (values: Float64Array, { rows, columns }: Extent, outColumns: number): Float64Array {
  if (outColumns === columns) return values
  const { first, taps, weights } = axisWeights(columns, outColumns)
  const out = new Float64Array(rows * outColumns)
  for (let r = 0, n = 0; r < rows; r++) {
    for (let c = 0; c < outColumns; c++, n++) {
      const shift = r * columns + first[c]! - taps[c]!
      const end = taps[c + 1]!
      let sum = 0
      for (let tap = taps[c]!; tap < end; tap++) sum += weights[tap]! * values[tap + shift]!
      out[n] = sum
    }
  }
  return out
}

function axisWeights (from: number, to: number): AxisWeights {
  const scale = from / to
  const support = Math.max(1, scale)
  const first = new Int32Array(to)
  const taps = new Int32Array(to + 1)
  const weights = new Float64Array(to * (2 * Math.ceil(support) + 1))
  for (let x = 0; x < to; x++) {
    const center = (x + 0.5) * scale - 0.5
    // Pixels exactly at the end of the support have weight 0. They are left out, or their NaN would spread.
    const low = Math.max(0, Math.floor(center - support) + 1)
    const high = Math.min(from - 1, Math.ceil(center + support) - 1)
    const triangle = Float64Array.from({ length: high - low + 1 }, (_, tap) => 1 - Math.abs(low + tap - center) / support)
    const sum = triangle.reduce((total, weight) => total + weight, 0)
    first[x] = low
    taps[x + 1] = taps[x]! + triangle.length
    weights.set(triangle.map((weight) => weight / sum), taps[x])
  }
  return { first, taps, weights }
}

/** Resample a mask by nearest neighbour: output pixel x is input pixel floor((x + 0.5) * from/to), on each axis. */
export function resampleNearest<Values extends TypedArray> (mask: Values, from: Extent, to: Extent): Values {
  if (from.rows === to.rows && from.columns === to.columns) return mask
  const columns = Uint32Array.from({ length: to.columns }, (_, c) => nearest(c, from.columns, to.columns))
  const out = new (mask.constructor as new (length: number) => Values)(to.rows * to.columns)
  for (let r = 0; r < to.rows; r++) {
    const start = nearest(r, from.rows, to.rows) * from.columns
    for (let c = 0; c < to.columns; c++) out[r * to.columns + c] = mask[start + columns[c]!]!
  }
  return out
}

/** Computed in whole numbers as (2x + 1) * from / (2 * to), so rounding cannot move a pixel that lies on an edge. */
function nearest (x: number, from: number, to: number): number {
  return Math.floor((2 * x + 1) * from / (2 * to))
}
