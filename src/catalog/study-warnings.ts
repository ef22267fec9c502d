import { isSameSpacing, millimetres } from '../nifti/geometry.js'
import type { MaskValues } from '../nifti/mask-statistics.js'
import { isSameShape } from '../nifti/volume.js'
import type { VolumeLayout } from '../nifti/volume.js'

/** In mm: a mask whose voxels all lie within this distance of the image's has the image's geometry. */
const SAME_PLACE_MM = 1e-3

/** In HU: every chest CT holds air, which is far below this value. */
const SURELY_ABOVE_AIR_HU = -500

/** The most values a warning names; beyond that it gives their number. */
const NAMED_VALUES = 8

/** What warnings need to know of a file that was read. */
export interface ReadFile {
  kind: 'image' | 'mask' | 'labels'
  /** what was odd when it was read */
  warnings: readonly string[]
  /** from the file's own header; null where the file cannot be served */
  layout: VolumeLayout | null
  intensity: { min: number | null, max: number | null } | null
  lesion: { voxels: number } | null
  values: MaskValues | null
}

/**
 * What is odd about a study that can still be served, as sentences.
 *
 * @param isLesionOnly whether a mask should hold one value besides 0; else it is a label map, whose values are labels
 */
export function studyWarnings (image: ReadFile | undefined, mask: ReadFile | undefined, isLesionOnly = true): string[] {
  const ofImage = image === undefined ? [] : [...headerWarnings(image), ...image.warnings, ...notHounsfield(image)]
  if (mask === undefined) return ofImage
  return [...ofImage, ...headerWarnings(mask), ...mask.warnings, ...valueWarnings(mask, isLesionOnly), ...misplaced(image?.layout ?? null, mask.layout)]
}

function headerWarnings ({ kind, layout }: ReadFile): string[] {
  return layout === null ? [] : layout.warnings.map((warning) => `${kind}: ${warning}`)
}

function notHounsfield ({ intensity }: ReadFile): string[] {
  if (intensity === null || intensity.min === null || intensity.min < SURELY_ABOVE_AIR_HU) return []
  return [`image: Nothing in it is below ${SURELY_ABOVE_AIR_HU} HU (${short(intensity.min)} to ${short(intensity.max!)}); its values may not be Hounsfield units.`]
}

/** Warns of values that a mask should not hold. */
function valueWarnings ({ values, lesion, layout }: ReadFile, isLesionOnly: boolean): string[] {
  if (values === null || lesion === null || layout === null) return []
  const { seen, negative, fractions } = values
  const warnings: string[] = []
  const voxels = layout.voxelBytes / layout.datatype.bytes
  if (lesion.voxels === voxels) warnings.push(`It covers the whole volume: all ${voxels} voxels count as lesion.`)
  if (negative.voxels > 0) warnings.push(`It has negative values, down to ${short(negative.least)}, in ${voxelsOf(negative.voxels)}; they count as lesion.`)
  const labels = seen.filter(({ value }) => value !== 0 && Number.isInteger(value))
  if (isLesionOnly && labels.length > 1) warnings.push(`It has ${labels.length} values besides 0: ${listOf(labels)}; all count as lesion.`)
  if (fractions.voxels > 0) warnings.push(`It has fractions, ${short(fractions.least)} to ${short(fractions.largest)}, in ${voxelsOf(fractions.voxels)}, as a resampled mask has; all but 0 count as lesion.`)
  return warnings.map((warning) => `mask: ${warning}`)
}

function listOf (labels: MaskValues['seen']): string {
  const named = labels.slice(0, NAMED_VALUES).map(({ value, voxels }) => `${value} (${voxelsOf(voxels)})`).join(', ')
  return labels.length > NAMED_VALUES ? `${named} and ${labels.length - NAMED_VALUES} more` : named
}

/** Warns where an image and its mask do not fit together. */
function misplaced (image: VolumeLayout | null, mask: VolumeLayout | null): string[] {
  if (image === null || mask === null) return []
  if (!isSameShape(image, mask)) {
    return [`The mask is ${mask.shape.join(' x ')} voxels and the image ${image.shape.join(' x ')}; the mask cannot be laid over it.`]
  }
  if (mask.affine === null && image.affine === null) return []
  const said = ({ axes, spacing }: VolumeLayout) => `${axes ?? 'no direction'}, ${millimetres(spacing)} mm`
  const both = `(mask: ${said(mask)}; image: ${said(image)}); voxels are matched by index, and the image's geometry counts.`
  if (mask.affine === null || image.affine === null) return [`The ${mask.affine === null ? 'mask' : 'image'} has no direction and the ${mask.affine === null ? 'image' : 'mask'} has ${both}`]
  const apart = farthestApart(image, mask)
  if (apart > SAME_PLACE_MM) return [`The mask's affine differs from the image's by up to ${short(apart)} mm ${both}`]
  return mask.spacing.every((mm, axis) => isSameSpacing(mm, image.spacing[axis]!)) ? [] : [`The mask's spacing differs from the image's ${both}`]
}

/** In mm: the largest distance between the places two affines give the same voxel. It occurs at a corner. */
function farthestApart ({ shape, affine: one }: VolumeLayout, { affine: other }: VolumeLayout): number {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => shape.map((size, axis) => (bits >> axis & 1) * (size - 1)))
  return Math.max(...corners.map((corner) => Math.hypot(...[0, 1, 2].map((row) =>
    [...corner, 1].reduce((sum, at, column) => sum + (one![row]![column]! - other![row]![column]!) * at, 0)))))
}

const short = (value: number) => String(Number(value.toPrecision(4)))
const voxelsOf = (count: number) => count === 1 ? '1 voxel' : `${count} voxels`
