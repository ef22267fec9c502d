import { DEFAULT_OPACITY } from '../image/overlay.js'
import type { Plane } from '../image/planes.js'
import { windowText } from '../image/window.js'
import type { Changes } from './search.js'
import type { View } from './view.js'

/**
 * The query by which the service draws what a pane shows: `v1/studies/{id}/image/slices/{index}.png`. It knows no
 * zoom, no mirroring and no inversion; all else is the same, to one grey level.
 */
export function pictureQuery ({ window, orientation, mask, opacity }: View, plane: Plane, hasMask: boolean): Changes {
  const overlay = hasMask && mask !== 'off' ? { outline: 'contour', fill: 'mask' }[mask] : undefined
  return {
    plane,
    window: windowText(window),
    aspect: 'physical',
    ...(orientation === 'native' && { orientation }),
    ...(overlay !== undefined && mask !== 'off' && { overlay, overlayOpacity: opacity ?? DEFAULT_OPACITY[mask] })
  }
}
