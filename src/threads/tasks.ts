import type { DatatypeName } from '../nifti/datatype.js'
import type { SliceGeometry } from '../nifti/slice.js'
import type { Scaling } from '../render/hounsfield.js'
import type { WireDtype } from '../render/wire-dtype.js'
import type { MontageSpec } from '../render/montage.js'
import type { Extent } from '../render/size.js'
import type { ArraySpec } from '../render/slice-array.js'
import type { SlicePixels } from '../render/slice-pixels.js'
import type { PictureSpec } from '../render/slice-picture.js'
import type { Window } from '../render/window.js'
import type { Identity } from '../storage/identity.js'
import type { StoreSpec } from '../storage/object-store.js'

/** What a thread gets when it starts: the store of the dataset, and the memory that holds all decoded slabs. */
export interface ThreadSetup { store: StoreSpec, arena: SharedArrayBuffer }

/** How voxels lie in a file. They are kept as they are (little-endian), or, for a mask with `maskScaling`, as 0 and 1, which may be of some `labels` only. */
export interface StoredForm {
  datatype: DatatypeName
  littleEndian: boolean
  maskScaling: Scaling | null
  labels?: readonly number[]
  /** values that are 0 in a mask: see `maskBits` */
  except?: readonly number[]
  /** with `maskScaling`: where the mask is 1, this value is written over what is there, as this type; elsewhere nothing is */
  paint?: { value: number, datatype: DatatypeName }
}

/** Where to begin inflating; `history` is packed, as the catalog keeps it. */
export interface DecodeStart { outOffset: number, inOffset: number, bit: number, history: Uint8Array }

/** Bytes of a file that its store has sent already, from `start` on: all that the task needs. */
export interface FetchedBytes { start: number, bytes: Uint8Array<ArrayBuffer> }

/** Read pieces of one file's voxels, slabs or halves of them, into the arena. */
export interface DecodeTask {
  key: string
  /** the identity that the caller knows the file by; any other content is refused */
  state: Identity
  form: StoredForm
  voxOffset: number
  /** null for an uncompressed file; `from`: null for its start; `stop`: input bytes that suffice for the last piece */
  gzip: { from: DecodeStart | null, stop: number } | null
  /** ascending and without overlap; each at most a slab long */
  pieces: VoxelPiece[]
  /** of a remote file; the thread opens a local one itself */
  fetched?: FetchedBytes
}

/** Make slabs of many files: what is there is cleared, and each file painted over those before it. */
export interface PaintTask { clear: Array<{ offset: number, bytes: number }>, layers: DecodeTask[] }

/** Read slabs from files of the disk cache, one file for each; `pieces` have their checksums. */
export interface LoadTask { files: string[], slabs: Array<{ offset: number, bytes: number }>, pieces: VoxelPiece[] }

/** `bytes` bytes of voxels as stored, from `at` after the first voxel; their CRC-32; `offset` in the arena where they go. */
export interface VoxelPiece { at: number, bytes: number, crc: number, offset: number }

/** A slab in the arena. */
export interface PlacedSlab { k: number, offset: number }

/** Voxels of a slice that are still in their slabs. */
export interface SliceSource {
  geometry: SliceGeometry
  datatype: DatatypeName
  slabs: PlacedSlab[]
}

/** Copy the voxels of a few slabs to their places in a slice; other tasks fill the rest of it. */
export interface GatherTask extends SliceSource {
  into: SharedArrayBuffer
  /** element of the slice where this part begins, and the distance between its rows */
  place: { start: number, rowStride: number }
}

export type SliceVoxels = SliceSource | { geometry: SliceGeometry, datatype: DatatypeName, gathered: SharedArrayBuffer }

export interface ArrayTask { voxels: SliceVoxels, kind: SlicePixels['kind'], scaling: Scaling, spec: ArraySpec }

export interface PictureTask {
  voxels: SliceVoxels
  kind: SlicePixels['kind']
  scaling: Scaling
  spec: PictureSpec
  mask: SliceVoxels | null
}

/** Draw one slice onto a contact sheet while other threads draw other slices. */
export interface TileTask {
  sheet: SharedArrayBuffer
  extent: Extent & { channels: 1 | 3 }
  place: number
  number: number
  voxels: SliceVoxels
  kind: SlicePixels['kind']
  scaling: Scaling
  spec: Omit<MontageSpec, 'columns' | 'text'>
  mask: SliceVoxels | null
}

/** Encode a contact sheet whose tiles are drawn. */
export interface SheetTask { sheet: SharedArrayBuffer, extent: Extent & { channels: 1 | 3 }, spec: MontageSpec }

/** Cast a box of `count` stored k that lie side by side in the arena from `offset` on; i and j are ranges, ends exclusive. */
export interface BoxTask {
  offset: number
  count: number
  shape: [ni: number, nj: number]
  i: [number, number]
  j: [number, number]
  datatype: DatatypeName
  scaling: Scaling
  dtype: WireDtype
  window: Window | null
}

/** Cast the same box of several stored k, one plane after the other; outside the volume the box is filled with `padding`. */
export interface CropTask extends Omit<BoxTask, 'offset' | 'count'> {
  /** in the order of the answer's planes */
  slabs: PlacedSlab[]
  /** one number of `dtype`, as its bytes */
  padding: Uint8Array
}

/** The first bytes of the uncompressed file, unchanged: its header and everything before the voxels. */
export interface HeadTask { key: string, state: Identity, gzip: boolean, length: number, fetched?: FetchedBytes }
