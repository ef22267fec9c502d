/** A display window in HU: `center` and `width`, both finite, width above 0. */
export interface Window { readonly center: number, readonly width: number }

/** The service's presets, in the order of the keys 1, 2, 3. */
export const PRESETS = [
  { name: 'lung', title: 'Lung', window: { center: -600, width: 1500 } },
  { name: 'mediastinal', title: 'Mediastinal', window: { center: 40, width: 400 } },
  { name: 'bone', title: 'Bone', window: { center: 400, width: 1800 } }
] as const

/** Read a preset's name or `center,width`; undefined for anything else. */
export function parseWindow (text: string): Window | undefined {
  const preset = PRESETS.find(({ name }) => name === text)
  if (preset !== undefined) return preset.window
  const parts = text.split(',').map((part) => part.trim() === '' ? NaN : Number(part))
  const [center, width] = parts
  return parts.length === 2 && isWindow(center!, width!) ? { center: center!, width: width! } : undefined
}

export function isWindow (center: number, width: number): boolean {
  return width > 0 && Number.isFinite(center - width / 2) && Number.isFinite(center + width / 2)
}

/** The one spelling of a window: a preset's name where it is one, else `center,width`. */
export function windowText ({ center, width }: Window): string {
  const preset = PRESETS.find(({ window }) => window.center === center && window.width === width)
  return preset?.name ?? `${center},${width}`
}

/**
 * Grey of a value in HU, not rounded: [center - width/2, center + width/2] becomes 0 to 255, clamped; NaN stays NaN.
 * The service's own mapping (docs: `window`), so the canvas shows what the `.png` of the slice shows.
 */
export function greyOf (hu: number, { center, width }: Window): number {
  const share = (hu - (center - width / 2)) / width
  return share < 0 ? 0 : share > 1 ? 255 : share * 255
}

/**
 * The window after a drag, as OHIF's window tool: right widens, down raises the center, one unit a pixel per 256 units
 * of width, at least one.
 *
 * @param dx, dy  pixels since the drag began
 * @param start   the window the drag began with
 */
export function draggedWindow (start: Window, dx: number, dy: number): Window {
  const step = Math.max(1, start.width / 512)
  return { center: Math.round(start.center + dy * step), width: Math.max(1, Math.round(start.width + dx * step)) }
}
