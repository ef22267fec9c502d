import type { Config } from '../config.js'
import { findDataset } from '../datasets/layouts.js'
import { finishedPart, writePart } from '../publishing/part.js'
import { isOfShare, parseShare, shareName } from '../publishing/share.js'
import { createServices, defaultCatalogFile } from '../services.js'
import { openRoot } from '../storage/open-root.js'
import { openFolder } from '../storage/object-folder.js'
import { dataRootOf } from './data-root.js'
import { ingestReport, reportListing } from './ingest-report.js'
import { processLog } from './process-log.js'

/**
 * Read one share of the dataset and write it to a folder. A task that is begun again goes on from its own catalog, and does
 * nothing when its part is there.
 *
 * @returns whether the part is written: not where a study could not be read, or the task was told to stop
 */
export async function ingestShare (config: Config, shareText: string, out: string): Promise<boolean> {
  const share = parseShare(shareText)
  const name = shareName(share)
  const folder = await openFolder(out, '--out')
  const log = processLog(config.logLevel)
  const root = await dataRootOf(config)
  const { store, remote, find } = await openRoot(root, config)
  const found = await find((tree) => findDataset(tree, config.dataLayout))
  await remote?.close()
  if (await finishedPart(folder, share, found) !== undefined) {
    console.log(`share ${name} exists already`)
    return true
  }
  const catalogFile = ofShare(config, store.root, name)
  const studies = found.listing.studies.filter(({ id }) => isOfShare(id, share))
  const report = ingestReport(log)
  const unread: string[] = []
  const listener = { ...report.listener, failed: (id: string, error: Error) => { unread.push(id); report.listener.failed?.(id, error) } }
  const services = await createServices({ ...config, catalogFile }, root, listener, { ...found, listing: { ...found.listing, studies } })
  reportListing(services.listing, log)
  try {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, async () => await services.ingest.stop())
    await services.ingest.run(studies.map(({ id }) => id))
    report.finish()
    if (unread.length > 0 || services.ingest.progress.state !== 'ready') {
      console.error(`niiserve: share ${name} is not written: ${unread.length > 0 ? `${unread.length} studies could not be read, ${unread[0]} first` : 'it was stopped'}; run it again to continue`)
      return false
    }
    const { catalog } = await writePart(folder, share, found, catalogFile, `${catalogFile}.part`)
    console.log(`share ${name}: ${studies.length} of ${found.listing.studies.length} studies, in ${catalog.key}`)
    return true
  } finally {
    await services.close()
  }
}

/** Tasks on one machine have a catalog each, which lets one that was killed go on. */
function ofShare ({ catalogFile }: Config, root: string, name: string): string {
  const file = catalogFile === undefined || catalogFile === ':memory:' ? defaultCatalogFile(root) : catalogFile
  return `${file.replace(/\.sqlite$/, '')}.share-${name}.sqlite`
}
