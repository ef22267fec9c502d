import { crc32 } from 'node:zlib'
import {
  Z_BLOCK, Z_BUF_ERROR, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2, zlibInflateReset
} from 'pako'
import { GzipDamaged } from './damaged.js'
import { checkTrailer, endOfMemberHeader, startsMember, TRAILER_BYTES } from './member.js'

/** How far back a DEFLATE match can reach (RFC 1951, 2). */
export const WINDOW_BYTES = 32768

/** Where a DEFLATE block begins. */
export interface BlockBoundary {
  /** bytes of output before the block, all members counted */
  outOffset: number
  /** the byte of the file that holds the block's first bit */
  inOffset: number
  /** 0..7: how many low bits of that byte belong to what comes before */
  bit: number
  /** whether the block is the first of a gzip member, so that nothing before it can be referred to */
  memberStart: boolean
}

/** Who listens to the walk. What it is handed is valid during the call only. */
export interface GzipSink {
  /** The output, in order and without gaps; `outOffset` is where the chunk begins. */
  output (chunk: Uint8Array, outOffset: number): void
  /** A block begins; `history` is what the same member has put out before it, the last 32 KiB at most. */
  boundary (at: BlockBoundary, history: Uint8Array): void
}

// Room for new output; each refill moves 32 KiB. Measured on CT: 64 KiB to 1 MiB make no difference.
const BUFFER_BYTES = 256 * 1024
const RAW_DEFLATE = -15
// ZStream.data_type after a call (zlib.h, inflate): unused bits, last block, stopped at the end of a block.
const UNUSED_BITS = 63
const IN_LAST_BLOCK = 64
const AT_BLOCK_END = 128

type Stage = 'header' | 'blocks' | 'trailer' | 'between members' | 'after the end'

/**
 * One pass over a whole gzip file, members and all (RFC 1952): hands on the output, tells where each DEFLATE
 * block begins to the bit, and holds every checksum and size. Memory does not depend on the file.
 *
 * Bytes after the last member are counted and otherwise ignored, unless they begin a further member.
 * Every method throws GzipDamaged when the bytes do not hold; the walk is then over.
 */
export class GzipWalker {
  readonly #sink: GzipSink
  readonly #inflate = new ZStream()
  readonly #buffer = new Uint8Array(WINDOW_BYTES + BUFFER_BYTES)
  #filled = 0 // end of the output in #buffer; as much of the past as there is room for stands before it
  #stage: Stage = 'header'
  #carried = new Uint8Array(0) // a header, trailer or magic of which the rest is still to come
  #bytesIn = 0 // file bytes before the piece at hand
  #bytesOut = 0
  #memberStart = 0 // in the output
  #crc = 0
  #members = 0
  #endOfMembers = 0 // in the file
  #trailingBytes = 0
  #maxOutput: number
  #stops: readonly number[] = []
  #stopInOffsets: number[] = []

