import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { CatalogBuilding, VolumeUnreadable } from '../errors.js'
import { CLOSEST_SPACING, PointPicker } from '../gzip/access-points.js'
import type { PackedPoint } from '../gzip/access-points.js'
import { GzipDamaged } from '../gzip/damaged.js'
import { isGzipped } from '../gzip/file-name.js'
import { GzipWalker } from '../gzip/gzip-walker.js'
import type { BlockBoundary } from '../gzip/gzip-walker.js'
import type { ReadAt } from '../gzip/inflate-range.js'
import { sparseHistory } from '../gzip/sparse-history.js'
import { planeAxis } from '../nifti/slice.js'
import { HEADER_BYTES, parseHeader } from '../nifti/header.js'
import { MaskStatistics } from '../nifti/mask-statistics.js'
import type { MaskValues } from '../nifti/mask-statistics.js'
import { ImageStatistics } from '../nifti/statistics.js'
import type { SliceTotals } from '../nifti/statistics.js'
import { halfSlab, layoutAsRead, layoutOf } from '../nifti/volume.js'
import type { VolumeLayout } from '../nifti/volume.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import { readEdges } from '../storage/edges.js'
import type { Identity } from '../storage/identity.js'
import type { Source } from '../storage/object-store.js'
import { swapInPlace } from '../nifti/byte-order.js'
import { headTexts } from './head-texts.js'

/** Result of one pass over a file. `problem` says why the file cannot be served; its header is included if readable. */
export type Survey = { state: Identity, edges: string } & (SoundContent | UnsoundContent)

export interface SoundContent {
  problem: null
  sha256: string
  headerBytes: Uint8Array
  /** bytes after the end of the gzip stream, which are ignored */
  trailingBytes: number
  /** per axial slice; images only */
  totals: SliceTotals | null
  /** lesion voxels per slice along each stored axis, the values with their counts, and the same per label; masks only */
  mask: { lesion: LesionPerAxis, values: MaskValues, labels: ReadonlyMap<number, LesionPerAxis> } | null
  /** per half of a slab: input bytes that suffice to inflate up to its end; null for an uncompressed file */
  ends: Float64Array | null
  /** per half of a slab: CRC-32 of its bytes as stored */
  crcs: Uint32Array
  points: PackedPoint[]
  /** fields whose text may identify a person or a moment */
  texts: TextFinding[]
}

export interface UnsoundContent {
  problem: string
  headerBytes: Uint8Array | null
}

/** Lesion voxels by i, by j and by k. */
export type LesionPerAxis = readonly [Float64Array, Float64Array, Float64Array]

const READ_BYTES = 1 << 20
/** Bytes before the voxels. Header and extensions are small, so a larger vox_offset is broken. */
const MAX_VOX_OFFSET = 16 * 2 ** 20
/** Bytes after the last voxel that are ignored, as nibabel does. The limit stops a stream that never ends. */
const MAX_SURPLUS = 16 * 2 ** 20
/** Bytes of the voxels of one k, which are read, checked and cached in one piece. */
export const MAX_SLAB_BYTES = 256 * 2 ** 20

/**
 * Read a whole file of a study, once: its header, its checksums, the facts of its slices, and where inflation can
 * begin. Memory is limited to one slab, whatever the header claims.
 *
 * @param source   open; not closed
 * @param channels of an image whose fourth axis is channels: how many the dataset names
 * @throws CatalogBuilding when it changed while it was read
 */
export function surveyVolume (source: Source, key: string, kind: 'image' | 'mask', channels = 1): Survey {
  const survey = readWhole(source, key, kind, channels)
  if (!source.isUnchanged()) throw new CatalogBuilding(key)
  return { state: source.identity, edges: edgesIfAny(source), ...survey }
}

