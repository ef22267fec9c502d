import { crc32 } from 'node:zlib'
import type { DiskSlab, DiskSlabs } from '../storage/disk-slabs.js'
import type { VoxelPiece } from '../threads/tasks.js'
import type { Priority, Ticket, VoxelPool } from '../threads/voxel-pool.js'
import { DamagedSince } from '../threads/faults.js'
import type { Slab, SlabCache } from './slab-cache.js'
import { ksOf } from './voxel-form.js'
import type { VoxelForm } from './voxel-form.js'

/**
 * A slab up to this size is read without one of our threads, straight into the arena: its checksum takes the event loop 0.1 ms, less than
 * the round trip to a thread (bench: `disk-cache`).
 */
const READ_HERE_BYTES = 512 * 1024

/**
 * Slabs that were decoded before, on a local disk: reading one spares its bytes from the store and its inflation. They are named
 * by the SHA-256 of their file, so a changed file has others. Only voxels that are kept as they are stored are held, because those can
 * be checked against the catalog's checksums; a mask's bits are not, and inflate in no time.
 */
export class DiskCache {
  /** @param isFar whether the files are fetched over a network: files of this machine that are not compressed are cached already */
  constructor (private readonly slabs: DiskSlabs, private readonly pool: VoxelPool, private readonly cache: SlabCache, private readonly isFar: boolean) {}

  has (form: VoxelForm, n: number): boolean {
    const slab = diskSlabOf(form, n)
    return slab !== undefined && this.slabs.has(slab)
  }

  /**
   * Read slabs that are on disk into the arena: a single small one here, others in a thread.
   *
   * @param pieces of all slabs, with their checksums
   * @param decode does the same from the dataset's file, where what is on disk is damaged or gone
   */
  load (form: VoxelForm, slabs: ReadonlyMap<number, Slab>, pieces: VoxelPiece[], priority: Priority, decode: () => Ticket<{ decodeMs: number }>): Ticket<{ decodeMs: number }> {
    const known = [...slabs.keys()].map((n) => diskSlabOf(form, n)!)
    const [only] = slabs.values()
    let ticket = only !== undefined && slabs.size === 1 && only.bytes <= READ_HERE_BYTES
      ? { done: this.readHere(known[0]!, only, pieces), cancel: () => false, promote: () => {} }
      : this.pool.submit('load', { files: known.map((slab) => this.slabs.use(slab)), slabs: [...slabs.values()].map(({ offset, bytes }) => ({ offset, bytes })), pieces }, priority)
    const done = ticket.done.catch(async (error) => {
      if (!(error instanceof DamagedSince)) throw error
      for (const slab of known) this.slabs.forget(slab)
      ticket = decode()
      return await ticket.done
    })
    return { done, cancel: () => ticket.cancel(), promote: () => ticket.promote() }
  }

  /** @throws DamagedSince when the file is gone or cut, or not what the catalog's checksums say */
  private async readHere (slab: DiskSlab, { view, offset }: Slab, pieces: readonly VoxelPiece[]): Promise<{ decodeMs: number }> {
    const start = performance.now()
    const isWhole = await this.slabs.readInto(slab, view)
    if (!isWhole || pieces.some((piece) => crc32(view.subarray(piece.offset - offset, piece.offset - offset + piece.bytes)) !== piece.crc)) {
      throw new DamagedSince('a slab of the disk cache is damaged')
    }
    return { decodeMs: performance.now() - start }
  }

  /** Keep a decoded slab, if there is room for it. It is held until it is written. */
  keep (form: VoxelForm, slab: Slab): void {
    const known = diskSlabOf(form, slab.n)
    if (known === undefined || !this.slabs.wants(known) || (!this.isFar && form.volume.slabMap.ends === null)) return
    this.cache.pin(slab)
    this.slabs.put(known, slab.view).finally(() => this.cache.release(slab))
  }
}

function diskSlabOf (form: VoxelForm, n: number): DiskSlab | undefined {
  const { volume: { record, layout, parts }, form: { littleEndian, maskScaling } } = form
  if (!littleEndian || maskScaling !== null || parts !== undefined || record.sha256 === null || !layout.littleEndian) return undefined
  const [first, end] = ksOf(form, n)
  return { content: record.sha256, at: first * layout.sliceBytes, bytes: (end - first) * layout.sliceBytes }
}
