import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../errors.js'
import type { ObjectFolder } from './folder-contract.js'
import { LocalFolder } from './local-folder.js'

export type { ListedObject, ObjectFolder } from './folder-contract.js'

/**
 * @param address a path, a `file://` address, or `s3://bucket/prefix`. A folder is made with its first object; a bucket is not.
 * @throws ConfigError naming `setting`
 */
export async function openFolder (address: string, setting = 'folder'): Promise<ObjectFolder> {
  if (address.startsWith('file://')) return new LocalFolder(fileURLToPath(address))
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(address)?.[1]
  if (scheme === 's3') {
    const [{ parseAddress }, { S3Folder }] = await Promise.all([import('./remote/address.js'), import('./remote/s3-folder.js')])
    const place = parseAddress(address, setting)
    if (place.kind === 's3') return await S3Folder.open(place.bucket, place.prefix)
  }
  if (scheme !== undefined) throw new ConfigError(setting, `${JSON.stringify(scheme)} addresses cannot be written to; a path, file:// or s3:// can`)
  return new LocalFolder(resolve(address))
}
