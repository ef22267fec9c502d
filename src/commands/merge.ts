import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claimCatalog } from '../catalog/claim.js'
import type { Config } from '../config.js'
import { ConfigError } from '../errors.js'
import { mergeParts } from '../publishing/merge.js'
import type { Merged } from '../publishing/merge.js'
import { openFolder } from '../storage/object-folder.js'
import { publishFile } from './publish.js'

export interface MergeOptions { catalogFile?: string, partial?: boolean, publish?: string }

/** Merge the shares of an ingest: into a catalog file, which appears when it is whole, or to where it is published, or both. */
export async function merge (config: Config, address: string, { catalogFile, partial = false, publish }: MergeOptions): Promise<void> {
  const folder = await openFolder(address)
  const report = ({ parts, missing }: Merged, where: string) => console.log(`${parts} shares merged${where}${missing.length > 0 ? `; ${missing.length} missing` : ''}`)
  if (publish !== undefined && catalogFile === undefined) {
    const scratch = await mkdtemp(join(tmpdir(), 'niiserve-merge-'))
    try {
      const file = join(scratch, 'catalog.sqlite')
      const merged = await mergeParts(folder, file, { partial })
      report(merged, '')
      return await publishFile(config, publish, file, merged.dataset)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
  const target = catalogFile ?? config.catalogFile
  if (target === undefined || target === ':memory:') throw new ConfigError('--catalog-file', 'say which file the catalog is to be written to, here or in CATALOG_FILE; or --publish it')
  const claim = claimCatalog(target)
  const unfinished = `${target}.merged`
  try {
    const merged = await mergeParts(folder, unfinished, { partial })
    for (const suffix of ['-wal', '-shm']) await rm(target + suffix, { force: true })
    await rename(unfinished, target)
    report(merged, ` into ${target}`)
    if (publish !== undefined) await publishFile(config, publish, target, merged.dataset)
  } finally {
    await rm(unfinished, { force: true })
    claim.release()
  }
}
