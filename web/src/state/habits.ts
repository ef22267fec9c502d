import { isWindow } from '../image/window.js'
import { MOUSE_PROFILES, type MouseProfile } from '../input/pointers.js'
import { OVERLAY_STYLES } from '../image/overlay.js'
import { DEFAULT_HABITS, type Habits } from './view.js'

const KEY = 'niiserve.viewer'

/** What a person keeps in the browser: how pictures look, and what the mouse does. */
export type Kept = Habits & { readonly mouse: MouseProfile }

export function keptHabits (): Kept {
  const kept = read()
  const { center, width } = kept.window ?? {}
  return {
    window: typeof center === 'number' && typeof width === 'number' && isWindow(center, width) ? { center, width } : DEFAULT_HABITS.window,
    mask: OVERLAY_STYLES.find((style) => style === kept.mask) ?? DEFAULT_HABITS.mask,
    opacity: typeof kept.opacity === 'number' ? kept.opacity : undefined,
    mouse: kept.mouse !== undefined && Object.hasOwn(MOUSE_PROFILES, kept.mouse) ? kept.mouse : 'window'
  }
}

export function keepHabits (changes: Partial<Kept>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...read(), ...changes }))
  } catch {} // a browser that keeps nothing begins anew with each page
}

function read (): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>
  } catch {
    return {}
  }
}
