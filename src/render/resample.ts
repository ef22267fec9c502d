import type { TypedArray } from '../nifti/datatype.js'
import type { WireDtype } from './dtype.js'
import { allocate, castInto } from './number-types.js'
import type { Extent } from './size.js'

/** For each output pixel of one axis: which input pixels it is made of, and how much of each. */
interface AxisWeights { readonly first: Int32Array, readonly weights: readonly Float64Array[] }

/**
 * Resample a slice linearly, and cast it. Pixel centres of both grids span the same field: output pixel x lies at
 * (x + 0.5) * from/to - 0.5. Shrinking averages over a triangle as wide as the ratio (antialiased); growing
 * interpolates between neighbours; edges are not extrapolated. Columns first, then rows, summed in float64 in a fixed
 * order, so the same input gives the same bytes everywhere. NaN spreads to all that it has a part in.
 *
 * @param values rows * columns in float64, row-major; not modified
 * @returns      the new extent, cast once by the rules of `castInto`
 * @see Pillow's BILINEAR (src/libImaging/Resample.c) and torch's interpolate(mode='bilinear', antialias=True)
 */
export function resampleLinear (values: Float64Array, from: Extent, to: Extent, dtype: WireDtype): TypedArray {
  const narrowed = resampleColumns(values, from, to.columns)
  const { first, weights } = axisWeights(from.rows, to.rows)
  const out = allocate(dtype, to.rows * to.columns)
  const row = new Float64Array(to.columns)
  for (let r = 0; r < to.rows; r++) {
    row.fill(0)
    weights[r]!.forEach((weight, tap) => {
      const start = (first[r]! + tap) * to.columns
      for (let c = 0; c < row.length; c++) row[c] = row[c]! + weight * narrowed[start + c]!
    })
    castInto(out, r * to.columns, row, dtype)
  }
  return out
}

function resampleColumns (values: Float64Array, { rows, columns }: Extent, outColumns: number): Float64Array {
  if (outColumns === columns) return values
  const { first, weights } = axisWeights(columns, outColumns)
  const out = new Float64Array(rows * outColumns)
  for (let c = 0; c < outColumns; c++) {
    const taps = weights[c]!
    for (let r = 0; r < rows; r++) {
      const start = r * columns + first[c]!
      let sum = 0
      for (let tap = 0; tap < taps.length; tap++) sum += taps[tap]! * values[start + tap]!
      out[r * outColumns + c] = sum
    }
  }
  return out
}

function axisWeights (from: number, to: number): AxisWeights {
  const scale = from / to
  const support = Math.max(1, scale)
  const first = new Int32Array(to)
  const weights = Array.from({ length: to }, (_, x) => {
    const center = (x + 0.5) * scale - 0.5
    // Pixels at exactly the support's end weigh nothing, and must not bring their NaN along.
    const low = Math.max(0, Math.floor(center - support) + 1)
    const high = Math.min(from - 1, Math.ceil(center + support) - 1)
    first[x] = low
    const triangle = Float64Array.from({ length: high - low + 1 }, (_, tap) => 1 - Math.abs(low + tap - center) / support)
    const sum = triangle.reduce((total, weight) => total + weight, 0)
    return triangle.map((weight) => weight / sum)
  })
  return { first, weights }
}

/** Resample a mask by nearest neighbour: output pixel x is input pixel floor((x + 0.5) * from/to), on each axis. */
export function resampleNearest (mask: Uint8Array, from: Extent, to: Extent): Uint8Array {
  if (from.rows === to.rows && from.columns === to.columns) return mask
  const columns = Uint32Array.from({ length: to.columns }, (_, c) => nearest(c, from.columns, to.columns))
  const out = new Uint8Array(to.rows * to.columns)
  for (let r = 0; r < to.rows; r++) {
    const start = nearest(r, from.rows, to.rows) * from.columns
    for (let c = 0; c < to.columns; c++) out[r * to.columns + c] = mask[start + columns[c]!]!
  }
  return out
}

/** In whole numbers, (2x + 1) * from / (2 * to): no rounding moves a pixel that lies on an edge. */
function nearest (x: number, from: number, to: number): number {
  return Math.floor((2 * x + 1) * from / (2 * to))
}
