import type { Extent } from './extent.js'

/** How a picture lies on its stage: `zoom` 1 fits it; `panX`, `panY` are shares of the stage's size, so a link looks alike on every screen. */
export interface Framing { readonly zoom: number, readonly panX: number, readonly panY: number }
export const FIT: Framing = { zoom: 1, panX: 0, panY: 0 }

export interface Size { readonly width: number, readonly height: number }
/** Where a picture's top left corner is on the stage, and CSS pixels per picture pixel. */
export interface Placement { readonly left: number, readonly top: number, readonly scale: number }

const LEAST_ZOOM = 0.25
const MOST_ZOOM = 32

export function placement (picture: Extent, stage: Size, { zoom, panX, panY }: Framing): Placement {
  const fit = Math.min(stage.width / picture.columns, stage.height / picture.rows) || 1
  const scale = fit * zoom
  return {
    scale,
    left: (stage.width - picture.columns * scale) / 2 + panX * stage.width,
    top: (stage.height - picture.rows * scale) / 2 + panY * stage.height
  }
}

/** The framing after a zoom about a point of the stage, which stays where it is. */
export function zoomedAbout (framing: Framing, factor: number, at: { x: number, y: number }, stage: Size): Framing {
  const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, framing.zoom * factor))
  const by = zoom / framing.zoom
  const moved = (pan: number, place: number, size: number) => {
    const fromCenter = place / size - 0.5
    return fromCenter - (fromCenter - pan) * by
  }
  return { zoom, panX: moved(framing.panX, at.x, stage.width), panY: moved(framing.panY, at.y, stage.height) }
}

export function panned (framing: Framing, dx: number, dy: number, stage: Size): Framing {
  return { ...framing, panX: framing.panX + dx / stage.width, panY: framing.panY + dy / stage.height }
}
