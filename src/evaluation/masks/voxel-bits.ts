import { swapInPlace } from '../../nifti/byte-order.js'
import { datatypeNamed } from '../../nifti/datatype.js'
import type { DatatypeName } from '../../nifti/datatype.js'
import { maskBits } from '../../nifti/lesion.js'
import type { MaskScaling } from '../../nifti/lesion.js'

/** How values are stored; half floats come in .npy files only. */
export interface StoredValues { name: DatatypeName | 'float16', bytes: 1 | 2 | 4 | 8, littleEndian: boolean, scaling: MaskScaling }

/** Values that are looked at in one go; the buffer for them is all the memory there is besides the bits. */
const AT_ONCE = 2 ** 15

/** Turns stored values into a mask's bits as they come, in pieces of any length, by the rule of the dataset's own masks. */
export class VoxelBits {
  readonly bits: Uint8Array
  private filled = 0 // whole values
  private readonly buffer: Uint8Array<ArrayBuffer>
  private buffered = 0

  constructor (private readonly values: StoredValues, voxels: number) {
    this.bits = new Uint8Array(voxels)
    this.buffer = new Uint8Array(AT_ONCE * values.bytes)
  }

  get isComplete (): boolean {
    return this.filled === this.bits.length
  }

  /** Takes the next bytes; what follows the last voxel is passed over. */
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

/** IEEE 754 half floats: the sign has no say in what is 0, and what lies above infinity is NaN. */
function halfBits (halves: Uint16Array): Uint8Array {
  return Uint8Array.from(halves, (half) => (half & 0x7fff) !== 0 && (half & 0x7fff) <= 0x7c00 ? 1 : 0)
}
