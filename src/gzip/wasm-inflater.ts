import { compiled } from './compiled.js'
import { GzipDamaged } from './damaged.js'
import { INFLATE_WASM } from './inflate-wasm.js'
import { WINDOW_BYTES } from './inflater.js'
import type { Inflater, Start, Stop } from './inflater.js'

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

const PAGE_BYTES = 65536

const MODULE = compiled(INFLATE_WASM)

/** Whether this process can run it. */
export const IS_WASM_HERE = MODULE !== undefined

/** The decoder of assembly/inflate.ts, on SIMD. */
export class WasmInflater implements Inflater {
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
    if (MODULE === undefined) throw new Error('this machine cannot run the module')
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

  begin ({ inOffset, bit, history }: Start): void {
    this.#wasm.reset()
    this.#inEnd = this.#in
    this.#fileOffset = inOffset
    this.#wasm.bitPosition.value = this.#in * 8 + bit
    this.#memory.set(history, this.#out)
    this.#outFrom = this.#out
    this.#lastOut = this.#wasm.outPosition.value = this.#out + history.length
  }

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

  fed (bytes: number): void {
    this.#inEnd += bytes
    this.#fileOffset += bytes
  }

  run (most: number): Stop {
    const { outPosition, run } = this.#wasm
    if (outPosition.value >= this.#outEnd) this.#slide()
    this.#lastOut = outPosition.value
    const stop = run(this.#inEnd, this.#outFrom, Math.min(this.#outEnd, this.#lastOut + most))
    if (stop >= STOPS.length) throw new GzipDamaged(FAULTS[stop - STOPS.length]!, this.position.inOffset)
    return STOPS[stop]!
  }

  get output (): Uint8Array {
    return this.#memory.subarray(this.#lastOut, this.#wasm.outPosition.value)
  }

  get history (): Uint8Array {
    const end = this.#wasm.outPosition.value
    return this.#memory.subarray(Math.max(this.#outFrom, end - WINDOW_BYTES), end)
  }

  get position (): { inOffset: number, bit: number } {
    const bits = this.#wasm.bitPosition.value
    return { inOffset: this.#fileOffset - this.#inEnd + (bits >>> 3), bit: bits & 7 }
  }

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
