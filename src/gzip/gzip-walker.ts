import { crc32 } from 'node:zlib'
import { GzipDamaged } from './damaged.js'
import { Inflater, startOfMember } from './inflater.js'
import { checkTrailer, endOfMemberHeader, startsMember, TRAILER_BYTES } from './member.js'

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
  readonly #inflater = new Inflater()
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
    this.setStops(options.stops ?? [])
  }

  /**
   * Notes for each of these output offsets how much of the file suffices to produce what comes before it; an
   * `output` chunk ends there, or with the match that reaches over it. Replaces earlier stops; may be called from
   * within `output`. A stop that has been passed already gets the present position, which suffices too.
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
    const start = startOfMember(inOffset)
    this.#inflater.begin(start)
    this.#stage = 'blocks'
    this.#crc = 0
    this.#memberStart = this.#bytesOut
    this.#sink.boundary({ outOffset: this.#bytesOut, inOffset, bit: 0, memberStart: true }, start.history)
  }

  /** Inflates until the piece or the member is at its end. Returns the index after what was taken. */
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

  /** Output bytes to ask for next: up to the next stop, or one more than is allowed. */
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
