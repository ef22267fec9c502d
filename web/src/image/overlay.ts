import type { Extent } from './extent.js'

export type Rgb = readonly [red: number, green: number, blue: number]
export const OVERLAY_STYLES = ['off', 'outline', 'fill'] as const
export type OverlayStyle = typeof OVERLAY_STYLES[number]

/** Which colour each value of a label map is drawn in; values that are not in it, and 0, are not drawn. */
export type Palette = ReadonlyMap<number, Rgb>

/** The binary lesion mask, in the colour the service draws it. */
export const LESION_PALETTE: Palette = new Map([[1, [255, 64, 64]]])
/** Opacity where the link does not say: the service's defaults. */
export const DEFAULT_OPACITY = { outline: 1, fill: 0.4 } as const

/**
 * The outlines of a label map, one pixel wide: pixels with a neighbour (above, below, left, right) of another value.
 * Beyond the edge is outside, so every outline is closed. Other pixels are 0.
 */
export function outlined (labels: Uint8Array, { rows, columns }: Extent): Uint8Array {
  const out = new Uint8Array(labels.length)
  for (let r = 0, n = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, n++) {
      const value = labels[n]!
      if (value === 0) continue
      const inside = r > 0 && c > 0 && r < rows - 1 && c < columns - 1 &&
        labels[n - columns] === value && labels[n + columns] === value && labels[n - 1] === value && labels[n + 1] === value
      if (!inside) out[n] = value
    }
  }
  return out
}

/**
 * For each value of a label map the 256 colours that grey becomes under it: `grey * (1 - opacity) + colour * opacity`,
 * rounded to nearest, halves up. Pixels are 32 bits, 0xAABBGGRR, as a canvas has them on a little-endian machine.
 */
export function blendTables (palette: Palette, opacity: number): (Uint32Array | undefined)[] {
  const tables: (Uint32Array | undefined)[] = new Array<undefined>(256).fill(undefined)
  const blend = (grey: number, channel: number) => Math.round(grey * (1 - opacity) + channel * opacity)
  for (const [value, [red, green, blue]] of palette) {
    if (value === 0) continue
    tables[value] = Uint32Array.from({ length: 256 }, (_, grey) =>
      (0xff000000 | blend(grey, blue) << 16 | blend(grey, green) << 8 | blend(grey, red)) >>> 0)
  }
  return tables
}
