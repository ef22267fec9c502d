import assert from 'node:assert/strict'
import { crc32, inflateSync } from 'node:zlib'

/** A PNG taken apart by the specification alone, sharing nothing with the encoder. */
export interface DecodedPng {
  columns: number
  rows: number
  bits: number
  colourType: number
  /** row-major, channels interleaved */
  samples: number[]
  chunks: { type: string, data: Buffer }[]
}

const CHANNELS: Record<number, number> = { 0: 1, 2: 3 }

export function readPng (file: Uint8Array): DecodedPng {
  const chunks = readChunks(Buffer.from(file))
  const header = chunks[0]!.data
  assert.equal(chunks[0]!.type, 'IHDR')
  assert.equal(chunks.at(-1)!.type, 'IEND')
  const [columns, rows, bits, colourType] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8]!, header[9]!]
  assert.deepEqual([...header.subarray(10)], [0, 0, 0], 'compression, filter method, interlace')
  const pixelBytes = CHANNELS[colourType]! * bits / 8
  const data = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)))
  assert.equal(data.length, rows * (columns * pixelBytes + 1))
  const bytes = unfilter(data, rows, columns * pixelBytes, pixelBytes)
  const samples = bits === 8 ? [...bytes] : Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readUInt16BE(2 * n))
  return { columns, rows, bits, colourType, samples, chunks }
}

function readChunks (file: Buffer): DecodedPng['chunks'] {
  assert.deepEqual([...file.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10])
  const chunks = []
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)), `crc of ${type}`)
    chunks.push({ type, data: file.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return chunks
}

function unfilter (data: Buffer, rows: number, stride: number, pixelBytes: number): Buffer {
  const out = Buffer.alloc(rows * stride)
  for (let r = 0; r < rows; r++) {
    const filter = data[r * (stride + 1)]!
    for (let n = 0; n < stride; n++) {
      const left = n < pixelBytes ? 0 : out[r * stride + n - pixelBytes]!
      const above = r === 0 ? 0 : out[(r - 1) * stride + n]!
      const predicted = [0, left, above, Math.floor((left + above) / 2)][filter]
      assert.ok(predicted !== undefined, `filter ${filter}`)
      out[r * stride + n] = data[r * (stride + 1) + 1 + n]! + predicted
    }
  }
  return out
}
