import { createHash } from 'node:crypto'
import { InvalidRequest, OrientationUnknown, VolumeUnreadable } from '../errors.js'
import { PLANES, ORIENTATIONS, resizedAffine, sliceGeometry } from '../nifti/slice.js'
import type { Orientation, Plane, SliceGeometry } from '../nifti/slice.js'
import type { DatatypeName } from '../nifti/datatype.js'
import { isSameShape } from '../nifti/volume.js'
import { packedBytes } from '../render/bits.js'
import { resolveDtype } from '../render/dtype.js'
import { WIRE_BYTES } from '../render/wire-dtype.js'
import type { WireDtype } from '../render/wire-dtype.js'
import { UNSCALED } from '../render/hounsfield.js'
import type { Scaling } from '../render/hounsfield.js'
import { DESCR, npyHeader } from '../render/npy.js'
import { OVERLAY_COLOR, OVERLAY_OPACITY } from '../render/overlay.js'
import type { LabelLook, OverlayKind, Rgb } from '../render/overlay.js'
import type { PictureFormat } from '../render/picture.js'
import { physicalSize, refuseLongSides, resampledMm, targetSize } from '../render/size.js'
import type { Extent, PixelMm, SizeSpec } from '../render/size.js'
import type { ArraySpec } from '../render/slice-array.js'
import type { PictureSpec } from '../render/slice-picture.js'
import { WINDOW_PRESETS, windowText } from '../render/window.js'
import type { Window } from '../render/window.js'
import type { OpenVolume } from '../volumes/open-volumes.js'

export { ORIENTATIONS, PLANES }

export const ASPECTS = ['voxel', 'physical'] as const
export type Aspect = typeof ASPECTS[number]

/** Part of every ETag: raise it when the same query begins to mean other bytes. */
const RENDERER = 2

const NO_HEADER = new Uint8Array(0)

/** Which slice, and in which orientation. */
export interface SliceQuery {
  plane: Plane
  index: number
  orientation: Orientation | undefined
  size: SizeSpec | undefined
  aspect: Aspect | undefined
}

export interface ArrayQuery extends SliceQuery {
  format: 'raw' | 'npy'
  dtype: string | undefined
  window: Window | undefined
}

export interface PictureQuery extends SliceQuery {
  format: PictureFormat
  window: Window | undefined
  bits: 8 | 16
  overlay: OverlayKind
  overlayColor: Rgb | undefined
  overlayOpacity: number | undefined
  labels: boolean
  /** of a label set, drawn by itself or laid over an image: what each value looks like */
  looks?: readonly LabelLook[]
  /** whether the names of the labels are written on the picture */
  legend?: boolean
}

/** What the answer will be, planned before any voxel is read. */
export interface SlicePlan extends Extent {
  volume: OpenVolume
  geometry: SliceGeometry
  scaling: Scaling
  /** type of the voxels in the form they are kept in */
  stored: DatatypeName
  /** 12 numbers: the top three rows of the matrix that takes (column, row, 0, 1) of the answer to RAS+ mm; null without a direction */
  affine: number[] | null
  pixelMm: PixelMm
  /** equal for queries that mean the same; a strong validator together with the file's version */
  etag: string
}

export interface ArrayPlan extends SlicePlan {
  spec: ArraySpec
  dtype: WireDtype
  /** bytes of the answer */
  length: number
  /** bytes before the values */
  header: Uint8Array
  /** whether the answer's values are the stored ones, in whatever order */
  asStored: boolean
  /** whether they are in stored order too: the slab in the cache is then the answer's values, byte for byte */
  direct: boolean
}

export interface PicturePlan extends SlicePlan {
  spec: PictureSpec
  mask: OpenVolume | null
}

/**
 * @throws SliceNotFound, OrientationUnknown, InvalidRequest naming the parameters that clash
 */
export function planArray (volume: OpenVolume, query: ArrayQuery): ArrayPlan {
  const plan = planSlice(volume, query, query.orientation ?? 'native', query.aspect ?? 'voxel')
  const { layout, record } = volume
  const dtype = resolveDtype(record.kind, layout.datatype.name, layout.scales, query.dtype, query.window)
  const resized = isResized(plan)
  const asStored = !resized && query.window === undefined && !plan.scaling.scales && dtype === plan.stored
  const header = query.format === 'npy' ? npyHeader(DESCR[dtype], [plan.rows, plan.columns]) : NO_HEADER
  return {
    ...plan,
    dtype,
    asStored,
    direct: asStored && plan.geometry.contiguous,
    header,
    length: header.length + plan.rows * plan.columns * WIRE_BYTES[dtype],
    spec: {
      format: query.format,
      dtype,
      ...(query.window !== undefined && { window: query.window }),
      ...(resized && { size: { rows: plan.rows, columns: plan.columns } })
    },
    etag: etagOf(volume.version, plan, query.orientation ?? 'native', query.format, dtype, query.window === undefined ? '' : windowText(query.window))
  }
}