function readWhole (source: Source, key: string, kind: 'image' | 'mask', channels: number): SoundContent | UnsoundContent {
  const survey = new VolumeSurvey(kind, channels, (inOffset, into) => source.readAt(inOffset, into))
  const stream = isGzipped(key) ? survey.gzipStream() : survey.plainStream()
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  const readAt = (position: number) => source.readAt(position, buffer)
  let bytes = 0
  try {
    for (let read = readAt(0); read > 0; read = readAt(bytes)) {
      const piece = buffer.subarray(0, read)
      hash.update(piece)
      stream.push(piece)
      bytes += read
    }
    const ended = stream.end()
    const content = survey.finish(bytes)
    return { problem: null, ...ended, ...content, sha256: hash.digest('hex'), texts: headTexts(source, key, layoutAsRead(parseHeader(content.headerBytes)).voxOffset) }
  } catch (error) {
    if (!isAboutTheFile(error)) throw error
    return { problem: error.message, headerBytes: survey.headerBytes }
  }
}

/** Whether an error is caused by the file: by its content, or by the disk under it. Any other error is a bug of ours. */
function isAboutTheFile (error: unknown): error is Error {
  return error instanceof VolumeUnreadable || error instanceof GzipDamaged || (error as NodeJS.ErrnoException).syscall === 'read'
}

/** The ETag, else the edges, or '' if the disk cannot deliver them: the survey then reports why the file is unreadable, and goes on. */
function edgesIfAny (source: Source): string {
  if (source.identity.etag !== undefined) return source.identity.etag
  try {
    return readEdges(source)
  } catch (error) {
    if (!isAboutTheFile(error)) throw error
    return ''
  }
}

interface ByteStream {
  push (piece: Uint8Array): void
  end (): { ends: Float64Array | null, trailingBytes: number }
}

/** Takes the uncompressed stream piece by piece: header first, then slab after slab. */
class VolumeSurvey {
  headerBytes: Uint8Array | null = null
  private start = Buffer.alloc(0)
  /** of the uncompressed stream; the final limit is known once the header is read */
  private mostBytes = MAX_VOX_OFFSET
  private layout: VolumeLayout | undefined
  private slab = new Uint8Array(0)
  private filled = 0
  private k = 0
  private crcs = new Uint32Array(0)
  private statistics: ImageStatistics | undefined
  private mask: MaskStatistics | undefined
  private picker: PointPicker | undefined
  private walker: GzipWalker | undefined
  /** blocks that begin before the header is known, one per offset: a stream can hold any number of empty blocks */
  private readonly early = new Map<number, { at: BlockBoundary, history: Uint8Array }>()

  /** @param read gives the file's bytes at any offset, independent of how far the pass has come */
  constructor (private readonly kind: 'image' | 'mask', private readonly channels: number, private readonly read: ReadAt) {}

  gzipStream (): ByteStream {
    const walker = new GzipWalker({
      output: (chunk, outOffset) => this.take(chunk, outOffset),
      boundary: (at, history) => {
        if (this.picker === undefined) this.early.set(at.outOffset, { at, history: Uint8Array.from(history) })
        else this.picker.boundary(at, history)
      }
    }, { maxOutput: this.mostBytes })
    this.walker = walker
    let bytesIn = 0
    return {
      push: (piece) => {
        walker.push(piece)
        bytesIn += piece.length
      },
      end: () => {
        const { trailingBytes, stopInOffsets } = walker.end()
        if (this.layout !== undefined) return { ends: Float64Array.from(stopInOffsets), trailingBytes }
        this.readShortStream()
        return { ends: new Float64Array(this.crcs.length).fill(bytesIn), trailingBytes }
      }
    }
  }

  plainStream (): ByteStream {
    let offset = 0
    return {
      push: (piece) => {
        this.take(piece, offset)
        offset += piece.length
        if (offset > this.mostBytes) throw new VolumeUnreadable(`The file has more than ${this.mostBytes} bytes, which is more than its header promises.`)
      },
      end: () => {
        if (this.layout === undefined) this.readShortStream()
        return { ends: null, trailingBytes: 0 }
      }
    }
  }

  finish (fileBytes: number): Pick<SoundContent, 'headerBytes' | 'totals' | 'mask' | 'crcs' | 'points'> {
    const layout = this.layout!
    const slabs = layout.shape[2] * layout.channels
    if (this.k < slabs) {
      throw new VolumeUnreadable(`The file ends in slab ${this.k} of ${slabs}: its header promises ${layout.voxelBytes * layout.channels} bytes of voxels from byte ${layout.voxOffset} on.`)
    }
    return {
      headerBytes: this.headerBytes!,
      totals: this.statistics?.totals ?? null,
      mask: this.mask === undefined ? null : { lesion: this.mask.lesion, values: this.mask.values, labels: this.mask.labels },
      crcs: this.crcs,
      points: this.picker?.finish(fileBytes) ?? []
    }
  }

