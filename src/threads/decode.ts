import { closeSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { VolumeMissing } from '../errors.js'
import { unpackHistory } from '../gzip/access-points.js'
import type { AccessPoint } from '../gzip/access-points.js'
import { GzipDamaged } from '../gzip/damaged.js'
import { inflateLong, startPoint } from '../gzip/inflate-long.js'
import type { ReadAt } from '../gzip/inflate-long.js'
import { ALIGN_ROOM, inflateFrom } from '../gzip/inflate-range.js'
import { datatypeNamed } from '../nifti/datatype.js'
import { maskBits } from '../render/hounsfield.js'
import type { LocalStore } from '../storage/local-store.js'
import { swapInPlace } from './byte-order.js'
import type { DecodeTask, HeadTask, VoxelPiece } from './tasks.js'

/**
 * Up to here, input and output each, a span is read and inflated in one piece in this thread: quicker for a slice
 * or a few, and the thread's memory stays within a few of these. Longer ones go through in small pieces.
 */
const ONE_PIECE_BYTES = 4 * 2 ** 20

/** Input read in one piece, with room before it; grows to what was needed, and stays. */
let scratch = Buffer.allocUnsafeSlow(ALIGN_ROOM + 2 ** 19)

/**
 * Read slabs of one file into the arena, each checked against the CRC-32 that it had when the file was read whole.
 *
 * An access point that does not serve (its history was damaged in the catalog, say) costs time only: the file is
 * then inflated from its start. @throws GzipDamaged when that does not hold either
 */
export async function decodeSlabs (store: LocalStore, arena: SharedArrayBuffer, task: DecodeTask): Promise<void> {
  const fd = openFile(store, task)
  try {
    const writer = new PieceWriter(arena, task)
    if (task.gzip === null) {
      for (const { at, bytes } of task.pieces) writer.take(readSpan(fd, task.voxOffset + at, bytes, 0), at)
      return
    }
    const { from } = task.gzip
    try {
      if (from === null) await inflatePieces(fd, task, startPoint(reader(fd)), writer)
      else await inflatePieces(fd, task, { ...from, history: unpacked(from.history) }, writer)
    } catch (error) {
      if (!(error instanceof GzipDamaged) || from === null) throw error
      await inflatePieces(fd, task, startPoint(reader(fd)), writer)
    }
  } finally {
    closeSync(fd)
  }
}

/** The first bytes of the uncompressed file, as they are. */
export async function readHead (store: LocalStore, task: HeadTask): Promise<Uint8Array> {
  const fd = openFile(store, task)
  try {
    if (!task.gzip) return Uint8Array.from(readSpan(fd, 0, task.length, 0))
    const head = new Uint8Array(task.length)
    let filled = 0
    await inflateLong(reader(fd), startPoint(reader(fd)), 0, task.length, (chunk) => {
      head.set(chunk, filled)
      filled += chunk.length
    })
    return head
  } finally {
    closeSync(fd)
  }
}

function openFile (store: LocalStore, { key, state }: Pick<DecodeTask, 'key' | 'state'>): number {
  const opened = store.open(key, state)
  if (opened === undefined) throw new VolumeMissing(`${key} is not there.`)
  return opened.fd
}

function reader (fd: number): ReadAt {
  return (position, into) => readSync(fd, into, 0, into.length, position)
}

async function inflatePieces (fd: number, { voxOffset, gzip, pieces }: DecodeTask, point: AccessPoint, writer: PieceWriter): Promise<void> {
  const [first, last] = [pieces[0]!, pieces.at(-1)!]
  const length = last.at + last.bytes - first.at
  const skip = voxOffset + first.at - point.outOffset
  const inBytes = gzip!.stop - point.inOffset
  if (skip + length <= ONE_PIECE_BYTES && inBytes <= ONE_PIECE_BYTES) {
    const span = readSpan(fd, point.inOffset, inBytes, ALIGN_ROOM)
    writer.take(inflateFrom(span, ALIGN_ROOM, ALIGN_ROOM + inBytes, point, skip, length), first.at)
  } else {
    let at = first.at
    await inflateLong(reader(fd), point, skip, length, (chunk) => {
      writer.take(chunk, at)
      at += chunk.length
    })
  }
}

/** A history that does not unpack is as bad as one that does not fit. */
function unpacked (history: Uint8Array): Uint8Array {
  try {
    return unpackHistory(history)
  } catch (cause) {
    throw new GzipDamaged('the access point has no usable history', 0, { cause })
  }
}

/** @returns the thread's scratch buffer, with the file's bytes behind `room` bytes; valid until the next call */
function readSpan (fd: number, position: number, length: number, room: number): Buffer {
  if (scratch.length < room + length) scratch = Buffer.allocUnsafeSlow(room + length)
  let filled = 0
  while (filled < length) {
    const read = readSync(fd, scratch, room + filled, length - filled, position + filled)
    if (read === 0) throw new GzipDamaged('the file is shorter than it was', position + filled)
    filled += read
  }
  return scratch.subarray(0, room + length)
}

/** Puts the stream of stored voxels into the arena, piece by piece, in the form they are kept in. */
class PieceWriter {
  /** a piece of which only the beginning has come */
  private partial: Buffer | undefined

  constructor (private readonly arena: SharedArrayBuffer, private readonly task: DecodeTask) {}

  /** The next bytes of the voxels, from `at` on; what no piece wants is passed over. A piece at once is not copied in between. */
  take (bytes: Uint8Array, at: number): void {
    for (const piece of this.task.pieces) {
      if (piece.at + piece.bytes <= at) continue
      if (piece.at >= at + bytes.length) break
      const part = bytes.subarray(Math.max(0, piece.at - at), piece.at + piece.bytes - at)
      if (part.length === piece.bytes) this.put(piece, part)
      else this.assemble(piece, part, Math.max(0, at - piece.at))
    }
  }

  private assemble (piece: VoxelPiece, part: Uint8Array, from: number): void {
    if (this.partial === undefined || this.partial.length < piece.bytes) this.partial = Buffer.allocUnsafeSlow(piece.bytes)
    this.partial.set(part, from)
    if (from + part.length === piece.bytes) this.put(piece, this.partial.subarray(0, piece.bytes))
  }

  private put ({ at, crc, offset }: VoxelPiece, stored: Uint8Array): void {
    if (crc32(stored) !== crc) throw new GzipDamaged(`the voxels from byte ${at} on are not those that were read into the catalog`, 0)
    const { datatype, littleEndian, asMask } = this.task.form
    const { bytes: voxelBytes } = datatypeNamed(datatype)
    if (!asMask) {
      const target = new Uint8Array(this.arena, offset, stored.length)
      target.set(stored)
      if (!littleEndian) swapInPlace(target, voxelBytes)
      return
    }
    const aligned = littleEndian && stored.byteOffset % voxelBytes === 0 ? stored : Uint8Array.from(stored)
    if (!littleEndian) swapInPlace(aligned, voxelBytes)
    const voxels = datatypeNamed(datatype).view(aligned.buffer, aligned.byteOffset, stored.length / voxelBytes)
    new Uint8Array(this.arena, offset, voxels.length).set(maskBits(voxels))
  }
}
