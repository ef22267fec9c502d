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

/** What a thread is told when it starts: the store of the dataset, and the memory all decoded slabs are in. */
export interface ThreadSetup { store: StoreSpec, arena: SharedArrayBuffer }

/** How voxels lie in a file, and whether they are kept as they are (little-endian), or as the 0 and 1 of a mask that is scaled so, or of some labels of it. */
export interface StoredForm { datatype: DatatypeName, littleEndian: boolean, maskScaling: Scaling | null, labels?: readonly number[] }

/** Where to begin inflating; `history` is packed as the catalog keeps it. */
export interface DecodeStart { outOffset: number, inOffset: number, bit: number, history: Uint8Array }

/** Read pieces of one file's voxels, slabs or halves of them, into the arena. */
export interface DecodeTask {
  key: string
  /** the state the caller's knowledge is of; another one is refused */
  state: Identity
  form: StoredForm
  voxOffset: number
  /** null for an uncompressed file; `from`: null for its start; `stop`: input bytes that suffice for the last piece */
  gzip: { from: DecodeStart | null, stop: number } | null
  /** ascending and apart; not longer than a slab each */
  pieces: VoxelPiece[]
}

/** Bytes of the voxels as stored, `at` from the first voxel on; their CRC-32; where they go in the arena. */
export interface VoxelPiece { at: number, bytes: number, crc: number, offset: number }

/** A slab in the arena. */
export interface PlacedSlab { k: number, offset: number }

/** Voxels of a slice, still in their slabs, or already brought together. */
export interface SliceSource {
  geometry: SliceGeometry
  datatype: DatatypeName
  slabs: PlacedSlab[]
}

/** Bring the voxels of a few slabs into their places of a slice that more slabs will fill. */
export interface GatherTask extends SliceSource {
  into: SharedArrayBuffer
  /** element of the slice where this part begins, and how far apart its rows are */
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

/** Draw one slice onto a contact sheet that other threads draw on too. */
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

/** Pack a contact sheet whose tiles are drawn. */
export interface SheetTask { sheet: SharedArrayBuffer, extent: Extent & { channels: 1 | 3 }, text: Readonly<Record<string, string>> }

/** Cast a box of `count` stored k that lie side by side in the arena from `offset` on: i and j ranges, ends exclusive. */
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

/** Cast the same box of several stored k, one plane after the other; ranges may reach out of the volume, where `padding` stands. */
export interface CropTask extends Omit<BoxTask, 'offset' | 'count'> {
  /** in the order of the answer's planes */
  slabs: PlacedSlab[]
  /** one number of `dtype`, as its bytes */
  padding: Uint8Array
}

/** The first bytes of the uncompressed file as they are: its header and what stands before the voxels. */
export interface HeadTask { key: string, state: Identity, gzip: boolean, length: number }
