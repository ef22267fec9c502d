import { swapInPlace } from '../../nifti/byte-order.js'
import { datatypeNamed } from '../../nifti/datatype.js'
import type { DatatypeName } from '../../nifti/datatype.js'
import { maskBits } from '../../nifti/lesion.js'
import type { MaskScaling } from '../../nifti/lesion.js'

/** How values are stored; half floats occur only in .npy files. */
export interface StoredValues { name: DatatypeName | 'float16', bytes: 1 | 2 | 4 | 8, littleEndian: boolean, scaling: MaskScaling }

/** Values converted in one go; their buffer is the only memory besides the bits. */
const AT_ONCE = 2 ** 15

/** Converts stored values, in pieces of any length, into a mask's bits by the rule for the dataset's own masks. */
export class VoxelBits {
  readonly bits: Uint8Array
  private filled = 0 // number of whole values
  private readonly buffer: Uint8Array<ArrayBuffer>
  private buffered = 0

  constructor (private readonly values: StoredValues, voxels: number) {
    this.bits = new Uint8Array(voxels)
    this.buffer = new Uint8Array(AT_ONCE * values.bytes)
  }

  get isComplete (): boolean {
    return this.filled === this.bits.length
  }

  /** Takes the next bytes; ignores bytes after the last voxel. */
  take (piece: Uint8Array): void {
    const { buffer, values: { bytes } } = this
    for (let at = 0; at < piece.length && !this.isComplete;) {
      const wanted = Math.min(buffer.length, (this.bits.length - this.filled) * bytes) - this.buffered
      const part = piece.subarray(at, at + wanted)
      buffer.set(part, this.buffered)
      this.buffered += part.length
      at += part.length
      if (part.length === wanted) this.flush()
    }
  }

  private flush (): void {
    const { values: { name, bytes, littleEndian, scaling }, buffer } = this
    const count = this.buffered / bytes
    if (!littleEndian) swapInPlace(buffer.subarray(0, this.buffered), bytes)
    const part = name === 'float16' ? halfBits(new Uint16Array(buffer.buffer, 0, count)) : maskBits(datatypeNamed(name).view(buffer.buffer, 0, count), scaling)
    this.bits.set(part, this.filled)
    this.filled += count
    this.buffered = 0
  }
}

/** IEEE 754 half floats: 0 may have either sign, and bit patterns above infinity are NaN. */
function halfBits (halves: Uint16Array): Uint8Array {
  return Uint8Array.from(halves, (half) => (half & 0x7fff) !== 0 && (half & 0x7fff) <= 0x7c00 ? 1 : 0)
}
