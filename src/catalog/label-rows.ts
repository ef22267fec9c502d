import { millilitres } from '../nifti/geometry.js'
import type { StudyRecord, VolumeRecord } from './study.js'

/** Red, green and blue, 0 to 255 each. */
export type LabelColor = readonly [number, number, number]

/** A label as the dataset names it; a region has several `values`, and `value` null. */
export interface NamedLabel { value: number | null, values?: readonly number[], name: string, color?: LabelColor, ignored?: true }

/** A label set as the dataset names it. */
export interface NamedLabelSet { name: string, labels: readonly NamedLabel[] }

/** One label of one study: its voxels and volume in mL, and the axial slices that hold it. */
export interface LabelRow {
  set: string
  value: number | null
  values?: readonly number[]
  name: string
  color: string
  voxels: number
  volumeMl: number
  slices: number[]
}

/** Default label colours; distinguishable with any kind of colour vision (Okabe and Ito, 2008). */
const PALETTE: readonly LabelColor[] = [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0], [204, 121, 167]]

export function colorOf ({ color, value }: NamedLabel, place: number): LabelColor {
  return color ?? PALETTE[((value ?? place + 1) - 1 + PALETTE.length * 1000) % PALETTE.length]!
}

/** Values of the first set that mark what nobody annotated: they are not of the mask. */
export function ignoredValues ([first]: readonly NamedLabelSet[]): number[] {
  return first?.labels.flatMap(({ ignored, value }) => ignored === true && value !== null ? [value] : []) ?? []
}

/** Whether the dataset has only masks of one label, which `mask` and `lesion` describe completely. */
export function isPlainMask (sets: readonly NamedLabelSet[]): boolean {
  return sets.every(({ name, labels }) => name === 'mask' && labels.every(({ value }) => value === 1))
}

/**
 * The slot of the file that holds a label of a study: one file for the set, or one for the label.
 *
 * @param first whether the set is the dataset's first, whose file is the study's mask
 * @returns undefined where the study has none
 */
export function slotOf ({ maskKey, labelKeys }: Pick<StudyRecord, 'maskKey' | 'labelKeys'>, set: string, first: boolean, label?: string): string | undefined {
  if (label !== undefined && labelKeys[`labels:${set}:${label}`] !== undefined) return `labels:${set}:${label}`
  if (labelKeys[`labels:${set}`] !== undefined) return `labels:${set}`
  return first && maskKey !== null && !Object.keys(labelKeys).some((slot) => slot.startsWith(`labels:${set}:`)) ? 'mask' : undefined
}

export function fileAt (study: StudyRecord, slot: string): VolumeRecord | undefined {
  if (slot === 'image' || slot === 'mask') return study[slot]
  return study.labels.find((labels) => labels.slot === slot)
}

/** Every label of a study: all that the dataset names, even without voxels, and other values in its files. */
export function labelRows (study: StudyRecord, sets: readonly NamedLabelSet[]): LabelRow[] {
  return sets.flatMap((set, n) => rowsOf(study, set, n === 0))
}

/** The labels of one set. @param first whether it is the dataset's first, whose file is the study's mask */
export function rowsOf (study: StudyRecord, set: NamedLabelSet, first: boolean): LabelRow[] {
  const whole = slotOf(study, set.name, first)
  const named = new Set(set.labels.flatMap(({ value, values }) => values ?? value ?? []))
  const file = whole === undefined ? undefined : fileAt(study, whole)
  const unnamed = Object.keys(file?.labelSlices ?? {}).map(Number).filter((value) => !named.has(value)).sort((a, b) => a - b)
  const labels: NamedLabel[] = [...set.labels, ...unnamed.map((value) => ({ value, name: String(value) }))]
  return labels.flatMap((label, place): LabelRow[] => {
    const slot = slotOf(study, set.name, first, label.name)
    const holder = slot === undefined ? undefined : fileAt(study, slot)
    if (holder?.labelSlices == null || holder.layout === null) return []
    // A file for a single label is binary: every non-zero voxel is the label.
    const values = slot === `labels:${set.name}:${label.name}` ? Object.keys(holder.labelSlices) : (label.values ?? [label.value!]).map(String)
    const bySlice = new Map<number, number>()
    for (const value of values) for (const [slice, voxels] of holder.labelSlices[value] ?? []) bySlice.set(slice, (bySlice.get(slice) ?? 0) + voxels)
    const voxels = [...bySlice.values()].reduce((sum, count) => sum + count, 0)
    return [{
      set: set.name,
      value: label.value,
      ...(label.values !== undefined && { values: label.values }),
      name: label.name,
      color: hex(colorOf(label, place)),
      voxels,
      volumeMl: millilitres(voxels, holder.layout),
      slices: [...bySlice.keys()].sort((a, b) => a - b)
    }]
  })
}

/** Voxels of each label on each axial slice: `{ set: { name: n } }` by slice. */
export function labelPixels (study: StudyRecord, sets: readonly NamedLabelSet[]): Map<number, Record<string, Record<string, number>>> {
  const found = new Map<number, Record<string, Record<string, number>>>()
  for (const [n, set] of sets.entries()) {
    for (const row of rowsOf(study, set, n === 0)) {
      const slot = slotOf(study, set.name, n === 0, row.name)!
      const { labelSlices } = fileAt(study, slot)!
      const values = slot === `labels:${set.name}:${row.name}` ? Object.keys(labelSlices!) : (row.values ?? [row.value!]).map(String)
      for (const value of values) {
        for (const [slice, voxels] of labelSlices![value] ?? []) {
          const ofSlice = found.get(slice) ?? {}
          const ofSet = ofSlice[set.name] ??= {}
          ofSet[row.name] = (ofSet[row.name] ?? 0) + voxels
          found.set(slice, ofSlice)
        }
      }
    }
  }
  return found
}

/** How one value of a set is drawn, and the name it has. */
export interface ValueLook { value: number, color: LabelColor, name: string }

/**
 * How the values of a set that a study has are drawn. A value that only regions contain looks like the last of them: nnU-Net lists regions
 * from the largest to the smallest.
 *
 * @param rows   the labels of the set
 * @param chosen the names to draw; all of a chosen region looks like the region
 */
export function looksOf (rows: readonly LabelRow[], chosen?: readonly string[]): ValueLook[] {
  const drawn = rows.filter(({ name, voxels }) => voxels > 0 && chosen?.includes(name) !== false)
  const isRegion = ({ value }: LabelRow) => value === null
  const looks = new Map<number, ValueLook>()
  for (const row of [...drawn.filter(isRegion), ...drawn.filter((one) => !isRegion(one))]) {
    const color = [1, 3, 5].map((at) => parseInt(row.color.slice(at, at + 2), 16)) as unknown as LabelColor
    for (const value of row.values ?? [row.value!]) looks.set(value, { value, color, name: row.name })
  }
  return [...looks.values()].sort((a, b) => a.value - b.value)
}

/** `#rrggbb` */
export function hex (color: LabelColor): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
