import type { Extent } from './size.js'

/** `labels`: each label of a set in its own colour */
export type OverlayKind = 'none' | 'mask' | 'contour' | 'labels'
export type Rgb = readonly [red: number, green: number, blue: number]

/** Default look of an overlay: a filled lesion is translucent, its contour solid. */
export const OVERLAY_COLOR: Rgb = [255, 64, 64]
export const OVERLAY_OPACITY: Readonly<Record<'mask' | 'contour' | 'labels', number>> = Object.freeze({ mask: 0.4, contour: 1, labels: 0.4 })

/** A colour from three pairs of hex digits, `RRGGBB`. */
export function parseColor (text: string): Rgb {
  const channel = (at: number) => Number.parseInt(text.slice(at, at + 2), 16)
  return [channel(0), channel(2), channel(4)]
}

/**
 * Lay a mask over a grey picture, as RGB. Pixels outside the mask stay grey (r = g = b); inside it, each channel is
 * `grey * (1 - opacity) + colour * opacity`, rounded to nearest, halves up.
 *
 * @param grey    rows * columns, 0-255; not modified
 * @param mask    rows * columns, 0 and 1, of the picture's own size
 * @param opacity 0 (the mask is invisible) to 1 (the colour alone)
 * @returns       rows * columns * 3
 */
export function overlaid (grey: Uint8Array, mask: Uint8Array, color: Rgb, opacity: number): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3)
  for (let n = 0, to = 0; n < grey.length; n++, to += 3) {
    const level = grey[n]!
    const inside = mask[n] !== 0
    rgb[to] = inside ? blend(level, color[0], opacity) : level
    rgb[to + 1] = inside ? blend(level, color[1], opacity) : level
    rgb[to + 2] = inside ? blend(level, color[2], opacity) : level
  }
  return rgb
}

function blend (level: number, color: number, opacity: number): number {
  return Math.round(level * (1 - opacity) + color * opacity)
}

/**
 * The outline of a mask, one pixel wide: its pixels that have a neighbour (above, below, left, right) outside it.
 * Pixels beyond the picture's edge count as outside, so every outline is closed.
 */
export function contourOf (mask: Uint8Array, { rows, columns }: Extent): Uint8Array {
  const outline = new Uint8Array(mask.length)
  for (let r = 0, n = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, n++) {
      if (mask[n] === 0) continue
      const inside = r > 0 && c > 0 && r < rows - 1 && c < columns - 1 &&
        mask[n - columns] !== 0 && mask[n + columns] !== 0 && mask[n - 1] !== 0 && mask[n + 1] !== 0
      outline[n] = inside ? 0 : 1
    }
  }
  return outline
}

/** How one value of a label set is drawn, and the name of its label. */
export interface LabelLook { readonly value: number, readonly color: Rgb, readonly name: string }

/**
 * Lay a label map over a grey picture, as RGB: each value in its colour, blended as `overlaid` does. Values without a look
 * stay grey.
 *
 * @param values rows * columns, whole numbers, of the picture's own size
 */
export function overlaidLabels (grey: Uint8Array, values: ArrayLike<number>, looks: readonly LabelLook[], opacity: number): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3)
  const colors = new Map(looks.map(({ value, color }) => [value, color]))
  for (let n = 0, to = 0; n < grey.length; n++, to += 3) {
    const level = grey[n]!
    const color = values[n] === 0 ? undefined : colors.get(values[n]!)
    for (let channel = 0; channel < 3; channel++) rgb[to + channel] = color === undefined ? level : blend(level, color[channel]!, opacity)
  }
  return rgb
}
