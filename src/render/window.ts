import { InvalidRequest } from '../errors.js'
import type { WireDtype } from './wire-dtype.js'

/** A display window: `center` and `width` in HU, both finite, width above 0. */
export interface Window { readonly center: number, readonly width: number }

/** The named windows, in HU: the usual ones for lungs, soft tissue and bone. */
export const WINDOW_PRESETS: Readonly<Record<'lung' | 'mediastinal' | 'bone', Window>> = Object.freeze({
  lung: { center: -600, width: 1500 },
  mediastinal: { center: 40, width: 400 },
  bone: { center: 400, width: 1800 }
})

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

/**
 * Read a window as a client writes it: a preset's name, or `center,width` in HU.
 *
 * @throws InvalidRequest naming `window` and its valid values
 */
export function parseWindow (text: string): Window {
  if (Object.hasOwn(WINDOW_PRESETS, text)) return WINDOW_PRESETS[text as keyof typeof WINDOW_PRESETS]
  const parts = text.split(',')
  const [center, width] = parts.map((part) => NUMBER.test(part) ? Number(part) : NaN)
  if (parts.length !== 2 || center === undefined || width === undefined || !isWindow(center, width)) {
    throw new InvalidRequest([{
      parameter: 'window',
      detail: `${JSON.stringify(text)} is not a window; it is one of ${Object.keys(WINDOW_PRESETS).join(', ')}, ` +
        'or center,width: two finite numbers in HU, the width above 0, such as -600,1500'
    }])
  }
  return { center, width }
}

function isWindow (center: number, width: number): boolean {
  return width > 0 && Number.isFinite(center - width / 2) && Number.isFinite(center + width / 2)
}

/** A window as text, `center,width`, in one fixed spelling: equal windows have equal text. */
export function windowText ({ center, width }: Window): string {
  return `${center},${width}`
}

/**
 * Map HU through a window, in place: [center - width/2, center + width/2] becomes 0-255 for `uint8` and [0, 1]
 * for floats, clamped, not rounded. NaN stays NaN, infinities clamp. Without a window the values stay HU.
 * (This is the HTTP contract's mapping; DICOM's LINEAR, PS3.3 C.11.2.1.2.1, shifts it by half a unit.)
 *
 * @param hu float64, any shape; overwritten and returned
 */
export function windowed (hu: Float64Array, dtype: WireDtype, window: Window | undefined): Float64Array {
  if (window === undefined) return hu
  const { center, width } = window
  const low = center - width / 2
  const full = dtype === 'uint8' ? 255 : 1
  for (let n = 0; n < hu.length; n++) {
    const share = (hu[n]! - low) / width
    hu[n] = share < 0 ? 0 : share > 1 ? full : share * full
  }
  return hu
}
