import { crc32 } from 'node:zlib'
import { Z_BLOCK, Z_BUF_ERROR, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2, zlibInflateReset } from 'pako'
import { GzipDamaged } from './damaged.js'
import { GzipWalker } from './gzip-walker.js'
import type { BlockBoundary } from './gzip-walker.js'
import type { ReadAt } from './inflate-range.js'
import { startsMember } from './member.js'

/** How a walk over a gzip file ended: with what it found in all, or with the damage that stopped it. */
export type Ending = { damage: string } | { damage: null, bytesOut: number, crc: number, members: number, trailingBytes: number }

/** A walk gives one block after the other, and then its ending. */
export type BlockWalk = Iterator<BlockBoundary, Ending>

const PIECE_BYTES = 1 << 20
const OUTPUT_BYTES = 1 << 16

/** The blocks of a gzip file as our own inflater finds them. @param maxOutput bytes of output after which the file counts as damaged */
export function * ownBlocks (readAt: ReadAt, maxOutput: number): Generator<BlockBoundary, Ending> {
  let blocks: BlockBoundary[] = []
  let crc = 0
  const walker = new GzipWalker({
    output: (chunk) => { crc = crc32(chunk, crc) },
    boundary: (at) => { blocks.push(at) }
  }, { maxOutput })
  let damage: string | null = null
  try {
    for (const { piece } of piecesOf(readAt)) {
      walker.push(piece)
      yield * blocks
      blocks = []
    }
    const { bytesOut, members, trailingBytes } = walker.end()
    return { damage, bytesOut, crc, members, trailingBytes }
  } catch (error) {
    if (!(error instanceof GzipDamaged)) throw error
    damage = error.message
  }
  yield * blocks
  return { damage }
}

// zlib.h, inflate: after Z_BLOCK, `data_type` holds the unused bits of the last byte, and these flags.
const [UNUSED_BITS, IN_LAST_BLOCK, AT_BLOCK_END] = [63, 64, 128]
const GZIP_ONLY = 31 // windowBits: 15, and 16 for a gzip header and trailer (zlib.h, inflateInit2)

/** The same by pako, a port of zlib that shares no code with our inflater. It checks each member's header, checksum and size itself. */
export function * pakoBlocks (readAt: ReadAt, maxOutput: number): Generator<BlockBoundary, Ending> {
  const stream = new ZStream()
  zlibInflateInit2(stream, GZIP_ONLY)
  const output = new Uint8Array(OUTPUT_BYTES)
  let [bytesIn, bytesOut, crc, members, endOfMembers] = [0, 0, 0, 0, 0]
  let [memberStart, over] = [true, false]
  for (const { piece, offset } of piecesOf(readAt)) {
    bytesIn = offset + piece.length
    Object.assign(stream, { input: piece, next_in: 0, avail_in: piece.length })
    while (!over) {
      Object.assign(stream, { output, next_out: 0, avail_out: output.length })
      const status = zlibInflate(stream, Z_BLOCK)
      crc = crc32(output.subarray(0, stream.next_out), crc)
      bytesOut += stream.next_out
      const inOffset = offset + stream.next_in
      if (bytesOut > maxOutput) return { damage: `more than ${maxOutput} bytes of content` }
      if (status === Z_STREAM_END) {
        members++
        endOfMembers = inOffset
        memberStart = true
        over = !beginsMember(readAt, inOffset)
        zlibInflateReset(stream)
        continue
      }
      // Z_BUF_ERROR only says that neither input was taken nor output given: the bits of a short block were in hand already.
      if (status !== Z_OK && status !== Z_BUF_ERROR) return { damage: `${stream.msg} (at compressed byte ${inOffset})` }
      const atBlock = (stream.data_type & AT_BLOCK_END) !== 0
      if (atBlock && (stream.data_type & IN_LAST_BLOCK) === 0) {
        const bits = inOffset * 8 - (stream.data_type & UNUSED_BITS)
        yield { outOffset: bytesOut, inOffset: Math.floor(bits / 8), bit: bits % 8, memberStart }
        memberStart = false
      }
      if (!atBlock && stream.avail_in === 0 && stream.avail_out > 0) break
    }
  }
  return over ? { damage: null, bytesOut, crc, members, trailingBytes: bytesIn - endOfMembers } : { damage: 'the file ends within a gzip member' }
}

/**
 * Where two walks over one file first differ, for a person; null where they agree. Two walks that both end in damage agree:
 * each may word it, and notice it, in its own way.
 */
export function firstDifference (ours: BlockWalk, theirs: BlockWalk): string | null {
  for (let n = 1; ; n++) {
    const [own, other] = [ours.next(), theirs.next()]
    if (own.done === true || other.done === true) {
      const [ownEnd, otherEnd] = [endOf(ours, own), endOf(theirs, other)]
      if (ownEnd.damage !== null && otherEnd.damage !== null) return null
      if (ownEnd.damage === null && otherEnd.damage === null && own.done !== other.done) return `only ${own.done === true ? 'pako' : 'our inflater'} finds a block ${n}`
      return disagreement(saidOfEnding(ownEnd), saidOfEnding(otherEnd))
    }
    const difference = disagreement(saidOfBlock(n, own.value), saidOfBlock(n, other.value))
    if (difference !== null) return difference
  }
}

function endOf (walk: BlockWalk, result: IteratorResult<BlockBoundary, Ending>): Ending {
  while (result.done !== true) result = walk.next()
  return result.value
}

function disagreement (ours: string, theirs: string): string | null {
  return ours === theirs ? null : `our inflater finds ${ours}; pako finds ${theirs}`
}

function saidOfBlock (n: number, { outOffset, inOffset, bit, memberStart }: BlockBoundary): string {
  return `block ${n}${memberStart ? ', the first of a member,' : ''} at bit ${bit} of byte ${inOffset}, after ${outOffset} bytes of content`
}

function saidOfEnding (ending: Ending): string {
  if (ending.damage !== null) return `damage: ${ending.damage}`
  const { bytesOut, crc, members, trailingBytes } = ending
  return `${bytesOut} bytes of content in ${members} members with CRC-32 ${crc.toString(16).padStart(8, '0')}, and ${trailingBytes} bytes after them`
}

function beginsMember (readAt: ReadAt, offset: number): boolean {
  const magic = new Uint8Array(2)
  return readAt(offset, magic) === magic.length && startsMember(magic, 0)
}

function * piecesOf (readAt: ReadAt): Generator<{ piece: Uint8Array, offset: number }> {
  const buffer = new Uint8Array(PIECE_BYTES)
  for (let offset = 0; ;) {
    const piece = buffer.subarray(0, readAt(offset, buffer))
    if (piece.length === 0) return
    yield { piece, offset }
    offset += piece.length
  }
}
