import { existsSync } from 'node:fs'
import { rootOfCatalog } from '../catalog/claim.js'
import type { Config } from '../config.js'
import { findDataset } from '../datasets/layouts.js'
import { ConfigError } from '../errors.js'
import { publish } from '../publishing/publication.js'
import { servedDataset } from '../publishing/served-dataset.js'
import type { ServedDataset } from '../publishing/served-dataset.js'
import { defaultCatalogFile } from '../services.js'
import { Sidecars } from '../sidecars/sidecars.js'
import { openFolder } from '../storage/object-folder.js'
import { openRoot } from '../storage/open-root.js'
import { dataRootOf } from './data-root.js'

/** Publish the catalog of the data root as it is, while a service may be at work on it. @throws ConfigError where there is none */
export async function publishCatalog (config: Config, address: string): Promise<void> {
  const { store, remote, find } = await openRoot(await dataRootOf(config), config)
  const file = config.catalogFile ?? defaultCatalogFile(store.root)
  if (!existsSync(file)) throw new ConfigError('CATALOG_FILE', `${file} does not exist: run \`niiserve ingest\` before`)
  const root = rootOfCatalog(file)
  if (root !== undefined && root !== store.root) throw new ConfigError('CATALOG_FILE', `${file} is the catalog of ${root}, and DATA_ROOT is ${store.root}`)
  const found = await find((tree) => findDataset(tree, config.dataLayout))
  await remote?.close()
  await publishFile(config, address, file, servedDataset(found))
}

/** Publish a catalog file, and say what became of it. */
export async function publishFile ({ indexRoot }: Config, address: string, file: string, dataset: ServedDataset): Promise<void> {
  const folder = await openFolder(address, '--to')
  const sidecars = indexRoot === undefined ? undefined : new Sidecars(await openFolder(indexRoot, 'INDEX_ROOT'))
  const { name, isNew, publication: { counts: { studies, ready }, catalog } } = await publish(folder, file, dataset, sidecars)
  console.log(isNew ? `published ${name}: ${studies} studies, ${ready} ready, ${catalog.bytes} bytes` : `${name} is published already, and nothing has changed`)
}
