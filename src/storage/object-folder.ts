import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../errors.js'
import type { ObjectFolder } from './folder-contract.js'
import { LocalFolder } from './local-folder.js'

export type { ListedObject, ObjectFolder } from './folder-contract.js'

/**
 * @param address a path or a `file://` address. A folder is made with its first object.
 * @throws ConfigError naming `setting`
 */
export async function openFolder (address: string, setting = 'folder'): Promise<ObjectFolder> {
  if (address.startsWith('file://')) return new LocalFolder(fileURLToPath(address))
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(address)?.[1]
  if (scheme !== undefined) throw new ConfigError(setting, `${JSON.stringify(scheme)} addresses cannot be written to; a path or file:// can`)
  return new LocalFolder(resolve(address))
}
