import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Config } from '../config.js'
import { CatalogBuilding } from '../errors.js'
import { belowBasePath } from '../http/requests/prefix.js'
import { PROBLEMS, PROBLEM_TYPE_PREFIX } from '../http/problems/problem-details.js'
import { listenOn } from './listen.js'

/**
 * What a replica answers before it has a catalog: `/healthz` says that the process lives, everything else is the problem
 * `catalog-building`. There are no routes yet, because they are made for a dataset. Ends with SIGTERM and SIGINT.
 */
export async function listenWithoutCatalog (config: Config, log: Logger): Promise<{ port: number, close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const isAlive = belowBasePath(request.url ?? '', config.basePath).split('?', 1)[0] === '/healthz'
    if (isAlive) return response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }).end('{"status":"ok"}')
    const { status, title } = PROBLEMS['catalog-building']
    const { message, retryAfterSeconds } = new CatalogBuilding('The dataset', config.catalogRefreshSeconds)
    const instance = crypto.randomUUID()
    response.writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'retry-after': String(retryAfterSeconds), 'x-request-id': instance })
    response.end(JSON.stringify({ type: `${PROBLEM_TYPE_PREFIX}catalog-building`, title, status, detail: message, instance }))
  })
  const stop = () => {
    log.info('stopped before there was a catalog')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
  server.listen(await listenOn(config))
  await once(server, 'listening')
  const address = server.address() as AddressInfo | string
  return {
    port: typeof address === 'string' ? config.port : address.port,
    close: async () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, stop)
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}
