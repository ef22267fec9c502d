import type { Voxels } from '../image/grey-tables.js'

/** Fetches an answer below the service's root; throws what the API client throws (an AbortError when the signal ends it). */
export type Get = (to: string, query?: Record<string, string | number>, init?: RequestInit) => Promise<Response>

const NARROW = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array } as const
const WIDE = { int32: Int32Array, uint32: Uint32Array, float64: Float64Array, int64: BigInt64Array, uint64: BigUint64Array } as const

type NarrowName = keyof typeof NARROW

/** The type a volume is asked for and kept in: its own where that is a narrow integer, else float32. */
export function keptDtype (stored: string | null, scales: boolean): NarrowName {
  return !scales && stored !== null && stored in NARROW ? stored as NarrowName : 'float32'
}

export function allocate (dtype: NarrowName, length: number): Voxels {
  return new NARROW[dtype](length)
}

/** The values of an array answer, as narrow integers or float32, by its `Array-Dtype`. Answers are little-endian, as browsers are. */
export async function readValues (response: Response): Promise<{ values: Voxels, shape: number[] }> {
  const dtype = response.headers.get('array-dtype') ?? ''
  const shape = (response.headers.get('array-shape') ?? '').split(',').map(Number)
  const bytes = await response.arrayBuffer()
  if (dtype in NARROW) return { shape, values: new NARROW[dtype as NarrowName](bytes) }
  const wide = new WIDE[dtype as keyof typeof WIDE](bytes)
  return { shape, values: Float32Array.from(wide as ArrayLike<number | bigint>, Number) }
}
