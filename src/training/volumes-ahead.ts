import { slabOf, slabRoom } from '../volumes/voxel-form.js'
import type { VoxelForm, WantedKs } from '../volumes/voxel-form.js'
import type { VoxelReader } from '../volumes/voxel-reader.js'

/** Volumes decoded side by side: one alone leaves threads idle where its last run is decoded. */
const LANES = 2

/** What is held of a volume while it is decoded ahead, of the cache: enough for a run on each thread. */
const CACHE_SHARE_AT_ONCE = 16

/**
 * Decode volumes into the cache, each in one go and in the order of the list, so that slices which are then read in any
 * order are there. Nothing is held: what is evicted before it is read is decoded again, by itself. What goes wrong is
 * told by the read that comes after.
 *
 * @param after begin when this is done
 * @returns by key of the form, when its slabs are there
 */
export function decodeVolumes (reader: VoxelReader, wanted: readonly WantedKs[], cacheBytes: number, after: Promise<unknown>, signal: AbortSignal): Map<string, Promise<void>> {
  const lanes: Promise<void>[] = Array.from({ length: LANES }, async () => { await after })
  return new Map(wanted.map(({ form, ks }, n) => {
    const decoded = lanes[n % LANES]!.then(async () => {
      for (const part of partsOf(form, ks, cacheBytes / CACHE_SHARE_AT_ONCE)) {
        if (signal.aborted) return
        await reader.read(form, part, { signal }).then(({ release }) => release(), () => {})
      }
    })
    lanes[n % LANES] = decoded
    return [form.key, decoded]
  }))
}

/** The k in groups that take no more than `most` bytes of the cache each, or one slab. */
function partsOf (form: VoxelForm, ks: readonly number[], most: number): number[][] {
  const slabsAtOnce = Math.max(1, Math.floor(most / slabRoom(form)))
  const parts: number[][] = []
  let end = -1
  for (const k of ks) {
    if (slabOf(form, k) >= end) {
      parts.push([])
      end = slabOf(form, k) + slabsAtOnce
    }
    parts.at(-1)!.push(k)
  }
  return parts
}
