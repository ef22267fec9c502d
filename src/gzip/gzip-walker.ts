import { crc32 } from 'node:zlib'
import { GzipDamaged } from './damaged.js'
import { makeInflater } from './choose-inflater.js'
import { startOfMember } from './inflater.js'
import { checkTrailer, endOfMemberHeader, startsMember, TRAILER_BYTES } from './member.js'

/** Where a DEFLATE block begins. */
export interface BlockBoundary {
  /** bytes of output before the block, all members counted */
  outOffset: number
  /** the byte of the file that holds the block's first bit */
  inOffset: number
  /** 0..7: how many low bits of that byte belong to the data before it */
  bit: number
  /** whether the block is the first of a gzip member, so that matches cannot refer to anything before it */
  memberStart: boolean
}

/** Receives the output of a walk. The bytes it gets are valid during the call only. */
export interface GzipSink {
  /** The output, in order and without gaps; `outOffset` is where the chunk begins. */
  output (chunk: Uint8Array, outOffset: number): void
  /** A block begins; `history` is the member's output before it, the last 32 KiB at most. */
  boundary (at: BlockBoundary, history: Uint8Array): void
}

type Stage = 'header' | 'blocks' | 'trailer' | 'between members' | 'after the end'

/**
 * One pass over a whole gzip file with all its members (RFC 1952): hands on the output, reports to the bit where each
 * DEFLATE block begins, and checks every checksum and size. Memory does not depend on the file's size.
 *
 * Bytes after the last member are counted and otherwise ignored, unless they begin a further member.
 * Every method throws GzipDamaged when the bytes are damaged; the walk is then over.
 */
export class GzipWalker {
  readonly #sink: GzipSink
  readonly #inflater = makeInflater()
  #stage: Stage = 'header'
  #carried = new Uint8Array(0) // the beginning of a header, trailer or magic; the rest is in the next piece
  #bytesIn = 0 // file bytes before the current piece
  #bytesOut = 0
  #memberStart = 0 // offset in the output
  #crc = 0
  #members = 0
  #endOfMembers = 0 // offset in the file
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
    this.setStops(options.stops ?? [])
  }

  /**
   * For each of these output offsets, notes how many bytes of the file suffice for the output before it. An `output`
   * chunk ends at the stop, or after the match that crosses it. Replaces earlier stops; may be called from within
   * `output`. A stop that was passed already gets the current position, which suffices too.
   *
   * @param stops  output offsets, ascending
   */
  setStops (stops: readonly number[]): void {
    this.#stops = stops
    this.#stopInOffsets = []
  }

  /** Sets how many bytes of output are allowed in total; may be called from within `output`. */
  limit (maxOutput: number): void {
    this.#maxOutput = maxOutput
  }

  /** Takes the next bytes of the file: any number of them. */
  push (compressed: Uint8Array): void {
    let at = 0
    while (at < compressed.length) {
      at = this.#stage === 'blocks' ? this.#readBlocks(compressed, at) : this.#readFrame(compressed, at)
    }
    this.#bytesIn += compressed.length
  }

  /**
   * Says that the file has ended.
   *
   * @returns `stopInOffsets[n]`: how many bytes of the file suffice for the output before stop n; for a stop past the
   *          end of the output, the end of the last member
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

  /** Reads headers and trailers, which may have begun in an earlier piece. Returns the index after them. */
  #readFrame (compressed: Uint8Array, at: number): number {
    const before = this.#carried.length
    const bytes = before === 0 ? compressed.subarray(at) : Buffer.concat([this.#carried, compressed.subarray(at)])
    const inputByte = this.#bytesIn + at - before
    const taken = this.#takeFrame(bytes, inputByte)
    this.#carried = taken === undefined ? new Uint8Array(bytes) : new Uint8Array(0)
    return taken === undefined ? compressed.length : at + taken - before
  }

  /** How many of `bytes` belong to the current header, trailer or magic; undefined when more bytes are needed. */
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
    const start = startOfMember(inOffset)
    this.#inflater.begin(start)
    this.#stage = 'blocks'
    this.#crc = 0
    this.#memberStart = this.#bytesOut
    this.#sink.boundary({ outOffset: this.#bytesOut, inOffset, bit: 0, memberStart: true }, start.history)
  }

  /** Inflates until the piece or the member ends. Returns the index after the last byte used. */
  #readBlocks (compressed: Uint8Array, at: number): number {
    const room = this.#inflater.room()
    const piece = compressed.subarray(at, at + room.length)
    room.set(piece)
    this.#inflater.fed(piece.length)
    for (;;) {
      const stopped = this.#inflater.run(this.#most())
      this.#passOn(this.#inflater.output)
      this.#noteStops()
      if (stopped === 'input') return at + piece.length
      if (stopped === 'block') this.#sink.boundary({ outOffset: this.#bytesOut, ...this.#inflater.position, memberStart: false }, this.#inflater.history)
      if (stopped === 'end') {
        this.#stage = 'trailer'
        return this.#inflater.inOffsetAfter - this.#bytesIn
      }
    }
  }

  /** Bytes of output to ask for next: up to the next stop, or one more than the limit allows. */
  #most (): number {
    const untilStop = (this.#stops[this.#stopInOffsets.length] ?? Infinity) - this.#bytesOut
    return Math.min(untilStop, this.#maxOutput + 1 - this.#bytesOut)
  }

  #passOn (chunk: Uint8Array): void {
    const outOffset = this.#bytesOut
    this.#bytesOut += chunk.length
    this.#refuseExcess()
    if (chunk.length === 0) return
    this.#crc = crc32(chunk, this.#crc)
    this.#sink.output(chunk, outOffset)
    this.#refuseExcess()
  }

  #refuseExcess (): void {
    if (this.#bytesOut <= this.#maxOutput) return
    throw new GzipDamaged(`more than ${this.#maxOutput} bytes of content`, this.#inflater.inOffsetAfter)
  }

  #noteStops (): void {
    while (this.#bytesOut >= (this.#stops[this.#stopInOffsets.length] ?? Infinity)) {
      this.#stopInOffsets.push(this.#inflater.inOffsetAfter)
    }
  }
}
