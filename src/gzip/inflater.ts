import { GzipDamaged } from './damaged.js'
import { INFLATE_WASM } from './inflate-wasm.js'

/** How far back a DEFLATE match can reach (RFC 1951, 2). */
export const WINDOW_BYTES = 32768

/** Where inflation begins: a block's first bit, and the earlier output that matches may refer to. */
export interface Start {
  /** byte of the file that holds the bit */
  inOffset: number
  /** 0..7: how many low bits of that byte belong to the data before it */
  bit: number
  /** 0..32768 bytes, of the same member */
  history: Uint8Array
}

/** A place in a gzip file at which inflation can begin: the start of a DEFLATE block. */
export interface AccessPoint extends Start {
  /** bytes of the uncompressed stream before it, all members counted */
  outOffset: number
}

/** Where a gzip member's DEFLATE data begins: matches cannot refer to anything before it. */
export function startOfMember (inOffset: number): Start {
  return { inOffset, bit: 0, history: new Uint8Array(0) }
}

/** Why `run` stopped: it needs more input; there is enough output; a block has ended; the last block has ended. */
export type Stop = 'input' | 'output' | 'block' | 'end'

// Input, output and tables together stay within a core's second-level cache.
const INPUT_BYTES = 128 * 1024
const OUTPUT_BYTES = 128 * 1024

// What `run` of assembly/inflate.ts returns, in its order, with zlib's messages for the same faults (inflate.c, inftrees.c).
const STOPS: readonly Stop[] = ['input', 'output', 'block', 'end']
const FAULTS = [
  'invalid block type', 'invalid stored block lengths', 'too many length or distance symbols', 'invalid code lengths set',
  'invalid bit length repeat', 'invalid code -- missing end-of-block', 'invalid literal/lengths set', 'invalid distances set',
  'invalid literal/length code', 'invalid distance code', 'invalid distance too far back'
]

interface Exports {
  memory: WebAssembly.Memory
  SLACK: WebAssembly.Global
  bitPosition: WebAssembly.Global
  outPosition: WebAssembly.Global
  freeFrom: () => number
  reset: () => void
  run: (inEnd: number, outFrom: number, outEnd: number) => number
}

const MODULE = new WebAssembly.Module(Buffer.from(INFLATE_WASM, 'base64'))
const PAGE_BYTES = 65536

/**
 * A DEFLATE decoder (RFC 1951) that begins at any bit, stops at any block, and takes its input in pieces. One decoder
 * takes about half a MiB, however much data it decodes.
 *
 * Call `begin`; then fill part of `room()`, say how much with `fed`, call `run` until it asks for input, and repeat.
 */
export class Inflater {
  readonly #wasm: Exports
  readonly #memory: Uint8Array
  readonly #in: number
  readonly #out: number
  readonly #outEnd: number
  #inEnd = 0 // after the input received so far
  #outFrom = 0 // the first byte that matches may refer to
  #lastOut = 0 // where the output of the last `run` begins
  #fileOffset = 0 // offset in the file of the byte at #inEnd

  constructor () {
    this.#wasm = new WebAssembly.Instance(MODULE).exports as unknown as Exports
    const { memory, SLACK, freeFrom } = this.#wasm
    const slack = SLACK.value
    this.#in = (freeFrom() + 15) & ~15
    this.#out = this.#in + INPUT_BYTES + slack
    this.#outEnd = this.#out + WINDOW_BYTES + OUTPUT_BYTES
    const missing = Math.ceil((this.#outEnd + slack - memory.buffer.byteLength) / PAGE_BYTES)
    if (missing > 0) memory.grow(missing)
    this.#memory = new Uint8Array(memory.buffer)
    this.#wasm.outPosition.value = this.#out
  }

  /** Begin anew at a block, of this member or another. Input that was not used is forgotten. */
  begin ({ inOffset, bit, history }: Start): void {
    this.#wasm.reset()
    this.#inEnd = this.#in
    this.#fileOffset = inOffset
    this.#wasm.bitPosition.value = this.#in * 8 + bit
    this.#memory.set(history, this.#out)
    this.#outFrom = this.#out
    this.#lastOut = this.#wasm.outPosition.value = this.#out + history.length
  }

  /** Where the next bytes of the input go; empty until `run` has used some of them. Valid until the next call. */
  room (): Uint8Array {
    const bits = this.#wasm.bitPosition.value
    const rest = bits >>> 3
    // Before any input has arrived, the start's first byte is already addressed.
    if (rest > this.#in && rest <= this.#inEnd) {
      this.#memory.copyWithin(this.#in, rest, this.#inEnd)
      this.#inEnd -= rest - this.#in
      this.#wasm.bitPosition.value = this.#in * 8 + (bits & 7)
    }
    return this.#memory.subarray(this.#inEnd, this.#in + INPUT_BYTES)
  }

  /** Says that `bytes` bytes were put into `room()`. */
  fed (bytes: number): void {
    this.#inEnd += bytes
    this.#fileOffset += bytes
  }

  /**
   * Decode some output.
   *
   * @param most bytes of output after which to stop; a match across this limit is written whole (up to 264 bytes more)
   * @throws GzipDamaged
   */
  run (most: number): Stop {
    const { outPosition, run } = this.#wasm
    if (outPosition.value >= this.#outEnd) this.#slide()
    this.#lastOut = outPosition.value
    const stop = run(this.#inEnd, this.#outFrom, Math.min(this.#outEnd, this.#lastOut + most))
    if (stop >= STOPS.length) throw new GzipDamaged(FAULTS[stop - STOPS.length]!, this.position.inOffset)
    return STOPS[stop]!
  }

  /** The output of the last `run`. Valid until the next call. */
  get output (): Uint8Array {
    return this.#memory.subarray(this.#lastOut, this.#wasm.outPosition.value)
  }

  /** The last bytes of all output since `begin`, its history included, 32 KiB at most. Valid until the next call. */
  get history (): Uint8Array {
    const end = this.#wasm.outPosition.value
    return this.#memory.subarray(Math.max(this.#outFrom, end - WINDOW_BYTES), end)
  }

  /** The next bit of the input: the byte of the file that holds it, and which bit of that byte. */
  get position (): { inOffset: number, bit: number } {
    const bits = this.#wasm.bitPosition.value
    return { inOffset: this.#fileOffset - this.#inEnd + (bits >>> 3), bit: bits & 7 }
  }

  /** Offset in the file after the last byte of which at least one bit was used. */
  get inOffsetAfter (): number {
    const { inOffset, bit } = this.position
    return inOffset + (bit > 0 ? 1 : 0)
  }

  /** Make room for output: moves what matches may refer to to the front. */
  #slide (): void {
    const end = this.#wasm.outPosition.value
    const from = Math.max(this.#outFrom, end - WINDOW_BYTES)
    this.#memory.copyWithin(this.#out, from, end)
    this.#outFrom = this.#out
    this.#wasm.outPosition.value = this.#out + end - from
  }
}

let idle: Inflater | undefined

/** This thread's shared inflater, for work that runs from `begin` to its end without a pause. */
export function idleInflater (): Inflater {
  idle ??= new Inflater()
  return idle
}
