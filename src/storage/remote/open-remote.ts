import { DatasetError } from '../../errors.js'
import { parseAddress } from './address.js'
import { FetchGate } from './fetch-gate.js'
import { Origin } from './origin.js'
import { RemoteFiles } from './remote-files.js'
import { RemoteStore } from './remote-store.js'
import { RemoteTree } from './remote-tree.js'

/** How a remote root is read. */
export interface RemoteSettings { s3Endpoint: string | undefined, s3Region: string | undefined, storeFreshSeconds: number, cacheBytes: number }

/** At most one part in this many of CACHE_BYTES, besides them, is bytes that a store is sending or has just sent. */
const IN_FLIGHT_SHARE = 4

/**
 * Open a root that is an address.
 *
 * @throws ConfigError for an address that cannot be served; DatasetError when the root is out of reach
 */
export async function openRemoteRoot (address: string, settings: RemoteSettings): Promise<{ files: RemoteFiles, tree: RemoteTree }> {
  const place = parseAddress(address)
  const gate = new FetchGate(settings.cacheBytes / IN_FLIGHT_SHARE)
  if (place.kind === 's3') throw new DatasetError('s3:// comes next')
  const origin = new Origin(place.origin, gate)
  const store = new RemoteStore({ where: place.where, path: place.path }, origin)
  return { files: new RemoteFiles(store, gate, settings.storeFreshSeconds * 1000), tree: new RemoteTree(store, undefined) }
}
