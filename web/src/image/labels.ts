import type { Palette, Rgb } from './overlay.js'

/** A label of a study, as the API says it (`GET /v1/studies/{id}/labels`), as far as it is drawn. */
export interface LabelRow { readonly set: string, readonly value: number | null, readonly values?: readonly number[], readonly name: string, readonly color: string, readonly slices: readonly number[], readonly voxels: number }

/** The labels of one set that the study has voxels of. */
export function labelsOf (rows: readonly LabelRow[], set: string): LabelRow[] {
  return rows.filter((row) => row.set === set && row.voxels > 0)
}

/** The sets that the study has labels of, in the dataset's order. */
export function setsOf (rows: readonly LabelRow[]): string[] {
  return [...new Set(rows.map(({ set }) => set))]
}

/**
 * The colour of each value, as the service's `overlay=labels` draws it: a value that only regions contain looks like the
 * last of them.
 *
 * @param hidden names that are not drawn
 */
export function paletteOf (labels: readonly LabelRow[], hidden: readonly string[]): Palette {
  const shown = labels.filter(({ name }) => !hidden.includes(name))
  const palette = new Map<number, Rgb>()
  for (const { value, values, color } of [...shown.filter((one) => one.value === null), ...shown.filter((one) => one.value !== null)]) {
    for (const each of values ?? [value!]) palette.set(each, rgbOf(color))
  }
  return palette
}

/** The name of a value; undefined for one that no label has. */
export function nameOf (labels: readonly LabelRow[], value: number): string | undefined {
  return (labels.find((label) => label.value === value) ?? labels.findLast(({ values }) => values?.includes(value) === true))?.name
}

/** The slices that have any label that is drawn, ascending. */
export function slicesWith (labels: readonly LabelRow[], hidden: readonly string[]): number[] {
  return [...new Set(labels.filter(({ name }) => !hidden.includes(name)).flatMap(({ slices }) => slices))].sort((a, b) => a - b)
}

function rgbOf (color: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as unknown as Rgb
}
