import { greyOf, type Window } from './window.js'

/** Values as the service sends them: HU, of the stored type where that is a narrow integer, else float32. */
export type Voxels = Int8Array | Uint8Array | Int16Array | Uint16Array | Float32Array

/** What every value of a narrow type looks like: entry `value + offset`. */
export interface GreyTable {
  readonly offset: number
  /** grey, not rounded: what resampling adds up */
  readonly grey: Float32Array
  /** as a pixel, 0xAABBGGRR */
  readonly pixels: Uint32Array
}

const TYPES = [
  { Type: Int8Array, offset: 128, count: 256 },
  { Type: Uint8Array, offset: 0, count: 256 },
  { Type: Int16Array, offset: 32768, count: 65536 },
  { Type: Uint16Array, offset: 0, count: 65536 }
] as const

/** The pixel of each of 256 greys, 0xAABBGGRR; [1]: black is white. */
export const GREY_PIXELS = [0, 1].map((inverted) => Uint32Array.from({ length: 256 }, (_, grey) => {
  const level = inverted === 1 ? 255 - grey : grey
  return (0xff000000 | level << 16 | level << 8 | level) >>> 0
})) as [Uint32Array, Uint32Array]

/** Tables kept: a window drag over four views makes one a frame, and all views share it. */
const KEPT = 8
const kept = new Map<string, GreyTable>()

/** The table of a narrow integer type through a window; undefined for float32, whose values cannot be listed. */
export function greyTable (values: Voxels, window: Window, inverted: boolean): GreyTable | undefined {
  const type = TYPES.find(({ Type }) => values instanceof Type)
  if (type === undefined) return undefined
  const key = `${type.offset} ${type.count} ${window.center} ${window.width} ${Number(inverted)}`
  const table = kept.get(key) ?? filledTable(type.count, type.offset, window, inverted)
  kept.delete(key)
  kept.set(key, table)
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!)
  return table
}

/** Only values inside the window are worked out; the rest are black and white. */
function filledTable (count: number, offset: number, window: Window, inverted: boolean): GreyTable {
  const pixelOf = GREY_PIXELS[Number(inverted) as 0 | 1]
  const entry = (hu: number) => Math.min(count, Math.max(0, Math.floor(hu) + offset))
  const [start, stop] = [entry(window.center - window.width / 2), entry(window.center + window.width / 2 + 1)]
  const grey = new Float32Array(count).fill(255, stop)
  const pixels = new Uint32Array(count).fill(pixelOf[0]!, 0, start).fill(pixelOf[255]!, stop)
  const rounded = new Uint8ClampedArray(1)
  for (let n = start; n < stop; n++) {
    grey[n] = greyOf(n - offset, window)
    // Rounds to nearest, ties to even, as the service does.
    rounded[0] = grey[n]!
    pixels[n] = pixelOf[rounded[0]!]!
  }
  return { offset, grey, pixels }
}
