import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { buildApp } from '../app.js'
import type { Config } from '../config.js'
import { IS_WASM_HERE } from '../gzip/wasm-inflater.js'
import { createServices } from '../services.js'
import type { Services } from '../services.js'
import { dataRootOf } from './data-root.js'
import { isLoopback } from '../http/access/security-headers.js'
import { ingestReport, reportListing } from './ingest-report.js'
import { isSocketPath, listenOn } from './listen.js'
import { processLog } from './process-log.js'
import { obeySignals } from './signals.js'

/** Connections that may wait to be accepted (the system may allow fewer): a burst gets 503 answers, not resets. */
const BACKLOG = 4_096

/** Serve until SIGTERM or SIGINT: listen at once, read the dataset in the background, finish answers in flight at the end. */
export async function serve (config: Config): Promise<void> {
  const log = processLog(config.logLevel)
  const root = await dataRootOf(config)
  const report = ingestReport(log)
  const services = await createServices(config, root, report.listener)
  reportListing(services.listing, log)
  const app = await buildApp(services, { loggerInstance: log })
  announce(await listening(app, config), services, config, log)

  const ingested = services.ingest.run(services.listing.studies.map(({ id }) => id)).then(report.finish)
  obeySignals(app, config, log)
  await ingested
  // Reads and sorts what lists go by, so that the first list need not.
  if (!app.isStopping) services.catalog.ask.statistics({})
}

/** Listen where the configuration says. @returns the address */
export async function listening (app: FastifyInstance, config: Pick<Config, 'host' | 'port'>): Promise<string> {
  return await app.listen({ ...await listenOn(config), backlog: BACKLOG })
}

/** Print what a newcomer needs in one line: the address, the dataset, and what to read next. */
export function announce (address: string, { dataset, ingest }: Services, config: Config, log: Logger): void {
  const studies = ingest.progress.total
  if (config.logLevel !== 'silent') console.log(`niiserve listens on ${address} ${isSocketPath(config.host) ? '' : `(docs: ${address}/docs) `}and serves ${dataset.title}: ${studies} studies`)
  if (!IS_WASM_HERE) log.warn('this machine has no WebAssembly with SIMD: files are decoded by pako, which takes several times as long')
  const isLocal = isSocketPath(config.host) || isLoopback(config.host)
  if (!isLocal && config.apiKeys.length === 0) log.warn(`anyone who reaches ${config.host} can read the dataset: set API_KEYS, or HOST=127.0.0.1`)
}
