import { slabOf, slabRoom } from '../volumes/voxel-form.js'
import type { VoxelForm, WantedKs } from '../volumes/voxel-form.js'
import type { VoxelReader } from '../volumes/voxel-reader.js'

/** Volumes decoded in parallel: a single one leaves threads idle during its last run. */
const LANES = 2

/** A volume decoded ahead holds at most 1/16 of the cache at once: enough for a run on each thread. */
const CACHE_SHARE_AT_ONCE = 16

/**
 * Decode volumes into the cache, each in one go, in the order of the list; slices can then be read in any order. The
 * slabs are not held: one that is evicted before it is read is decoded again. Errors are ignored here; the later read
 * reports them.
 *
 * @param after decoding begins when this settles
 * @returns by key of the form, a promise that resolves when its slabs are decoded
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

/** The k in groups; each takes at most `most` bytes of the cache, or one slab. */
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
