import type { FastifyHttpOptions } from 'fastify'
import type { Server } from 'node:http'

/** A request, body included, has at most 1 MiB: what takes longer to arrive is not meant to. */
const ARRIVAL_MS = 30_000

/** Longer than the minute for which load balancers keep a connection, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000

/** How often Node looks for requests that do not arrive. */
const LOOK_EVERY_MS = 5_000

type TimeOuts = Pick<FastifyHttpOptions<Server>, 'connectionTimeout' | 'requestTimeout' | 'keepAliveTimeout'> & { http: { headersTimeout: number, connectionsCheckingInterval: number } }

/**
 * How long the service waits for its clients. A connection on which nothing moves for `clientTimeoutSeconds` is closed,
 * which lets go of the memory its answer held; one that moves slowly is not, because whole volumes may take long.
 */
export function timeOuts (clientTimeoutSeconds: number): TimeOuts {
  const stallMs = clientTimeoutSeconds * 1000
  // Shorter, so that who sends too slowly is told so before being cut off.
  const arrivalMs = Math.min(ARRIVAL_MS, stallMs / 2)
  return {
    connectionTimeout: stallMs,
    requestTimeout: arrivalMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: arrivalMs, connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, Math.ceil(arrivalMs / 4)) }
  }
}
