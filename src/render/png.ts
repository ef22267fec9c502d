import { constants, crc32, deflateSync } from 'node:zlib'
import type { Extent, PixelMm } from './size.js'

/** Pixels, and the facts stored with them. */
export interface PngImage extends Extent {
  /** rows * columns * channels samples, row-major; 16-bit samples in the host's byte order */
  readonly pixels: Uint8Array | Uint16Array
  readonly channels: 1 | 3
  /** whether most neighbours are equal (masks), so that filtering gains nothing */
  readonly flat?: boolean
  /** `tEXt` chunks: keyword (1-79 Latin-1 characters) to text */
  readonly text?: Readonly<Record<string, string>>
  /** distances between neighbouring pixels, for `pHYs` */
  readonly pixelMm?: PixelMm
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const COLOUR_TYPE = { 1: 0, 3: 2 } as const
const FILTER_NONE = 0
const FILTER_AVERAGE = 3
const PER_METRE = 1
const CHUNK_BYTES = 16 * 1024
const MAX_UINT31 = 0x7fffffff

/**
 * Write a PNG: greyscale or RGB, with 8 or 16 bits like the pixels.
 *
 * No image library offers the settings that suit the noise of a scan, so this is our own: the Average filter on every
 * row, then deflate's run-length strategy. Measured for encoding alone, on two synthetic 512 x 512 chests in the lung
 * window (correlated and white noise of 30 HU): 2.4 to 3.2 ms, and 0.98 to 1.00 of the bytes of Pillow's default, which
 * takes Pillow 15 to 27 ms. sharp at level 2: 7.5 to 8.8 ms for 1.01 to 1.08 with adaptive filters, 5 ms for 1.12 to
 * 1.29 without.
 *
 * @see Portable Network Graphics (PNG) Specification (Third Edition), sections 5, 9 and 11
 */
export function encodePng (image: PngImage): Uint8Array {
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', imageHeader(image)),
    ...physicalSize(image.pixelMm),
    ...Object.entries(image.text ?? {}).map(([keyword, text]) => textChunk(keyword, text)),
    chunk('IDAT', compress(image)),
    chunk('IEND', Buffer.alloc(0))
  ])
}

function chunk (type: string, data: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(data.length + 12)
  out.writeUInt32BE(data.length, 0)
  out.write(type, 4, 'latin1')
  out.set(data, 8)
  out.writeUInt32BE(crc32(out.subarray(4, data.length + 8)), data.length + 8)
  return out
}

function imageHeader ({ rows, columns, channels, pixels }: PngImage): Uint8Array {
  const data = Buffer.alloc(13) // compression, filter method and interlace are 0
  data.writeUInt32BE(columns, 0)
  data.writeUInt32BE(rows, 4)
  data[8] = pixels.BYTES_PER_ELEMENT * 8
  data[9] = COLOUR_TYPE[channels]
  return data
}

function physicalSize (mm: PixelMm | undefined): Uint8Array[] {
  if (mm === undefined) return []
  const [x, y] = [Math.round(1000 / mm.column), Math.round(1000 / mm.row)] as const
  const fits = (perMetre: number) => perMetre >= 1 && perMetre <= MAX_UINT31
  if (!fits(x) || !fits(y)) return []
  const data = Buffer.alloc(9)
  data.writeUInt32BE(x, 0)
  data.writeUInt32BE(y, 4)
  data[8] = PER_METRE
  return [chunk('pHYs', data)]
}

/** `tEXt` holds Latin-1; a text with other characters goes into `iTXt`, as uncompressed UTF-8 without a language. */
function textChunk (keyword: string, text: string): Uint8Array {
  const isLatin1 = [...text].every((character) => character.codePointAt(0)! < 256)
  if (isLatin1) return chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))
  return chunk('iTXt', Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text)]))
}

function compress (image: PngImage): Uint8Array {
  const { channels, flat = false, columns, rows } = image
  const bytes = bigEndian(image.pixels)
  const stride = columns * channels * image.pixels.BYTES_PER_ELEMENT
  const filtered = flat ? unfiltered(bytes, rows, stride) : averaged(bytes, rows, stride, stride / columns)
  // Grey noise contains only runs; RGB of mostly grey pixels repeats itself at a distance of 3.
  const strategy = channels === 1 ? constants.Z_RLE : constants.Z_DEFAULT_STRATEGY
  // Sized for one chunk: noise packs to about half.
  return deflateSync(filtered, { level: 1, strategy, memLevel: 9, chunkSize: Math.max(CHUNK_BYTES, filtered.length >> 1) })
}

function bigEndian (pixels: Uint8Array | Uint16Array): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels
  const bytes = new Uint8Array(pixels.length * 2)
  for (let n = 0; n < pixels.length; n++) {
    bytes[2 * n] = pixels[n]! >>> 8
    bytes[2 * n + 1] = pixels[n]!
  }
  return bytes
}

function unfiltered (bytes: Uint8Array, rows: number, stride: number): Uint8Array {
  const out = new Uint8Array(rows * (stride + 1))
  for (let r = 0; r < rows; r++) {
    out[r * (stride + 1)] = FILTER_NONE
    out.set(bytes.subarray(r * stride, (r + 1) * stride), r * (stride + 1) + 1)
  }
  return out
}

/** Each byte minus the floor of the mean of the bytes to its left and above it (section 9.2); bytes outside count as 0. */
function averaged (bytes: Uint8Array, rows: number, stride: number, pixelBytes: number): Uint8Array {
  const out = new Uint8Array(rows * (stride + 1))
  let from = 0
  let to = 0
  for (let r = 0; r < rows; r++) {
    out[to++] = FILTER_AVERAGE
    const end = from + stride
    const above = r === 0 ? new Uint8Array(stride) : bytes.subarray(from - stride, from)
    let n = 0
    for (; n < pixelBytes; n++) out[to++] = bytes[from++]! - (above[n]! >> 1)
    for (; from < end; from++, n++) out[to++] = bytes[from]! - ((bytes[from - pixelBytes]! + above[n]!) >> 1)
  }
  return out
}
