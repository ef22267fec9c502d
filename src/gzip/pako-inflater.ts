import { Z_BLOCK, Z_BUF_ERROR, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2, zlibInflateReset, zlibInflateSetDictionary } from 'pako'
import { GzipDamaged } from './damaged.js'
import { WINDOW_BYTES } from './inflater.js'
import type { Inflater, Start, Stop } from './inflater.js'

const INPUT_BYTES = 64 * 1024
const OUTPUT_BYTES = 64 * 1024

/** windowBits of data without any header (zlib.h, inflateInit2). */
const RAW = -15

// zlib.h, inflate: after Z_BLOCK, `data_type` holds the unused bits of the last byte, and these flags.
const [UNUSED_BITS, IN_LAST_BLOCK, AT_BLOCK_END] = [63, 64, 128]

/** The decoder for machines that cannot run ours: pako, a port of zlib to JavaScript. It takes several times as long. */
export class PakoInflater implements Inflater {
  readonly #stream = new ZStream()
  readonly #input = new Uint8Array(INPUT_BYTES)
  readonly #output = new Uint8Array(WINDOW_BYTES + OUTPUT_BYTES)
  #inStart = 0 // of the input that was not used yet
  #inEnd = 0
  #fileOffset = 0 // offset in the file of the byte at #inEnd
  #lastOut = 0 // where the output of the last `run` begins
  #outEnd = 0
  #bitsToSkip = 0 // of the first byte, which has not arrived yet

  constructor () {
    zlibInflateInit2(this.#stream, RAW)
  }

  begin ({ inOffset, bit, history }: Start): void {
    zlibInflateReset(this.#stream)
    if (history.length > 0) zlibInflateSetDictionary(this.#stream, history)
    this.#stream.data_type = 0
    this.#inStart = this.#inEnd = 0
    this.#fileOffset = inOffset
    this.#bitsToSkip = bit
    this.#output.set(history)
    this.#lastOut = this.#outEnd = history.length
  }

  room (): Uint8Array {
    this.#input.copyWithin(0, this.#inStart, this.#inEnd)
    this.#inEnd -= this.#inStart
    this.#inStart = 0
    return this.#input.subarray(this.#inEnd)
  }

  fed (bytes: number): void {
    this.#inEnd += bytes
    this.#fileOffset += bytes
  }

  run (most: number): Stop {
    if (this.#outEnd === this.#output.length) this.#slide()
    this.#lastOut = this.#outEnd
    if (this.#bitsToSkip > 0 && !this.#skipBits()) return 'input'
    const stream = this.#stream
    const end = Math.min(this.#output.length, this.#lastOut + most)
    for (;;) {
      Object.assign(stream, { input: this.#input, next_in: this.#inStart, avail_in: this.#inEnd - this.#inStart, output: this.#output, next_out: this.#outEnd, avail_out: end - this.#outEnd })
      const status = zlibInflate(stream, Z_BLOCK)
      this.#inStart = stream.next_in
      this.#outEnd = stream.next_out
      if (status === Z_STREAM_END) return 'end'
      // Z_BUF_ERROR only says that neither input was taken nor output given: the bits of a short block were in hand already.
      if (status !== Z_OK && status !== Z_BUF_ERROR) throw new GzipDamaged(stream.msg, this.position.inOffset)
      const isAtBlock = (stream.data_type & AT_BLOCK_END) !== 0
      if (isAtBlock && (stream.data_type & IN_LAST_BLOCK) === 0) return 'block'
      if (isAtBlock) continue // after the last block only its end is to come
      return stream.avail_out === 0 ? 'output' : 'input'
    }
  }

  get output (): Uint8Array {
    return this.#output.subarray(this.#lastOut, this.#outEnd)
  }

  get history (): Uint8Array {
    return this.#output.subarray(Math.max(0, this.#outEnd - WINDOW_BYTES), this.#outEnd)
  }

  get position (): { inOffset: number, bit: number } {
    const bits = (this.#fileOffset - (this.#inEnd - this.#inStart)) * 8 + this.#bitsToSkip - (this.#stream.data_type & UNUSED_BITS)
    return { inOffset: Math.floor(bits / 8), bit: bits % 8 }
  }

  get inOffsetAfter (): number {
    const { inOffset, bit } = this.position
    return inOffset + (bit > 0 ? 1 : 0)
  }

  /** zlib's inflatePrime, which pako does not export: begin with the rest of a byte. @returns whether it has arrived */
  #skipBits (): boolean {
    if (this.#inStart === this.#inEnd) return false
    Object.assign(this.#stream.state, { hold: this.#input[this.#inStart++]! >>> this.#bitsToSkip, bits: 8 - this.#bitsToSkip })
    this.#bitsToSkip = 0
    return true
  }

  #slide (): void {
    this.#output.copyWithin(0, this.#outEnd - WINDOW_BYTES, this.#outEnd)
    this.#outEnd = WINDOW_BYTES
  }
}