  /**
   * @param options.maxOutput  bytes of output after which the walk stops with GzipDamaged
   * @param options.stops      see `setStops`
   */
  constructor (sink: GzipSink, options: { maxOutput: number, stops?: readonly number[] }) {
    this.#sink = sink
    this.#maxOutput = options.maxOutput
    zlibInflateInit2(this.#inflate, RAW_DEFLATE)
    this.setStops(options.stops ?? [])
  }

  /**
   * Notes for each of these output offsets how much of the file suffices to produce what comes before it; an
   * `output` chunk ends at each. Replaces earlier stops; may be called from within `output`. A stop that has
   * been passed already gets the present position, which suffices too.
   *
   * @param stops  output offsets, ascending
   */
  setStops (stops: readonly number[]): void {
    this.#stops = stops
    this.#stopInOffsets = []
  }

  /** Allows this many bytes of output in all; may be called from within `output`. */
  limit (maxOutput: number): void {
    this.#maxOutput = maxOutput
  }

  /** Takes the next bytes of the file, any number of them. */
  push (compressed: Uint8Array): void {
    let at = 0
    while (at < compressed.length) {
      at = this.#stage === 'blocks' ? this.#readBlocks(compressed, at) : this.#readFrame(compressed, at)
    }
    this.#bytesIn += compressed.length
  }

  /**
   * The file ends here.
   *
   * @returns `stopInOffsets[n]`: how many bytes of the file suffice for the output before stop n; for a stop
   *          past the end of the output, where the last member ends
   * @throws GzipDamaged when the file is empty or ends within a member
   */
  end (): { bytesOut: number, members: number, trailingBytes: number, stopInOffsets: number[] } {
    if (this.#stage === 'between members') {
      this.#trailingBytes += this.#carried.length
    } else if (this.#stage !== 'after the end') {
      throw new GzipDamaged('the file ends within a gzip member', this.#bytesIn)
    }
    const stopInOffsets = this.#stops.map((_, n) => this.#stopInOffsets[n] ?? this.#endOfMembers)
    return { bytesOut: this.#bytesOut, members: this.#members, trailingBytes: this.#trailingBytes, stopInOffsets }
  }

  /** Reads what stands around the blocks, which may have begun in an earlier piece. Returns the index after it. */
  #readFrame (compressed: Uint8Array, at: number): number {
    const before = this.#carried.length
    const bytes = before === 0 ? compressed.subarray(at) : Buffer.concat([this.#carried, compressed.subarray(at)])
    const inputByte = this.#bytesIn + at - before
    const taken = this.#takeFrame(bytes, inputByte)
    this.#carried = taken === undefined ? new Uint8Array(bytes) : new Uint8Array(0)
    return taken === undefined ? compressed.length : at + taken - before
  }

  /** How many of `bytes` belong to the present frame; undefined when it needs more of them. */
  #takeFrame (bytes: Uint8Array, inputByte: number): number | undefined {
    if (this.#stage === 'trailer') {
      if (bytes.length < TRAILER_BYTES) return undefined
      checkTrailer(bytes, this.#crc, this.#bytesOut - this.#memberStart, inputByte)
      this.#members++
      this.#endOfMembers = inputByte + TRAILER_BYTES
      this.#stage = 'between members'
      return TRAILER_BYTES
    }
    if (this.#stage === 'between members') {
      if (bytes.length < 2) return undefined
      this.#stage = startsMember(bytes, 0) ? 'header' : 'after the end'
    }
    if (this.#stage === 'after the end') {
      this.#trailingBytes += bytes.length
      return bytes.length
    }
    const end = endOfMemberHeader(bytes, 0, inputByte)
    if (end !== undefined) this.#startMember(inputByte + end)
    return end
  }

  #startMember (inOffset: number): void {
    zlibInflateReset(this.#inflate)
    this.#stage = 'blocks'
    this.#crc = 0
    this.#memberStart = this.#bytesOut
    this.#sink.boundary({ outOffset: this.#bytesOut, inOffset, bit: 0, memberStart: true }, this.#history())
  }

  /** Inflates until the piece or the member is at its end. Returns the index after what was taken. */
  #readBlocks (compressed: Uint8Array, at: number): number {
    const inflate = this.#inflate
    inflate.input = compressed
    inflate.next_in = at
    inflate.avail_in = compressed.length - at
    inflate.output = this.#buffer
    do {
      if (this.#filled === this.#buffer.length) this.#makeRoom()
      inflate.next_out = this.#filled
      inflate.avail_out = this.#room()
      const status = zlibInflate(inflate, Z_BLOCK)
      if (status !== Z_OK && status !== Z_STREAM_END && status !== Z_BUF_ERROR) {
        throw new GzipDamaged(inflate.msg, this.#bytesIn + inflate.next_in)
      }
      this.#passOn(inflate.next_out)
      this.#noteStops()
      if (status === Z_STREAM_END) {
        this.#stage = 'trailer'
        break
      }
      if ((inflate.data_type & (AT_BLOCK_END | IN_LAST_BLOCK)) === AT_BLOCK_END) this.#noteBoundary()
    } while (inflate.avail_in > 0 || inflate.avail_out === 0)
    return inflate.next_in
  }

  /** Output bytes to ask for next: up to the buffer's end, the next stop, or one more than is allowed. */
  #room (): number {
    const untilStop = (this.#stops[this.#stopInOffsets.length] ?? Infinity) - this.#bytesOut
    return Math.min(this.#buffer.length - this.#filled, untilStop, this.#maxOutput + 1 - this.#bytesOut)
  }

  #passOn (end: number): void {
    const chunk = this.#buffer.subarray(this.#filled, end)
    const outOffset = this.#bytesOut
    this.#filled = end
    this.#bytesOut += chunk.length
    this.#refuseExcess()
    if (chunk.length === 0) return
    this.#crc = crc32(chunk, this.#crc)
    this.#sink.output(chunk, outOffset)
    this.#refuseExcess()
  }

  #refuseExcess (): void {
    if (this.#bytesOut <= this.#maxOutput) return
    throw new GzipDamaged(`more than ${this.#maxOutput} bytes of content`, this.#bytesIn + this.#inflate.next_in)
  }

  #noteStops (): void {
    while (this.#bytesOut >= (this.#stops[this.#stopInOffsets.length] ?? Infinity)) {
      this.#stopInOffsets.push(this.#bytesIn + this.#inflate.next_in)
    }
  }

  #noteBoundary (): void {
    const unused = this.#inflate.data_type & UNUSED_BITS
    const bits = (this.#bytesIn + this.#inflate.next_in) * 8 - unused
    const at = { outOffset: this.#bytesOut, inOffset: Math.floor(bits / 8), bit: bits % 8, memberStart: false }
    this.#sink.boundary(at, this.#history())
  }

  #history (): Uint8Array {
    const length = Math.min(WINDOW_BYTES, this.#bytesOut - this.#memberStart)
    return this.#buffer.subarray(this.#filled - length, this.#filled)
  }

  #makeRoom (): void {
    this.#buffer.copyWithin(0, this.#filled - WINDOW_BYTES, this.#filled)
    this.#filled = WINDOW_BYTES
  }
}
