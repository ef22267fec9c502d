import { effect, signal } from '@preact/signals'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = typeof THEMES[number]

const KEY = 'niiserve.theme'

/** How the pages look; `auto` follows the system. A person's own, so it is kept in the browser and not in the URL. */
export const theme = signal<Theme>(kept())

effect(() => {
  document.documentElement.dataset['theme'] = theme.value
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {} // a browser that keeps nothing shows `auto` next time
})

function kept (): Theme {
  try {
    return THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'auto'
  } catch {
    return 'auto'
  }
}