/**
 * An axial slice of a mask as bits, in the image's radiological order. The mask's own position is ignored: voxels of mask
 * and image correspond by index, as in an overlay.
 *
 * @param values of a label map: which of them are 1
 * @throws SliceNotFound, VolumeUnreadable when the mask does not fit
 */
export function planMaskBits (image: OpenVolume, { volume: mask, values }: { volume: OpenVolume, values?: readonly number[] }, index: number): ArrayPlan {
  refuseMisfit(image, mask)
  const plan = planSlice(image, { plane: 'axial', index, orientation: undefined, size: undefined, aspect: undefined }, 'radiological', 'voxel')
  return {
    ...plan,
    volume: mask,
    ...voxelsOf(mask),
    dtype: 'uint8',
    asStored: false,
    direct: false,
    header: NO_HEADER,
    length: packedBytes(plan.rows * plan.columns),
    spec: { format: 'bits', dtype: 'uint8', ...(values !== undefined && { values }) },
    etag: etagOf(`${image.version}.${mask.version}`, plan, 'radiological', 'bits', ...values ?? [])
  }
}

/**
 * @param mask the mask or label map to lay over the image, or null for no overlay
 * @throws SliceNotFound, OrientationUnknown, InvalidRequest naming the parameters that clash, VolumeUnreadable when the mask does not fit
 */
export function planPicture (volume: OpenVolume, mask: OpenVolume | null, query: PictureQuery): PicturePlan {
  refuseClashes(volume, query)
  if (mask !== null) refuseMisfit(volume, mask)
  const orientation = query.orientation ?? 'radiological'
  const plan = planSlice(volume, query, orientation, query.aspect ?? (query.plane === 'axial' ? 'voxel' : 'physical'))
  if (query.labels && plan.geometry.labels === null) throw new OrientationUnknown(volume.layout.noDirection!)
  refuseLongSides(query.format, plan)
  const { window = WINDOW_PRESETS.lung, overlay, overlayColor = OVERLAY_COLOR } = query
  const overlayOpacity = overlay === 'none' ? 0 : query.overlayOpacity ?? OVERLAY_OPACITY[overlay]
  const isImage = volume.record.kind === 'image'
  const windowed = isImage && query.bits === 8
  const spec: PictureSpec = {
    format: query.format,
    bits: query.bits,
    window,
    overlay,
    overlayColor,
    overlayOpacity,
    labels: query.labels,
    ...(query.looks !== undefined && (mask === null ? { labelLooks: query.looks } : { overlayLooks: query.looks, overlayScaling: scalingOf(mask) })),
    ...(query.legend === true && { legend: true }),
    ...(isResized(plan) && { size: { rows: plan.rows, columns: plan.columns } }),
    text: pictureText(volume, query, orientation, windowed ? windowText(window) : null)
  }
  const look = [
    query.format, query.bits, windowed ? windowText(window) : '', query.labels ? 'labels' : '',
    ...query.looks === undefined ? [] : [looksTag(query.looks, query.legend === true)],
    ...mask === null ? [] : [overlay, overlayColor.join('-'), overlayOpacity, mask.version]
  ]
  return { ...plan, spec, mask, etag: etagOf(volume.version, plan, orientation, ...look) }
}

/** Stands for how labels are drawn in an ETag; names count only where they are written. */
export function looksTag (looks: readonly LabelLook[], legend: boolean): string {
  const said = looks.map(({ value, color, name }) => [value, ...color, ...legend ? [name] : []])
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16)
}

function scalingOf ({ layout: { slope, inter, scales } }: OpenVolume): Scaling {
  return { slope, inter, scales }
}

/** The stored k that a slice takes voxels from, ascending. */
export function ksOfSlice ({ geometry, volume }: Pick<SlicePlan, 'geometry' | 'volume'>): number[] {
  if (geometry.normalAxis === 2) return [geometry.index]
  return Array.from({ length: volume.layout.shape[2] }, (_, k) => k)
}

