import type { Voxels } from '../image/grey-tables.js'
import { scatter } from '../image/gather.js'
import type { Plane, Slice } from '../image/planes.js'

/** A volume whose voxels arrive: as one stream from the first on, and slice by slice where somebody looks ahead of it. */
export class FillingVolume {
  /** one entry per stored k: 1 when all of it has come with the stream */
  readonly arrived: Uint8Array
  /** changes whenever voxels have arrived */
  revision = 0
  /** bytes of the stream that have arrived */
  received = 0
  /** validator of what has arrived: a stream goes on only where it still holds */
  etag: string | null = null
  private readonly alone = new Set<string>()

  /** @param voxels shape[0] * shape[1] * shape[2] values, i fastest; filled here */
  constructor (readonly voxels: Voxels, readonly shape: readonly [number, number, number]) {
    this.arrived = new Uint8Array(shape[2])
  }

  get isComplete (): boolean {
    return this.received === this.voxels.byteLength
  }

  /** The share of the stream that has arrived, 0 to 1. */
  get share (): number {
    return this.received / this.voxels.byteLength
  }

  /** Whether all voxels of a slice are there. */
  has ({ plane, index, normalAxis }: Pick<Slice, 'plane' | 'index' | 'normalAxis'>): boolean {
    return this.isComplete || this.alone.has(`${plane} ${index}`) || (normalAxis === 2 && this.arrived[index] === 1)
  }

  /** Whether some voxels of a slice are there: then what is missing is left blank. */
  hasPart (slice: Pick<Slice, 'plane' | 'index' | 'normalAxis'>): boolean {
    return this.has(slice) || (slice.normalAxis !== 2 && this.arrived[0] === 1)
  }

  /** Take the next bytes of the stream. @throws RangeError when there are more than the volume has */
  append (bytes: Uint8Array): void {
    new Uint8Array(this.voxels.buffer, this.voxels.byteOffset, this.voxels.byteLength).set(bytes, this.received)
    const slabBytes = this.voxels.byteLength / this.shape[2]
    const before = Math.floor(this.received / slabBytes)
    this.received += bytes.length
    this.arrived.fill(1, before, Math.floor(this.received / slabBytes))
    this.revision++
  }

  /** Take a slice that came by itself, rows and columns in stored order (`orientation=native`). */
  place (values: Voxels, native: Slice): void {
    scatter(values, this.voxels, native)
    this.alone.add(`${native.plane} ${native.index}`)
    this.revision++
  }

  /** Whether a slice came by itself, ahead of the stream. */
  cameAlone (plane: Plane, index: number): boolean {
    return this.alone.has(`${plane} ${index}`)
  }

  /** Forget what has arrived: the file has changed. */
  restart (): void {
    this.received = 0
    this.arrived.fill(0)
    this.alone.clear()
    this.revision++
  }
}
