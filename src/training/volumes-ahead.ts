import type { VoxelForm } from '../volumes/slab-decoder.js'
import type { VoxelReader } from '../volumes/voxel-reader.js'

/** Slabs of one volume that a group of samples will ask for. */
export interface WantedSlabs { form: VoxelForm, ks: number[] }

/** Volumes decoded side by side: one alone leaves threads idle where its last run is decoded. */
const LANES = 2

/** Bytes of what is wanted. */
export function wantedBytes (wanted: Iterable<WantedSlabs>): number {
  let bytes = 0
  for (const { form, ks } of wanted) bytes += form.slabBytes * ks.length
  return bytes
}

/**
 * Decode volumes into the cache, each in one go and in the order of the list, so that slices which are then read in any
 * order are there. Nothing is held: what is evicted before it is read is decoded again, by itself. What goes wrong is
 * told by the read that comes after.
 *
 * @param after begin when this is done
 * @returns by key of the form, when its slabs are there
 */
export function decodeVolumes (reader: VoxelReader, wanted: readonly WantedSlabs[], after: Promise<unknown>, signal: AbortSignal): Map<string, Promise<void>> {
  const lanes: Promise<void>[] = Array.from({ length: LANES }, async () => { await after })
  return new Map(wanted.map(({ form, ks }, n) => {
    const decoded = lanes[n % LANES]!.then(async () => {
      if (signal.aborted) return
      await reader.read(form, ks, signal).then(({ release }) => release(), () => {})
    })
    lanes[n % LANES] = decoded
    return [form.key, decoded]
  }))
}