function planSlice (volume: OpenVolume, query: SliceQuery, orientation: Orientation, aspect: Aspect): Omit<SlicePlan, 'etag'> {
  const { layout } = volume
  if (query.aspect !== undefined && query.size !== undefined && !('longer' in query.size)) {
    throw new InvalidRequest([
      { parameter: 'size', detail: 'WxH fixes both sides; give N, the longer side, to keep an aspect' },
      { parameter: 'aspect', detail: 'has no effect where size fixes both sides; drop one of the two' }
    ])
  }
  const geometry = sliceGeometry(layout, query.plane, query.index, orientation)
  const inAspect = aspect === 'physical' ? physicalSize(geometry, geometry.pixelMm) : geometry
  const { rows, columns } = query.size === undefined ? inAspect : targetSize(inAspect, query.size)
  return {
    volume,
    geometry,
    rows,
    columns,
    ...voxelsOf(volume),
    affine: geometry.affine && resizedAffine(geometry.affine, geometry.rows, geometry.columns, rows, columns),
    pixelMm: resampledMm(geometry.pixelMm, geometry, { rows, columns })
  }
}

/** Type and scaling of the voxels in the form they are kept in: those of a mask are 0 and 1. */
function voxelsOf (volume: OpenVolume): Pick<SlicePlan, 'scaling' | 'stored'> {
  if (volume.record.kind === 'mask') return { scaling: UNSCALED, stored: 'uint8' }
  return { scaling: scalingOf(volume), stored: volume.layout.datatype.name }
}

function isResized ({ rows, columns, geometry }: Pick<SlicePlan, 'rows' | 'columns' | 'geometry'>): boolean {
  return rows !== geometry.rows || columns !== geometry.columns
}

/** Depends on meaning, not spelling: two queries whose answers are the same bytes have the same tag. */
function etagOf (version: string, { geometry, rows, columns }: Pick<SlicePlan, 'geometry' | 'rows' | 'columns'>, orientation: Orientation, ...look: (string | number)[]): string {
  return `"${version}.${RENDERER}.${geometry.plane}.${geometry.index}.${orientation}.${columns}x${rows}.${look.join('.')}"`
}

function refuseClashes ({ record }: OpenVolume, query: PictureQuery): void {
  const clash = (first: string, firstDetail: string, second: string, secondDetail: string) => {
    throw new InvalidRequest([{ parameter: first, detail: firstDetail }, { parameter: second, detail: secondDetail }])
  }
  if (record.kind === 'mask') {
    if (query.window !== undefined) clash('window', 'a mask has no HU to window; drop it, or ask for the image', 'volume', 'is mask')
    if (query.overlay !== 'none') clash('overlay', 'is laid over the image; drop it, or ask for the image', 'volume', 'is mask')
    if (query.bits === 16) clash('bits', '16 bits hold HU, which a mask has not; ask for 8', 'volume', 'is mask')
  }
  if (query.bits === 16) {
    if (query.window !== undefined) clash('bits', '16 bits hold HU + 32768, without a window', 'window', 'does not go with bits=16; drop one of the two')
    if (query.overlay !== 'none') clash('bits', '16 bits are grey', 'overlay', 'does not go with bits=16; drop one of the two')
    if (query.labels) clash('bits', '16 bits hold HU, on which nothing is drawn', 'labels', 'does not go with bits=16; drop one of the two')
  }
  if (query.overlay === 'none') {
    if (query.overlayColor !== undefined) clash('overlayColor', 'colours an overlay', 'overlay', 'is none; ask for mask or contour')
    if (query.legend === true && record.kind !== 'labels') clash('legend', 'names the labels of an overlay', 'overlay', 'is none; ask for labels')
    if (query.overlayOpacity !== undefined) clash('overlayOpacity', 'is of an overlay', 'overlay', 'is none; ask for mask, contour or labels')
  } else if (query.overlay === 'labels') {
    if (query.overlayColor !== undefined) clash('overlayColor', 'is of a mask or contour', 'overlay', 'is labels, each of which has a colour of its own')
  } else if (query.legend === true) clash('legend', 'names labels', 'overlay', `is ${query.overlay}; ask for labels`)
}

/** @throws VolumeUnreadable naming both shapes, if they differ: voxels correspond by index, so the shapes must be equal */
export function refuseMisfit (image: OpenVolume, mask: OpenVolume): void {
  if (isSameShape(image.layout, mask.layout)) return
  const [ofImage, ofMask] = [image.layout.shape.join(' x '), mask.layout.shape.join(' x ')]
  throw new VolumeUnreadable(`The mask of ${image.study.id} does not fit its image: the mask is ${ofMask} voxels, the image ${ofImage}.`)
}

function pictureText ({ study, record }: OpenVolume, { plane, index }: SliceQuery, orientation: Orientation, window: string | null): Record<string, string> {
  return {
    Software: 'niiserve',
    Study: study.id,
    Volume: record.kind,
    Plane: plane,
    Index: String(index),
    Orientation: orientation,
    ...(window !== null && { Window: window })
  }
}
