import type { NiftiHeader } from '../nifti/header.js'
import { storedForms } from '../nifti/forms.js'
import { geometryOf } from '../nifti/geometry.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import type { MaskValues } from '../nifti/mask-statistics.js'
import { isSameShape } from '../nifti/volume.js'
import type { VolumeLayout } from '../nifti/volume.js'
import type { NamedLabelSet } from './label-rows.js'

/** In mm: affines are compared entry by entry, and equal within this. */
export const AFFINE_TOLERANCE_MM = 1e-3

/** Columns of a sound affine are at right angles to within this cosine: 0.06 degrees. */
const SQUARE_TOLERANCE = 1e-3

/** In HU: every CT of a body holds air, or at least fat, below this. */
const SURELY_ABOVE_AIR_HU = -500

/** The most names or values that a sentence lists. */
const MOST_NAMED = 8

export const QUALITY_KINDS = [
  'forms-differ', 'affine-identity', 'affine-sheared', 'shape-mismatch', 'affine-mismatch', 'not-hu', 'label-unknown', 'label-fraction', 'mask-empty', 'voxels-equal', 'text-identifying', 'id-clash'
] as const
export type QualityKind = typeof QUALITY_KINDS[number]

/** `error`: it cannot be used as it is meant; `warning`: look at it; `info`: usual, and good to know. */
export const SEVERITIES = ['error', 'warning', 'info'] as const
export type Severity = typeof SEVERITIES[number]

/** Something odd about a study. `shows` says which picture shows it: the image alone, or with an annotation laid over; null: none. */
export interface QualityItem { kind: QualityKind, severity: Severity, detail: string, shows: 'image' | { set: string | null } | null }

/** A file of a study, as far as its quality depends on it. */
export interface CheckedFile {
  key: string
  header: NiftiHeader | null
  /** of the file's own header; null where it cannot be served */
  layout: VolumeLayout | null
  intensity: { min: number | null, max: number | null } | null
  lesion: { voxels: number } | null
  values: MaskValues | null
  texts: readonly TextFinding[] | null
}

/** An annotation file: of a set (null: the mask, where the dataset names no sets), or of one label of it. */
export interface CheckedAnnotation extends CheckedFile { set: string | null, label: string | null }

/** Everything odd about one study, in the order of `QUALITY_KINDS`. */
export function qualityOf (image: CheckedFile | undefined, annotations: readonly CheckedAnnotation[], sets: readonly NamedLabelSet[]): QualityItem[] {
  const items = [
    ...image === undefined ? [] : [...ofHeader(image, 'image'), ...ofHounsfield(image), ...ofTexts(image)],
    ...annotations.flatMap((one) => [...ofHeader(one, { set: one.set }), ...ofFit(image, one), ...ofValues(one, sets), ...ofTexts(one)]),
    ...ofEmptiness(annotations)
  ]
  return items.sort((a, b) => QUALITY_KINDS.indexOf(a.kind) - QUALITY_KINDS.indexOf(b.kind))
}

function ofHeader ({ key, header, layout }: CheckedFile, shows: QualityItem['shows']): QualityItem[] {
  if (header === null || layout === null) return []
  const items: QualityItem[] = []
  const [sform, qform] = storedForms(header).filter(({ fault }) => fault === null)
  if (sform !== undefined && qform !== undefined && differ(sform.rows, qform.rows)) {
    items.push({ kind: 'forms-differ', severity: 'warning', detail: `${key}: sform ${inWords(sform.rows)} and qform ${inWords(qform.rows)} differ by more than ${AFFINE_TOLERANCE_MM} mm; the sform counts.`, shows })
  }
  const affine = layout.affine
  if (affine === null || layout.affineSource === 'pixdim') return items
  const isIdentity = affine.every((row, r) => row.every((value, c) => Math.abs(value - (r === c ? 1 : 0)) <= AFFINE_TOLERANCE_MM))
  if (isIdentity) items.push({ kind: 'affine-identity', severity: 'warning', detail: `${key}: its affine is the identity, which a program that lost the geometry writes: 1 mm voxels, origin at 0.`, shows })
  const cosine = widestCosine(affine)
  if (cosine > SQUARE_TOLERANCE) items.push({ kind: 'affine-sheared', severity: 'warning', detail: `${key}: its affine is sheared: two axes are ${(Math.acos(cosine) * 180 / Math.PI).toFixed(2)} degrees apart, as of a tilted gantry.`, shows })
  return items
}

/** How far the columns are from right angles: the largest cosine between two of them. */
function widestCosine (affine: readonly (readonly number[])[]): number {
  const columns = [0, 1, 2].map((column) => [0, 1, 2].map((row) => affine[row]![column]!))
  const cosine = (a: readonly number[], b: readonly number[]) => Math.abs(a.reduce((sum, value, n) => sum + value * b[n]!, 0)) / Math.hypot(...a) / Math.hypot(...b)
  return Math.max(cosine(columns[0]!, columns[1]!), cosine(columns[0]!, columns[2]!), cosine(columns[1]!, columns[2]!))
}

