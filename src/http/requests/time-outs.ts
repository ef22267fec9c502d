import type { FastifyHttpOptions } from 'fastify'
import type { Server } from 'node:http'

/** A request has at most 1 MiB, body included. A slower one is an attack or a broken client. */
const ARRIVAL_MS = 30_000

/** Longer than the 60 s of common load balancers, so the balancer closes an idle connection and not we. */
const KEEP_ALIVE_MS = 75_000

/** How often Node checks for requests that have not arrived in time. */
const LOOK_EVERY_MS = 5_000

type TimeOuts = Pick<FastifyHttpOptions<Server>, 'connectionTimeout' | 'requestTimeout' | 'keepAliveTimeout'> & { http: { headersTimeout: number, connectionsCheckingInterval: number } }

/**
 * How long the service waits for its clients. A connection without any progress for `clientTimeoutSeconds` is closed, which
 * frees the memory of its answer. A slow connection is not closed, because a whole volume may take long.
 */
export function timeOuts (clientTimeoutSeconds: number): TimeOuts {
  const stallMs = clientTimeoutSeconds * 1000
  // Shorter than the stall limit, so a slow sender gets a 408 before its connection is closed.
  const arrivalMs = Math.min(ARRIVAL_MS, stallMs / 2)
  return {
    connectionTimeout: stallMs,
    requestTimeout: arrivalMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: arrivalMs, connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, Math.ceil(arrivalMs / 4)) }
  }
}
