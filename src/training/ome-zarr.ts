import type { Affine } from '../nifti/affine.js'
import { planeAxis } from '../nifti/slice.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import { resolveDtype } from '../render/dtype.js'
import { OVERLAY_COLOR } from '../render/overlay.js'
import type { LabelLook } from '../render/overlay.js'

/** A label of a study's image; `looks` says how each value is drawn and named, null: it is a mask of 0 and 1. */
export interface ZarrLabel { name: string, volume: OpenVolume, looks: readonly LabelLook[] | null }

/** The group and array documents of a study, by path below it; `''` is the study's own group. */
export type ZarrDocuments = Record<string, object>

/**
 * A study as a Zarr v3 hierarchy with OME-Zarr 0.5 metadata: the image is array `0` of the group, the mask and the label
 * sets are its labels.
 *
 * @param labels mask and label sets that can be read
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core, https://ngff.openmicroscopy.org/0.5
 */
export function zarrDocuments (image: OpenVolume, labels: readonly ZarrLabel[]): ZarrDocuments {
  const documents: ZarrDocuments = {
    0: arrayDocument(image),
    ...(labels.length > 0 && { labels: group({ labels: labels.map(({ name }) => name) }) })
  }
  for (const { name, volume, looks } of labels) {
    documents[`labels/${name}`] = group({ ...multiscales(volume, name), 'image-label': imageLabel(looks) })
    documents[`labels/${name}/0`] = arrayDocument(volume)
  }
  // Also all documents in one, because HTTP cannot list a folder (zarr-python's consolidated metadata).
  const consolidated = { kind: 'inline', must_understand: false, metadata: documents }
  return { ...documents, '': { ...group(multiscales(image, image.study.id)), consolidated_metadata: consolidated } }
}

/**
 * The index of the axial slice in a chunk.
 *
 * @param place the chunk's place along k, j, i
 * @returns undefined where there is no such chunk: the array is divided along one axis only
 */
export function chunkIndex (volume: OpenVolume, place: readonly number[]): number | undefined {
  const axis = chunkAxis(volume)
  return place.some((n, of) => of !== axis && n !== 0) ? undefined : place[axis]
}

/** The axis of [k, j, i] along which chunks are one voxel thick: the axial axis, which may be any of the three. */
function chunkAxis ({ layout }: OpenVolume): number {
  return 2 - planeAxis(layout, 'axial')
}

/** Colours and names of a label; of a mask only its colour. */
function imageLabel (looks: readonly LabelLook[] | null): object {
  const source = { image: '../../' }
  if (looks === null) return { colors: [{ 'label-value': 1, rgba: [...OVERLAY_COLOR, 128] }], source }
  return {
    colors: looks.map(({ value, color }) => ({ 'label-value': value, rgba: [...color, 128] })),
    properties: looks.map(({ value, name }) => ({ 'label-value': value, name })),
    source
  }
}

/** The type of a volume's chunks, as a parameter of `planArray`: a label is a whole number, even if its file scales or holds floats. */
export function zarrDtype ({ record, layout }: OpenVolume): 'int16' | undefined {
  return record.kind === 'labels' && (layout.scales || layout.datatype.name.startsWith('float')) ? 'int16' : undefined
}

/** Sizes along k, j, i. */
export function zarrShape ({ layout }: OpenVolume): [number, number, number] {
  const [i, j, k] = layout.shape
  return [k, j, i]
}

function arrayDocument (volume: OpenVolume): object {
  const { layout, record } = volume
  const shape = zarrShape(volume)
  const dtype = resolveDtype(record.kind, layout.datatype.name, layout.scales, zarrDtype(volume), undefined)
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: shape.map((size, axis) => axis === chunkAxis(volume) ? 1 : size) } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    dimension_names: ['z', 'y', 'x'],
    attributes: {}
  }
}

function group (ome: object): object {
  return { zarr_format: 3, node_type: 'group', attributes: { ome: { version: '0.5', ...ome } } }
}

/** Orientation names of NGFF's RFC 4, by the letter that an axis grows towards. */
const ORIENTATION: Readonly<Record<string, string>> = {
  L: 'right-to-left', R: 'left-to-right', P: 'anterior-to-posterior', A: 'posterior-to-anterior', S: 'inferior-to-superior', I: 'superior-to-inferior'
}

/**
 * One level. With this alone a viewer can show the head up and place the volume in the scanner's coordinates: each axis
 * says which way it grows, and `translation` is the position of its first voxel along that direction, in mm from the
 * origin. An oblique volume is placed along its own axes, without its tilt. A volume without a direction has only a scale.
 *
 * @see https://ngff.openmicroscopy.org/rfc/4
 */
function multiscales ({ layout }: OpenVolume, name: string): object {
  const { spacing, affine, axes } = layout
  const stored = [2, 1, 0] as const // k, j, i
  return {
    multiscales: [{
      name,
      axes: stored.map((axis, n) => ({ name: 'zyx'[n]!, type: 'space', unit: 'millimeter', ...(axes !== null && { orientation: { type: 'anatomical', value: ORIENTATION[axes[axis]!]! } }) })),
      datasets: [{
        path: '0',
        coordinateTransformations: [
          { type: 'scale', scale: stored.map((axis) => spacing[axis]) },
          ...affine === null ? [] : [{ type: 'translation', translation: stored.map((axis) => originAlong(affine, axis)) }]
        ]
      }]
    }]
  }
}

/** In mm: the position of the first voxel along the direction of a stored axis. */
function originAlong (affine: Affine, axis: 0 | 1 | 2): number {
  const column = affine.slice(0, 3).map((row) => row[axis]!)
  return column.reduce((sum, value, row) => sum + value * affine[row]![3]!, 0) / Math.hypot(...column)
}
