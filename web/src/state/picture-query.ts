import { DEFAULT_OPACITY } from '../image/overlay.js'
import type { Plane } from '../image/planes.js'
import { windowText } from '../image/window.js'
import type { Changes } from './search.js'
import type { View } from './view.js'

/**
 * The query by which the service draws what a pane shows: `v1/studies/{id}/image/slices/{index}.png`. It knows no
 * zoom, no mirroring and no inversion; all else is the same, to one grey level.
 */
export function pictureQuery ({ window, orientation, mask, opacity, hidden }: View, plane: Plane, hasMask: boolean, labels: { set: string, names: readonly string[] } | undefined = undefined): Changes {
  const overlay = hasMask && mask !== 'off' ? { outline: 'contour', fill: labels === undefined ? 'mask' : 'labels' }[mask] : undefined
  const shown = labels?.names.filter((name) => !hidden.includes(name)) ?? []
  return {
    plane,
    window: windowText(window),
    aspect: 'physical',
    ...(orientation === 'native' && { orientation }),
    ...(overlay !== undefined && mask !== 'off' && { overlay, overlayOpacity: opacity ?? DEFAULT_OPACITY[mask], ...(labels !== undefined && { set: labels.set, label: shown.length < labels.names.length ? shown.join() : null }) })
  }
}
