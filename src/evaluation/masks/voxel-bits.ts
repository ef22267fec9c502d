/** The stored type of a value, as far as telling 0 and NaN from the rest goes. */
export interface ValueType { isFloat: boolean, bytes: 1 | 2 | 4 | 8, littleEndian: boolean }

/**
 * Turns stored values into a mask's bits as they come, in pieces of any length: 1 where a value is neither 0 nor NaN. That can be
 * told from its bytes: an integer is 0 if they all are; of a float the sign has no say, and NaN lies above infinity.
 */
export class VoxelBits {
  readonly bits: Uint8Array
  private filled = 0 // whole values
  private readonly split: Uint8Array // of a value whose rest has not come
  private splitBytes = 0

  constructor (private readonly type: ValueType, voxels: number) {
    this.bits = new Uint8Array(voxels)
    this.split = new Uint8Array(type.bytes)
  }

  get isComplete (): boolean {
    return this.filled === this.bits.length
  }

  /** Takes the next bytes. @returns how many belonged to voxels; what follows the last one does not */
  take (piece: Uint8Array): number {
    const { bytes } = this.type
    let at = 0
    if (this.splitBytes > 0) {
      at = Math.min(bytes - this.splitBytes, piece.length)
      this.split.set(piece.subarray(0, at), this.splitBytes)
      this.splitBytes += at
      if (this.splitBytes < bytes) return at
      this.put(this.split, 0, 1)
      this.splitBytes = 0
    }
    const count = Math.min(Math.floor((piece.length - at) / bytes), this.bits.length - this.filled)
    this.put(piece, at, count)
    at += count * bytes
    if (this.isComplete) return at
    this.split.set(piece.subarray(at))
    this.splitBytes = piece.length - at
    return piece.length
  }

  private put (piece: Uint8Array, from: number, count: number): void {
    const { type: { isFloat, bytes, littleEndian }, bits, filled } = this
    if (bytes === 1) {
      for (let n = 0; n < count; n++) bits[filled + n] = piece[from + n] === 0 ? 0 : 1
    } else if (!isFloat) {
      for (let n = 0, at = from; n < count; n++) {
        let any = 0
        for (const end = at + bytes; at < end; at++) any |= piece[at]!
        bits[filled + n] = any === 0 ? 0 : 1
      }
    } else {
      const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
      for (let n = 0, at = from; n < count; n++, at += bytes) bits[filled + n] = isSome(view, at, bytes, littleEndian) ? 1 : 0
    }
    this.filled += count
  }
}

/** IEEE 754: positive and negative zero are 0, and what lies above infinity is NaN. */
function isSome (view: DataView, at: number, bytes: 1 | 2 | 4 | 8, littleEndian: boolean): boolean {
  if (bytes === 2) {
    const half = view.getUint16(at, littleEndian) & 0x7fff
    return half !== 0 && half <= 0x7c00
  }
  const value = bytes === 4 ? view.getFloat32(at, littleEndian) : view.getFloat64(at, littleEndian)
  return value < 0 || value > 0
}
