import { setTimeout as sleep } from 'node:timers/promises'
import { dirname, join, resolve } from 'node:path'
import { buildApp } from '../app.js'
import type { Config } from '../config.js'
import { Replica } from '../publishing/replica.js'
import type { ReplicaListener } from '../publishing/replica.js'
import { createReplicaServices } from '../services.js'
import { openFolder } from '../storage/object-folder.js'
import { dataRootOf } from './data-root.js'
import { listenWithoutCatalog } from './without-catalog.js'
import { processLog } from './process-log.js'
import { announce, listening } from './serve.js'
import { obeySignals } from './signals.js'

/**
 * Serve the newest catalog of a folder until SIGTERM or SIGINT, and take newer ones as they come. Until there is a first one,
 * `/readyz` says no, and everything else is a 503 too.
 */
export async function serveReplica (config: Config, address: string): Promise<void> {
  const log = processLog(config.logLevel)
  const root = await dataRootOf(config)
  const folder = await openFolder(address, 'CATALOG_URL')
  const directory = config.catalogFile === undefined || config.catalogFile === ':memory:' ? resolve('.niiserve') : dirname(config.catalogFile)
  const listener: ReplicaListener = {
    taken: ({ name, publishedAt }) => log.info({ catalog: name, publishedAt }, 'serving this catalog'),
    failed: (error) => log.error({ err: error }, 'a newer catalog could not be loaded; the current one is still served'),
    changed: (study) => log.warn({ study }, 'a file of the study differs from the published one: the study answers 503 until it is ingested and published again')
  }
  const begin = async () => await Replica.begin(folder, join(directory, 'replicas'), listener)
  const tried = async () => await begin().catch((error: Error) => {
    log.error({ err: error }, 'no catalog could be loaded')
    return undefined
  })

  let replica = await tried()
  let port = config.port
  if (replica === undefined) {
    log.warn({ catalog: folder.where }, 'there is no catalog to serve yet; looking again')
    const waiting = await listenWithoutCatalog(config, log)
    port = waiting.port
    while (replica === undefined) {
      await sleep(config.catalogRefreshSeconds * 1000)
      replica = await tried()
    }
    await waiting.close()
  }
  const services = await createReplicaServices(config, root, replica)
  const app = await buildApp(services, { loggerInstance: log })
  announce(await listening(app, { ...config, port }), services, config, log)
  obeySignals(app, config, log)
  replica.watch(config.catalogRefreshSeconds)
}