function ofHounsfield ({ key, intensity }: CheckedFile): QualityItem[] {
  if (intensity?.min == null || intensity.min < SURELY_ABOVE_AIR_HU) return []
  return [{ kind: 'not-hu', severity: 'warning', detail: `${key}: nothing is below ${SURELY_ABOVE_AIR_HU} HU (${intensity.min} to ${intensity.max}); its values may not be Hounsfield units.`, shows: 'image' }]
}

/** The geometry of an annotation against its image's, both from their own headers. */
function ofFit (image: CheckedFile | undefined, { key, layout, header, set }: CheckedAnnotation): QualityItem[] {
  if (image?.layout == null || layout === null || header === null) return []
  if (!isSameShape(image.layout, layout)) {
    return [{ kind: 'shape-mismatch', severity: 'error', detail: `${key} is ${layout.shape.join(' x ')} voxels and ${image.key} is ${image.layout.shape.join(' x ')}; one cannot be laid over the other.`, shows: 'image' }]
  }
  const own = geometryOf(header).affine
  const [ours, theirs] = [own, image.layout.affine]
  if (ours === null || theirs === null || !differ(ours, theirs)) return []
  return [{ kind: 'affine-mismatch', severity: 'warning', detail: `The affine of ${key} is ${inWords(ours)}, and that of ${image.key} ${inWords(theirs)}: they differ by more than ${AFFINE_TOLERANCE_MM} mm. Voxels are matched by index.`, shows: { set } }]
}

function ofValues ({ key, values, set, label }: CheckedAnnotation, sets: readonly NamedLabelSet[]): QualityItem[] {
  if (values === null) return []
  const items: QualityItem[] = []
  const table = (sets.find(({ name }) => name === set) ?? sets[0])?.labels ?? []
  const known = new Set(label === null ? table.flatMap(({ value, values: several }) => several ?? value ?? []) : [1])
  const unknown = values.seen.filter(({ value }) => value !== 0 && Number.isInteger(value) && !known.has(value))
  if (known.size > 0 && unknown.length > 0) {
    items.push({ kind: 'label-unknown', severity: 'warning', detail: `${key} has values that are not in the table of labels: ${named(unknown.map(({ value, voxels }) => `${value} (${voxels} voxels)`))}.`, shows: { set } })
  }
  const { fractions } = values
  if (fractions.voxels > 0) items.push({ kind: 'label-fraction', severity: 'warning', detail: `${key} has fractions, ${fractions.least} to ${fractions.largest}, in ${fractions.voxels} voxels; a label is a whole number.`, shows: { set } })
  return items
}

/** Empty annotations; of a set with a file for each label one item, because most structures are not in most scans. */
function ofEmptiness (annotations: readonly CheckedAnnotation[]): QualityItem[] {
  const empty = annotations.filter(({ lesion }) => lesion?.voxels === 0)
  const whole = empty.filter(({ label }) => label === null).map(({ key, set }): QualityItem => ({ kind: 'mask-empty', severity: 'warning', detail: `${key} has no voxel of any label.`, shows: { set } }))
  const sets = [...new Set(empty.flatMap(({ set, label }) => label === null ? [] : [set]))]
  return [...whole, ...sets.map((set): QualityItem => {
    const structures = empty.filter((one) => one.label !== null && one.set === set).map(({ label }) => label!)
    const all = annotations.filter((one) => one.label !== null && one.set === set).length
    return { kind: 'mask-empty', severity: 'info', detail: `${structures.length} of ${all} structures of ${set} are empty: ${named(structures)}.`, shows: null }
  })]
}

function ofTexts ({ key, texts }: CheckedFile): QualityItem[] {
  if (texts === null || texts.length === 0) return []
  const fields = [...new Set(texts.map(({ field }) => field))].map((field) => `${field} (${texts.filter((one) => one.field === field).map(({ what }) => what).join(', ')})`)
  return [{ kind: 'text-identifying', severity: 'warning', detail: `${key} has text that may identify a person or a moment, in ${fields.join(', ')}.`, shows: null }]
}

function differ (one: readonly (readonly number[])[], other: readonly (readonly number[])[]): boolean {
  return [0, 1, 2].some((row) => [0, 1, 2, 3].some((column) => Math.abs(one[row]![column]! - other[row]![column]!) > AFFINE_TOLERANCE_MM))
}

function inWords (rows: readonly (readonly number[])[]): string {
  return `[${rows.slice(0, 3).map((row) => row.slice(0, 4).map((value) => Number(value.toPrecision(6))).join(' ')).join('; ')}]`
}

function named (names: readonly string[]): string {
  return names.length <= MOST_NAMED ? names.join(', ') : `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`
}
