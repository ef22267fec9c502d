import { crc32 } from 'node:zlib'
import { unpackHistory } from '../gzip/access-points.js'
import type { AccessPoint } from '../gzip/inflater.js'
import { GzipDamaged } from '../gzip/damaged.js'
import { inflateRange, startPoint } from '../gzip/inflate-range.js'
import type { ReadAt } from '../gzip/inflate-range.js'
import { datatypeNamed } from '../nifti/datatype.js'
import { maskBits } from '../nifti/lesion.js'
import type { Source } from '../storage/object-store.js'
import { swapInPlace } from '../nifti/byte-order.js'
import type { DecodeTask, HeadTask, VoxelPiece } from './tasks.js'

/** Bytes read at a time from an uncompressed file. */
const READ_BYTES = 2 ** 18

/**
 * Decode slabs of one file into the arena. Each is checked against the CRC-32 it had when the whole file was read.
 *
 * An unusable access point (its history was damaged in the catalog, for example) only costs time: the file is then
 * inflated from its start. @throws GzipDamaged when that fails too
 */
export function decodeSlabs (source: Source, arena: SharedArrayBuffer, task: DecodeTask): void {
  const read = reader(source)
  if (task.gzip === null) {
    copyPieces(read, arena, task)
    return
  }
  const { from } = task.gzip
  try {
    inflatePieces(read, arena, task, from === null ? startPoint(read) : { ...from, history: unpackHistory(from.history) })
  } catch (error) {
    if (!(error instanceof GzipDamaged) || from === null) throw error
    inflatePieces(read, arena, task, startPoint(read))
  }
}

/** The first bytes of the uncompressed file, unchanged. */
export function readHead (source: Source, task: HeadTask): Uint8Array {
  const read = reader(source)
  const head = new Uint8Array(task.length)
  if (task.gzip) {
    let filled = 0
    inflateRange(read, startPoint(read), 0, task.length, (chunk) => {
      head.set(chunk, filled)
      filled += chunk.length
    })
  } else {
    readInto(read, 0, head)
  }
  return head
}

function reader (source: Source): ReadAt {
  return (position, into) => source.readAt(position, into)
}

function copyPieces (read: ReadAt, arena: SharedArrayBuffer, task: DecodeTask): void {
  const writer = new PieceWriter(arena, task)
  const buffer = new Uint8Array(READ_BYTES)
  for (const { at, bytes } of task.pieces) {
    for (let done = 0; done < bytes;) {
      const part = buffer.subarray(0, bytes - done)
      readInto(read, task.voxOffset + at + done, part)
      writer.take(part, at + done)
      done += part.length
    }
  }
}

function inflatePieces (read: ReadAt, arena: SharedArrayBuffer, { voxOffset, gzip, pieces, ...task }: DecodeTask, point: AccessPoint): void {
  const writer = new PieceWriter(arena, { ...task, pieces })
  const [first, last] = [pieces[0]!, pieces.at(-1)!]
  let at = first.at
  inflateRange(read, point, voxOffset + first.at - point.outOffset, last.at + last.bytes - first.at, (chunk) => {
    writer.take(chunk, at)
    at += chunk.length
  }, gzip!.stop)
}

function readInto (read: ReadAt, position: number, into: Uint8Array): void {
  for (let filled = 0; filled < into.length;) {
    const count = read(position + filled, into.subarray(filled))
    if (count === 0) throw new GzipDamaged('the file is shorter than it was', position + filled)
    filled += count
  }
}

/**
 * Writes the stream of stored voxels into the arena as it arrives, in the form they are kept in. The slabs are published
 * only after every piece is complete and checked; until then no reader sees these bytes.
 */
class PieceWriter {
  private n = 0 // index of the piece being filled
  private filled = 0 // bytes of it, as stored
  private crc = 0
  /** the first bytes of a voxel whose other bytes have not arrived yet */
  private readonly split: Uint8Array
  private splitBytes = 0

  constructor (private readonly arena: SharedArrayBuffer, private readonly task: Pick<DecodeTask, 'pieces' | 'form'>) {
    this.split = new Uint8Array(datatypeNamed(task.form.datatype).bytes)
  }

  /** Takes the next bytes of the voxels, from `at` on; bytes that belong to no piece are skipped. */
  take (bytes: Uint8Array, at: number): void {
    for (let piece = this.task.pieces[this.n]; piece !== undefined; piece = this.task.pieces[this.n]) {
      const wanted = piece.at + this.filled
      if (wanted >= at + bytes.length) return
      const part = bytes.subarray(wanted - at, piece.at + piece.bytes - at)
      this.crc = crc32(part, this.crc)
      this.put(part, piece)
      this.filled += part.length
      if (this.filled < piece.bytes) return
      this.finish(piece)
    }
  }

  private finish ({ at, crc }: VoxelPiece): void {
    if (this.crc !== crc) throw new GzipDamaged(`the voxels from byte ${at} on differ from those read into the catalog`, 0)
    this.n++
    this.filled = this.crc = 0
  }

  private put (part: Uint8Array, piece: VoxelPiece): void {
    const { littleEndian, maskScaling } = this.task.form
    if (littleEndian && maskScaling === null) {
      // Like `set`, but with memmove: into shared memory, `set` copies word by word, atomically.
      Buffer.from(this.arena, piece.offset + this.filled, part.length).fill(part)
    } else {
      this.putVoxels(part, piece)
    }
  }

  /** Converts bytes to the form they are kept in; only whole voxels can be converted. */
  private putVoxels (part: Uint8Array, piece: VoxelPiece): void {
    const voxelBytes = this.split.length
    const first = (this.filled - this.splitBytes) / voxelBytes
    const count = Math.floor((this.splitBytes + part.length) / voxelBytes)
    const whole = new Uint8Array(count * voxelBytes)
    whole.set(this.split.subarray(0, Math.min(this.splitBytes, whole.length)))
    const taken = Math.max(0, whole.length - this.splitBytes)
    if (count > 0) whole.set(part.subarray(0, taken), this.splitBytes)
    const kept = count > 0 ? 0 : this.splitBytes
    this.split.set(part.subarray(taken), kept)
    this.splitBytes = kept + part.length - taken
    this.putWhole(whole, first, count, piece.offset)
  }

  private putWhole (whole: Uint8Array, first: number, count: number, offset: number): void {
    const { datatype, littleEndian, maskScaling, labels, except, paint } = this.task.form
    const type = datatypeNamed(datatype)
    if (!littleEndian) swapInPlace(whole, type.bytes)
    if (maskScaling !== null && paint !== undefined) {
      const kept = datatypeNamed(paint.datatype)
      const into = kept.view(this.arena, offset + first * kept.bytes, count)
      const bits = maskBits(type.view(whole.buffer, 0, count), maskScaling)
      for (let n = 0; n < count; n++) if (bits[n] === 1) into[n] = paint.value
    } else if (maskScaling !== null) new Uint8Array(this.arena, offset + first, count).set(maskBits(type.view(whole.buffer, 0, count), maskScaling, labels, except))
    else new Uint8Array(this.arena, offset + first * type.bytes, whole.length).set(whole)
  }
}
