import { GeometryMismatch, PredictionTooLarge, PredictionUnreadable, VolumeUnreadable } from '../../errors.js'
import { GzipDamaged } from '../../gzip/damaged.js'
import { GzipWalker } from '../../gzip/gzip-walker.js'
import { startsMember } from '../../gzip/member.js'
import { datatypeOf } from '../../nifti/datatype.js'
import { HEADER_BYTES, parseHeader } from '../../nifti/header.js'
import { copyGrid } from '../../nifti/strided.js'
import { layoutOf } from '../../nifti/volume.js'
import type { VolumeLayout } from '../../nifti/volume.js'
import { alignmentOf, told } from './mask-geometry.js'
import type { Alignment, Geometry, ReferenceGrid } from './mask-geometry.js'
import { isNpy, parseNpyHeader } from './npy-header.js'
import { UNSCALED } from '../../render/hounsfield.js'
import { VoxelBits } from './voxel-bits.js'
import type { Shape } from './voxel-grid.js'

/** In bytes: the largest decoded prediction. */
export const MOST_DECODED = 512 * 2 ** 20
/** In bytes: the most extensions before the voxels, and the most bytes after them; a larger value is not plausible. */
const MOST_BESIDES = 16 * 2 ** 20
/** Bytes taken at a time, between two checks. */
const PIECE_BYTES = 2 ** 16

/** A predicted mask in the reference's order: values 0 and 1, i varies fastest. */
export interface Prediction { bits: Uint8Array, geometry: Geometry }

/**
 * Read a predicted mask: `.nii.gz` or `.nii` of any orientation, or an `.npy` of shape [k, j, i], told by its first bytes.
 *
 * The header is checked before a voxel is inflated, so a mask on another grid costs nothing. Memory is one byte per voxel,
 * two while voxels are reordered, whatever the file claims or inflates to.
 *
 * @throws PredictionUnreadable, PredictionTooLarge, GeometryMismatch
 */
export function readPrediction (file: Uint8Array, reference: ReferenceGrid): Prediction {
  if (isNpy(file)) return readNpy(file, reference)
  const nifti = new NiftiMask(reference)
  try {
    if (startsMember(file, 0)) inflate(file, nifti)
    else for (const piece of piecesOf(file)) nifti.take(piece)
    return nifti.finish()
  } catch (error) {
    if (error instanceof VolumeUnreadable || error instanceof GzipDamaged) throw new PredictionUnreadable(`The prediction cannot be read: ${error.message}`, { cause: error })
    throw error
  }
}

function * piecesOf (file: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < file.length; at += PIECE_BYTES) yield file.subarray(at, at + PIECE_BYTES)
}

function inflate (file: Uint8Array, nifti: NiftiMask): void {
  const walker = new GzipWalker({
    output: (chunk) => {
      nifti.take(chunk)
      walker.limit(nifti.mostBytes)
    },
    boundary: () => {}
  }, { maxOutput: nifti.mostBytes })
  for (const piece of piecesOf(file)) walker.push(piece)
  walker.end()
}

/** Takes the uncompressed stream of a NIfTI piece by piece: the header, the bytes before the voxels, then the voxels. */
class NiftiMask {
  /** of the whole stream; known after the header */
  mostBytes = MOST_BESIDES
  private start = Buffer.alloc(0)
  private known: { layout: VolumeLayout, alignment: Alignment, voxels: VoxelBits } | undefined
  private skip = 0 // remaining bytes before the first voxel

  constructor (private readonly reference: ReferenceGrid) {}

  take (piece: Uint8Array): void {
    if (this.known !== undefined) {
      this.takeVoxels(piece)
      return
    }
    this.start = Buffer.concat([this.start, piece])
    if (this.start.length < HEADER_BYTES) return
    this.readHeader(this.start)
    this.takeVoxels(this.start)
    this.start = Buffer.alloc(0)
  }

