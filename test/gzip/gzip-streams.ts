/** Makes gzip files of every kind, with Node's zlib, pako or by hand, and walks them. */
import { constants, crc32, deflateRawSync, type ZlibOptions } from 'node:zlib'
import fc from 'fast-check'
import type { AccessPoint } from '../../src/gzip/inflater.js'
import { GzipWalker, type BlockBoundary } from '../../src/gzip/gzip-walker.js'
import { inflateRange, type ReadAt } from '../../src/gzip/inflate-range.js'

/** ID1, ID2, CM 8, no flags, no time, XFL 0, OS unknown (RFC 1952, 2.3.1). */
export const PLAIN_HEADER = Buffer.from('1f8b08000000000000ff', 'hex')

/** CRC32 and ISIZE of the content. */
export function trailerOf (content: Uint8Array): Buffer {
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(content), 0)
  trailer.writeUInt32LE(content.length, 4)
  return trailer
}

/** One gzip member that holds `content`. */
export function member (content: Uint8Array, options: ZlibOptions = {}, header: Uint8Array = PLAIN_HEADER): Buffer {
  return Buffer.concat([header, deflateRawSync(content, options), trailerOf(content)])
}

const KINDS = ['zeros', 'runs', 'text', 'noise', 'ct'] as const

/** Bytes of a kind; the same seed gives the same bytes. */
export function contentOf (kind: typeof KINDS[number], length: number, seed: number): Buffer {
  let state = seed >>> 0
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const content = Buffer.alloc(length)
  if (kind === 'noise') return content.map(() => random() * 256) as Buffer
  if (kind === 'runs') {
    for (let at = 0; at < length;) {
      const run = 1 + Math.floor(random() ** 4 * 5000)
      content.fill(Math.floor(random() * 256), at, Math.min(at + run, length))
      at += run
    }
  }
  if (kind === 'text') {
    for (let at = 0; at < length; at += 8) content.write(`word${Math.floor(random() * 999)} `, at)
  }
  if (kind === 'ct') {
    for (let at = 0; at + 1 < length; at += 2) {
      const hu = (at % 4096 < 1500 ? -850 : 40) + Math.round((random() + random() - 1) * 40)
      content.writeInt16LE(hu, at)
    }
  }
  return content
}

export interface GzipFile { file: Buffer, content: Buffer }

const anyMember: fc.Arbitrary<GzipFile> = fc.record({
  kind: fc.constantFrom(...KINDS),
  length: fc.oneof({ weight: 3, arbitrary: fc.nat(150_000) }, fc.nat(50), fc.constant(0)),
  seed: fc.nat(),
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FIXED)
}).map(({ kind, length, seed, ...options }) => {
  const content = contentOf(kind, length, seed)
  return { content, file: member(content, options) }
})

/** Files of one to five members, each of its own kind, level, strategy and size (which may be nothing). */
export const anyGzipFile: fc.Arbitrary<GzipFile> = fc.array(anyMember, { minLength: 1, maxLength: 5 })
  .map((members) => ({
    file: Buffer.concat(members.map(({ file }) => file)),
    content: Buffer.concat(members.map(({ content }) => content))
  }))

/** A range within `length` bytes, which may be empty. */
export function rangeIn (length: number, a: number, b: number): { from: number, to: number } {
  const [from, to] = [Math.floor(a * (length + 1)), Math.floor(b * (length + 1))]
  return from < to ? { from, to } : { from: to, to: from }
}

/** `bytes` cut into pieces of these sizes, taken in turn. */
export function * pieces (bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

export interface Walk extends ReturnType<GzipWalker['end']> {
  content: Buffer
  boundaries: BlockBoundary[]
  /** every boundary as an access point */
  points: AccessPoint[]
}

/** Walks a file and keeps everything. */
export function walk (
  file: Uint8Array, { stops = [], sizes = [65536], maxOutput = Infinity }: { stops?: number[], sizes?: number[], maxOutput?: number } = {}
): Walk {
  const chunks: Buffer[] = []
  const boundaries: BlockBoundary[] = []
  const points: AccessPoint[] = []
  const walker = new GzipWalker({
    output: (chunk) => { chunks.push(Buffer.from(chunk)) },
    boundary: (at, history) => {
      boundaries.push(at)
      points.push({ outOffset: at.outOffset, inOffset: at.inOffset, bit: at.bit, history: new Uint8Array(history) })
    }
  }, { stops, maxOutput })
  for (const piece of pieces(file, sizes)) walker.push(piece)
  return { ...walker.end(), content: Buffer.concat(chunks), boundaries, points }
}

/** Reads a file in memory, at most `most` bytes at a time. */
export function readerOf (file: Buffer, most = Infinity): ReadAt {
  return (inOffset, into) => inOffset >= file.length ? 0 : file.copy(into, 0, inOffset, Math.min(file.length, inOffset + Math.min(into.length, most)))
}

/** `length` bytes of the content from `skip` behind the point on, put together. */
export function rangeOf (...[read, point, skip, length, stop]: [ReadAt, Parameters<typeof inflateRange>[1], number, number, number?]): Buffer {
  const chunks: Buffer[] = []
  inflateRange(read, point, skip, length, (chunk) => { chunks.push(Buffer.from(chunk)) }, stop)
  return Buffer.concat(chunks)
}
