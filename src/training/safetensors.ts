import type { WireDtype } from '../render/wire-dtype.js'

const DTYPES: Readonly<Record<WireDtype, string>> = Object.freeze({
  int8: 'I8', uint8: 'U8', int16: 'I16', uint16: 'U16', int32: 'I32', uint32: 'U32', int64: 'I64', uint64: 'U64', float16: 'F16', float32: 'F32', float64: 'F64'
})

/** One tensor: the values of all tensors follow the header in the order of the list, little-endian, without gaps. */
export interface TensorInfo { name: string, dtype: WireDtype, shape: readonly number[], length: number }

/**
 * The header of a safetensors file: 8 bytes with the length of the JSON, then the JSON, padded with spaces so that the
 * values begin at a multiple of 8.
 *
 * @param metadata strings about the file
 * @param tensors wider number types first, so that each begins at a multiple of its own width
 * @see https://github.com/huggingface/safetensors, "Format"
 */
export function safetensorsHeader (tensors: readonly TensorInfo[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0
  const entries = tensors.map(({ name, dtype, shape, length }) => {
    const begin = offset
    offset += length
    return [name, { dtype: DTYPES[dtype], shape, data_offsets: [begin, offset] }]
  })
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const json = text.padEnd(Math.ceil(text.length / 8) * 8, ' ')
  const header = Buffer.alloc(8 + json.length)
  header.writeBigUInt64LE(BigInt(json.length))
  header.write(json, 8, 'latin1')
  return header
}
