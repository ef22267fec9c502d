import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Identity } from '../identity.js'
import type { RemoteStore } from './remote-store.js'

/** Milliseconds in which a download is tried again where it broke off. */
const TRY_MS = 60_000
/** Bytes per request: one that breaks off costs little, and a whole scan takes few. */
const PART_BYTES = 16 * 2 ** 20

/**
 * Download a file whole, once, in one state. The copy has no name: it is gone when it is closed, or the process ends in any way.
 *
 * @returns undefined when there is no such file
 * @throws CatalogBuilding when it changes meanwhile; FileRefused; Overloaded when the store is out of reach; ClientGone when it is given up
 */
export async function downloadFile (store: RemoteStore, key: string, signal: AbortSignal): Promise<{ fd: number, identity: Identity, close: () => void } | undefined> {
  const identity = await store.identity(key, { until: performance.now() + TRY_MS, signal })
  if (identity === undefined) return undefined
  const path = join(tmpdir(), `niiserve-${randomUUID()}`)
  const fd = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    for (let start = 0; start < identity.bytes; start += PART_BYTES) {
      const stop = Math.min(identity.bytes, start + PART_BYTES)
      await store.ranged(key, identity, [start, stop], (chunk, at) => { writeAll(fd, chunk, start + at) }, { until: performance.now() + TRY_MS, signal })
    }
    return { fd, identity, close: () => closeSync(fd) }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** A few dozen KiB at a time into the system's page cache: quicker than a round trip to a thread. */
function writeAll (fd: number, chunk: Uint8Array, at: number): void {
  for (let done = 0; done < chunk.length;) done += writeSync(fd, chunk, done, chunk.length - done, at + done)
}
