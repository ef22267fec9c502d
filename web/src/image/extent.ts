/** Pixels: `rows` down, `columns` across. */
export interface Extent { readonly rows: number, readonly columns: number }

/** The longest side of a picture of the service. */
const MAX_SIDE = 4096

/**
 * The extent of a slice's picture with `aspect=physical`: the coarser axis is stretched until pixels are square in mm,
 * rounded to nearest (halves up); where that passes 4096 pixels both sides shrink. As the service's `.png`.
 */
export function physicalExtent ({ rows, columns, pixelMm }: Extent & { pixelMm: { row: number, column: number } }): Extent {
  const ratio = pixelMm.row / pixelMm.column
  if (!(ratio > 0 && ratio < Infinity) || ratio === 1) return { rows, columns }
  const square = ratio > 1 ? { rows: rows * ratio, columns } : { rows, columns: columns / ratio }
  const rounded = { rows: Math.max(1, Math.round(square.rows)), columns: Math.max(1, Math.round(square.columns)) }
  if (Math.max(rounded.rows, rounded.columns) <= MAX_SIDE) return rounded
  const shrink = MAX_SIDE / Math.max(square.rows, square.columns)
  return { rows: Math.max(1, Math.round(square.rows * shrink)), columns: Math.max(1, Math.round(square.columns * shrink)) }
}

/** A place on a picture, in its pixel centres, as a place on the grid it was resampled from: both grids span one field. */
export function resampledPlace (place: number, from: number, to: number): number {
  return (place + 0.5) * to / from - 0.5
}
