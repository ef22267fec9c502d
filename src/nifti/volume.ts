import { VolumeUnreadable } from '../errors.js'
import { datatypeOf, type Datatype } from './datatype.js'
import { geometryOf, geometryPart } from './geometry.js'
import type { VolumeGeometry } from './geometry.js'
import type { NiftiHeader } from './header.js'
import { FIRST_VOX_OFFSET } from './signature.js'

/** What a header says about the voxels: how they lie in the file, what they mean, where they are in space. */
export interface VolumeLayout extends VolumeGeometry {
  /** Sizes of the stored axes i, j, k; i varies fastest. */
  shape: [number, number, number]
  datatype: Datatype
  /** Byte order of the voxels in the file. */
  littleEndian: boolean
  /** Where the voxels start, in bytes of the uncompressed file. */
  voxOffset: number
  /** Bytes of one k: ni * nj voxels. */
  sliceBytes: number
  /** Bytes of all voxels, of one channel. */
  voxelBytes: number
  /** Volumes along the fourth axis, one after the other in the file; 1 but for images whose fourth axis is channels. */
  channels: number
  /** HU = stored * slope + inter; 1 and 0 unless the header `scales`. */
  slope: number
  inter: number
  scales: boolean
  /** Oddities of the header that do not prevent serving the volume; sentences. */
  warnings: string[]
}

/** Bytes of the largest volume that is served: 2 GiB. */
export const MAX_VOXEL_BYTES = 2 ** 31

/**
 * The longest axis that is served: twice the limit of NIfTI-1. A NIfTI-2 file of 544 bytes could claim 2^31 slices of one
 * byte each, and memory is needed for each slice.
 */
export const MAX_AXIS = 65_535

/**
 * Derive the layout of a volume from its header. With fewer than three dimensions, the missing ones have size 1.
 *
 * @param channels what the dataset says the fourth axis is, where it has one: so many channels
 * @throws VolumeUnreadable  for more than one time point, bad or too long dimensions, more than 2 GiB, a datatype that is not
 *                           served, an impossible `vox_offset`, an infinite intercept, or no spacing
 */
export function layoutOf (header: NiftiHeader, channels = 1): VolumeLayout {
  const warnings: string[] = []
  const datatype = datatypeOf(header.datatype)
  if (header.bitpix !== datatype.bytes * 8) {
    warnings.push(`The header's bitpix is ${header.bitpix}, but ${datatype.name} has ${datatype.bytes * 8} bits; the datatype counts.`)
  }
  const shape = shapeOf(header.dim, channels)
  const sliceBytes = shape[0] * shape[1] * datatype.bytes
  const voxelBytes = sliceBytes * shape[2]
  if (voxelBytes > MAX_VOXEL_BYTES) {
    throw new VolumeUnreadable(`The volume has ${voxelBytes} bytes decoded (${shape.join(' x ')} ${datatype.name}); up to 2 GiB are served.`)
  }
  const { warnings: ofGeometry, ...geometry } = geometryOf(header)
  return {
    shape,
    datatype,
    littleEndian: header.littleEndian,
    voxOffset: voxOffsetOf(header),
    sliceBytes,
    voxelBytes,
    channels: channelsIn(header),
    ...scalingOf(header),
    ...geometry,
    warnings: [...warnings, ...ofGeometry]
  }
}

/**
 * A mask's layout with its image's geometry. If the shapes agree, voxels correspond by index and the image's geometry
 * applies everywhere; the mask's own remains only in its header and its file.
 */
export function overImage (mask: VolumeLayout, image: VolumeLayout | null): VolumeLayout {
  return image !== null && isSameShape(mask, image) ? { ...mask, ...geometryPart(image) } : mask
}

export function isSameShape (one: Pick<VolumeLayout, 'shape'>, other: Pick<VolumeLayout, 'shape'>): boolean {
  return one.shape.every((size, axis) => size === other.shape[axis])
}

/**
 * Where the second half of a slab (the voxels of one k) begins, in bytes: slabs are checked, and may be inflated, in
 * halves. A multiple of 8, so that no voxel is split; 0 for a slab too small to be halved.
 */
export function halfSlab (sliceBytes: number): number {
  return Math.floor(sliceBytes / 16) * 8
}

/** Volumes along the fourth axis of a header; 1 where it has none. */
function channelsIn ({ dim }: NiftiHeader): number {
  return dim[0]! >= 4 ? Math.max(1, dim[4]!) : 1
}

/** The layout of a file that was accepted: its fourth axis, if it has one, is channels. @throws as `layoutOf` */
export function layoutAsRead (header: NiftiHeader): VolumeLayout {
  return layoutOf(header, channelsIn(header))
}

function shapeOf (dim: readonly number[], channels: number): [number, number, number] {
  const count = dim[0]!
  if (!(count >= 1 && count <= 7)) {
    throw new VolumeUnreadable(`The header's dim[0] is ${count}; a volume has 1 to 7 dimensions.`)
  }
  const sizes = [1, 2, 3, 4, 5, 6, 7].map((n) => n <= count ? dim[n]! : 1)
  const [i, j, k, ...further] = sizes as [number, number, number, ...number[]]
  for (const [n, size] of sizes.entries()) {
    // Some writers leave the size of an unused fourth dimension at 0.
    if (size < (n < 3 ? 1 : 0)) throw new VolumeUnreadable(`The header's dim[${n + 1}] is ${size}, so there are no voxels.`)
  }
  const tooLong = [i, j, k].findIndex((size) => size > MAX_AXIS)
  if (tooLong >= 0) throw new VolumeUnreadable(`The header's dim[${tooLong + 1}] is ${sizes[tooLong]}; sizes up to ${MAX_AXIS} are served.`)
  const volumes = further.reduce((product, size) => product * Math.max(size, 1), 1)
  if (volumes > 1 && !(volumes === channels && further[0] === channels)) {
    if (channels > 1) throw new VolumeUnreadable(`The file holds ${volumes} volumes (dim ${sizes.slice(0, count).join(' x ')}), and the dataset names ${channels} channels.`)
    const kind = further[0]! > 1 ? `${further[0]} time points` : `${volumes} volumes`
    throw new VolumeUnreadable(`The file holds ${kind} (dim ${sizes.slice(0, count).join(' x ')}); a study is one volume.`)
  }
  return [i, j, k]
}

/** With `vox_offset` 0, nibabel would read voxels from the header, and other tools do different things; so it is refused. */
function voxOffsetOf ({ version, vox_offset: offset }: NiftiHeader): number {
  const first = FIRST_VOX_OFFSET[version]
  if (!Number.isSafeInteger(offset) || offset < first) {
    throw new VolumeUnreadable(`The header's vox_offset is ${offset}; the voxels of a single NIfTI-${version} file start at a whole byte, ${first} or later.`)
  }
  return offset
}

/** The contract's rule for scaling ("The header scales if …"). Like nibabel, it refuses an infinite intercept. */
function scalingOf ({ scl_slope: slope, scl_inter: stored }: NiftiHeader): { slope: number, inter: number, scales: boolean } {
  const inter = Number.isNaN(stored) ? 0 : stored
  const scales = Number.isFinite(slope) && slope !== 0 && (slope !== 1 || inter !== 0)
  if (!scales) return { slope: 1, inter: 0, scales }
  if (!Number.isFinite(inter)) throw new VolumeUnreadable('The header\'s scl_inter is infinite, so no voxel has a value.')
  return { slope, inter, scales }
}
