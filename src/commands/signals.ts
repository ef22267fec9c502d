import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { readConfig } from '../config.js'
import type { Config } from '../config.js'

/** In ms: how often idle connections are closed while the service stops. A connection is idle once its answer ends. */
const CLOSE_IDLE_EVERY_MS = 100

/** SIGTERM and SIGINT stop the service; a second signal ends it at once. SIGHUP reads the keys again. */
export function obeySignals (app: FastifyInstance, config: Config, log: FastifyBaseLogger): void {
  process.once('SIGTERM', (signal) => stop(app, config, log, signal, config.shutdownDelaySeconds))
  process.once('SIGINT', (signal) => stop(app, config, log, signal, 0))
  process.on('SIGHUP', () => readKeysAgain(app, log))
}

/**
 * First `/readyz` fails, so that load balancers send no more requests. After `delaySeconds` no new connections are
 * accepted. When the answers in flight have ended, or after `shutdownGraceSeconds`, the process ends with 0.
 */
function stop (app: FastifyInstance, { shutdownGraceSeconds }: Config, log: FastifyBaseLogger, signal: string, delaySeconds: number): void {
  log.info({ signal }, 'stopping: answers in flight may finish')
  app.isStopping = true
  setTimeout(() => {
    log.warn(`stopped after ${shutdownGraceSeconds} s; the answers still in flight are cut off`)
    process.exit(0)
  }, shutdownGraceSeconds * 1000)
  setTimeout(() => {
    setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
    app.close().then(() => {
      log.info('stopped')
      process.exit(0)
    }, (error) => {
      log.error({ err: error }, 'stopping failed')
      process.exit(1)
    })
  }, Math.min(delaySeconds, shutdownGraceSeconds) * 1000)
}

/** If the keys cannot be read, the old ones stay valid. */
function readKeysAgain (app: FastifyInstance, log: FastifyBaseLogger): void {
  if (app.keyRing.isEmpty) {
    log.warn('SIGHUP: no keys were configured at the start, so none are read')
    return
  }
  try {
    const { apiKeys } = readConfig(process.env)
    app.keyRing.replace(apiKeys)
    log.info({ keys: apiKeys.length }, 'SIGHUP: the keys were read again')
  } catch (error) {
    log.error(`SIGHUP: the keys are unchanged: ${(error as Error).message}`)
  }
}
