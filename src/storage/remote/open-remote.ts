import { encodedKey, parseAddress } from './address.js'
import type { RemoteAddress } from './address.js'
import { FetchGate } from './fetch-gate.js'
import { Origin } from './origin.js'
import { RemoteFiles } from './remote-files.js'
import { RemoteStore } from './remote-store.js'
import { RemoteTree } from './remote-tree.js'
import { listFailed, s3Folder, s3Objects } from './s3-list.js'
import { s3Service } from './s3-service.js'
import type { S3Settings } from './s3-service.js'

/** How a remote root is read. */
export interface RemoteSettings extends S3Settings { storeFreshSeconds: number, cacheBytes: number }

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
  if (place.kind === 's3') return await openBucket(place, gate, settings)
  const origin = new Origin(place.origin, gate)
  const store = new RemoteStore({ where: place.where, path: place.path }, origin)
  return { files: new RemoteFiles(store, gate, settings.storeFreshSeconds * 1000), tree: new RemoteTree(store) }
}

/** What is below the prefix is listed once: the list has the state of each file, which spares a HEAD for each. */
async function openBucket ({ bucket, prefix, where }: Extract<RemoteAddress, { kind: 's3' }>, gate: FetchGate, settings: RemoteSettings): Promise<{ files: RemoteFiles, tree: RemoteTree }> {
  const service = await s3Service(settings)
  const origin = new Origin(service.endpoint, gate, service.sign)
  const store = new RemoteStore({
    where, path: `/${encodedKey(`${bucket}/${prefix}`)}`, probe: `/${encodedKey(bucket)}`, list: async (folder) => await s3Folder(service, bucket, prefix, folder)
  }, origin)
  const files = new RemoteFiles(store, gate, settings.storeFreshSeconds * 1000)
  const keys = async function * () {
    try {
      for await (const { key, identity } of s3Objects(service, bucket, prefix)) {
        files.learnFromList(key, identity)
        yield key
      }
    } catch (error) {
      throw listFailed(where, error as Error)
    }
  }
  return { files, tree: new RemoteTree(store, keys) }
}
