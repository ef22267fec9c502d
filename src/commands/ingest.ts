import type { Config } from '../config.js'
import { createServices } from '../services.js'
import { dataRootOf } from './data-root.js'
import { ingestReport, reportListing } from './ingest-report.js'
import { processLog } from './process-log.js'

/** Bring the catalog up to date and end. */
export async function ingest (config: Config): Promise<void> {
  const log = processLog(config.logLevel)
  const root = await dataRootOf(config)
  const report = ingestReport(log)
  const services = await createServices(config, root, report.listener)
  reportListing(services.listing, log)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, async () => await services.ingest.stop())
  await services.ingest.run(services.listing.studies.map(({ id }) => id))
  report.finish()
  const { studies, ready, annotated, slices } = services.catalog.ask.counts()
  console.log(`${studies} studies: ${ready} ready, ${annotated} annotated, ${slices} slices`)
  await services.close()
}
