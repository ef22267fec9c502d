import { LocalStore } from './local-store.js'
import type { FileStates, ObjectStore, TreeFiles } from './object-store.js'
import { isAddress } from './remote/address.js'
import type { RemoteSettings } from './remote/open-remote.js'
import type { RemoteFiles } from './remote/remote-files.js'

/** A root as the service reads it: what is known of its files at once, and the files themselves. */
export interface ServedStore extends FileStates, Pick<ObjectStore, 'spec' | 'open'> { readonly root: string }

/** An open data root. */
export interface OpenRoot {
  store: ServedStore
  /** the same, of a root that is an address */
  remote: RemoteFiles | undefined
  /** what is found among the root's names and small texts */
  find: <Found>(look: (tree: TreeFiles) => Promise<Found>) => Promise<Found>
}

/**
 * Open a folder, or an address. What talks to a network is loaded for addresses only.
 *
 * @throws DatasetError when it is not there or cannot be read; ConfigError for an address that cannot be served
 */
export async function openRoot (root: string, settings: RemoteSettings): Promise<OpenRoot> {
  if (!isAddress(root)) {
    const store = LocalStore.open(root)
    return { store, remote: undefined, find: async (look) => await look(store) }
  }
  const { openRemoteRoot } = await import('./remote/open-remote.js')
  const { files, tree } = await openRemoteRoot(root, settings)
  const find: OpenRoot['find'] = async (look) => {
    try {
      return await tree.read(look)
    } catch (error) {
      await files.close()
      throw error
    }
  }
  return { store: files, remote: files, find }
}