  private take (chunk: Uint8Array, outOffset: number): void {
    if (this.layout === undefined) {
      this.start = Buffer.concat([this.start, chunk])
      if (this.start.length < HEADER_BYTES) return
      const begun = this.start
      this.readHeader(begun)
      this.takeVoxels(begun, 0)
    } else {
      this.takeVoxels(chunk, outOffset)
    }
  }

  /** Handle a stream that ended before HEADER_BYTES: it has a few voxels, or is not a NIfTI. */
  private readShortStream (): void {
    this.readHeader(this.start)
    this.takeVoxels(this.start, 0)
  }

  private readHeader (start: Uint8Array): void {
    const header = parseHeader(start)
    this.headerBytes = Uint8Array.from(start.subarray(0, header.sizeof_hdr))
    const layout = layoutOf(header, this.channels)
    const { shape, sliceBytes, voxOffset, voxelBytes, channels } = layout
    const slabs = shape[2] * channels
    if (voxOffset > MAX_VOX_OFFSET) throw new VolumeUnreadable(`The header's vox_offset is ${voxOffset}; up to ${MAX_VOX_OFFSET} is served.`)
    if (sliceBytes > MAX_SLAB_BYTES) throw new VolumeUnreadable(`One slice along k has ${sliceBytes} bytes; up to ${MAX_SLAB_BYTES} are served.`)
    this.layout = layout
    this.mostBytes = voxOffset + voxelBytes * channels + MAX_SURPLUS
    this.slab = new Uint8Array(sliceBytes)
    this.crcs = new Uint32Array(2 * slabs)
    if (this.kind === 'image') this.statistics = new ImageStatistics(layout, planeAxis(layout, 'axial'))
    else this.mask = new MaskStatistics(layout)
    if (this.walker === undefined) return
    const starts = Array.from({ length: slabs }, (_, k) => voxOffset + k * sliceBytes)
    this.walker.limit(this.mostBytes)
    const half = halfSlab(sliceBytes)
    this.walker.setStops(starts.flatMap((at) => [at + half, at + sliceBytes]))
    // A point in the middle of a slab lets two threads inflate it together. Points at the starts of slabs take precedence.
    this.picker = new PointPicker(starts, {
      extras: sliceBytes >= CLOSEST_SPACING ? starts.map((at) => at + half) : [],
      historyOf: (start) => sparseHistory(this.read, start)
    })
    for (const { at, history } of this.early.values()) this.picker.boundary(at, history)
    this.early.clear()
  }

  private takeVoxels (chunk: Uint8Array, outOffset: number): void {
    const { voxOffset, sliceBytes, shape, channels } = this.layout!
    let at = Math.max(0, voxOffset + this.k * sliceBytes + this.filled - outOffset)
    while (at < chunk.length && this.k < shape[2] * channels) {
      const part = chunk.subarray(at, at + sliceBytes - this.filled)
      this.slab.set(part, this.filled)
      this.filled += part.length
      at += part.length
      if (this.filled === sliceBytes) this.finishSlab()
    }
  }

  private finishSlab (): void {
    const { datatype, littleEndian, shape } = this.layout!
    const half = halfSlab(this.slab.length)
    this.crcs[2 * this.k] = crc32(this.slab.subarray(0, half))
    this.crcs[2 * this.k + 1] = crc32(this.slab.subarray(half))
    if (!littleEndian) swapInPlace(this.slab, datatype.bytes)
    const voxels = datatype.view(this.slab.buffer, 0, shape[0] * shape[1])
    // The facts of an image are those of its first channel.
    if (this.k < shape[2]) {
      this.statistics?.add(voxels, this.k)
      this.mask?.add(voxels, this.k)
    }
    this.k++
    this.filled = 0
  }
}