  finish (): Prediction {
    if (this.known === undefined) {
      this.readHeader(this.start)
      this.takeVoxels(this.start)
    }
    const { voxels, alignment, layout } = this.known!
    if (!voxels.isComplete) throw new PredictionUnreadable(`The prediction cannot be read: it ends before the ${layout.voxelBytes} bytes of voxels that its header promises.`)
    return { bits: reordered(voxels.bits, alignment, this.reference.shape), geometry: alignment.geometry }
  }

  private readHeader (start: Uint8Array): void {
    const header = parseHeader(start)
    const sizes = header.dim.slice(1, 1 + Math.min(7, Math.max(0, header.dim[0]!))).map((size) => Math.max(1, size))
    refuseLarge(sizes, datatypeOf(header.datatype).bytes)
    const layout = layoutOf(header)
    if (layout.voxOffset > MOST_BESIDES) throw new PredictionUnreadable(`The prediction cannot be read: its header's vox_offset is ${layout.voxOffset}; up to ${MOST_BESIDES} is read.`)
    const alignment = alignmentOf(this.reference, layout)
    const { datatype: { name, bytes }, littleEndian, shape } = layout
    this.known = { layout, alignment, voxels: new VoxelBits({ name, bytes, littleEndian, scaling: layout }, shape[0] * shape[1] * shape[2]) }
    this.skip = layout.voxOffset
    this.mostBytes = layout.voxOffset + layout.voxelBytes + MOST_BESIDES
  }

  private takeVoxels (piece: Uint8Array): void {
    const before = Math.min(this.skip, piece.length)
    this.skip -= before
    this.known!.voxels.take(piece.subarray(before))
  }
}

function readNpy (file: Uint8Array, reference: ReferenceGrid): Prediction {
  const { shape, name, bytes, littleEndian, fortranOrder, dataOffset } = parseNpyHeader(file)
  const [ni, nj, nk] = reference.shape
  refuseLarge(shape, bytes)
  if (shape.length !== 3 || shape[0] !== nk || shape[1] !== nj || shape[2] !== ni) {
    throw new GeometryMismatch(`The .npy has shape (${shape.join(', ')}), axes k, j, i; the reference has (${nk}, ${nj}, ${ni}): ${told(reference)}. An .npy has no affine, so its shape must be the reference's.`)
  }
  const voxels = new VoxelBits({ name, bytes, littleEndian, scaling: UNSCALED }, ni * nj * nk)
  voxels.take(file.subarray(dataOffset))
  if (!voxels.isComplete || file.length - dataOffset !== ni * nj * nk * bytes) {
    throw new PredictionUnreadable(`The .npy cannot be read: its header promises ${ni * nj * nk * bytes} bytes of values, and ${file.length - dataOffset} follow it.`)
  }
  const strides: Shape = fortranOrder ? [nk * nj, nk, 1] : [1, ni, ni * nj]
  return { bits: reordered(voxels.bits, { start: 0, strides }, reference.shape), geometry: 'assumed' }
}

function refuseLarge (sizes: readonly number[], bytes: number): void {
  const decoded = sizes.reduce((product, size) => product * size, bytes)
  if (decoded > MOST_DECODED) throw new PredictionTooLarge(`The prediction's header promises ${decoded} bytes of voxels (${sizes.join(' x ')}); up to ${MOST_DECODED} are read.`)
}

/** The voxels in the order of the aligned grid; the same array if they already are in this order. */
function reordered (bits: Uint8Array, { start, strides: [si, sj, sk] }: Pick<Alignment, 'start' | 'strides'>, [ni, nj, nk]: Shape): Uint8Array {
  if (start === 0 && si === 1 && (sj === ni || nj === 1) && (sk === ni * nj || nk === 1)) return bits
  const into = new Uint8Array(bits.length)
  for (let k = 0; k < nk; k++) {
    copyGrid(into, { start: k * ni * nj, rowStride: ni, columnStride: 1 }, bits, { start: start + k * sk, rowStride: sj, columnStride: si }, nj, ni)
  }
  return into
}
