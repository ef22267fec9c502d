import { rename, rm } from 'node:fs/promises'
import { claimCatalog } from '../catalog/claim.js'
import type { Config } from '../config.js'
import { ConfigError } from '../errors.js'
import { mergeParts } from '../publishing/merge.js'
import { openFolder } from '../storage/object-folder.js'

export interface MergeOptions { catalogFile?: string, partial?: boolean }

/** Merge the shares of an ingest into a catalog file, which appears when it is whole. */
export async function merge (config: Config, address: string, { catalogFile = config.catalogFile, partial = false }: MergeOptions): Promise<void> {
  if (catalogFile === undefined || catalogFile === ':memory:') throw new ConfigError('--catalog-file', 'say which file the catalog is to be written to, here or in CATALOG_FILE')
  const folder = await openFolder(address)
  const claim = claimCatalog(catalogFile)
  const merged = `${catalogFile}.merged`
  try {
    const { parts, missing } = await mergeParts(folder, merged, { partial })
    for (const suffix of ['-wal', '-shm']) await rm(catalogFile + suffix, { force: true })
    await rename(merged, catalogFile)
    console.log(`${parts} shares merged into ${catalogFile}${missing.length > 0 ? `; ${missing.length} missing` : ''}`)
  } finally {
    await rm(merged, { force: true })
    claim.release()
  }
}
