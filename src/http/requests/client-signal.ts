import { setMaxListeners } from 'node:events'
import type { FastifyReply } from 'fastify'

/**
 * Fires when the client disconnects before its answer is complete. `request.signal` does not serve: it fires as soon as
 * the body of a POST is read, and never fires for an answer that is streamed without Fastify.
 */
export function clientSignal ({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  setMaxListeners(0, gone.signal) // every slice that is waited for listens
  raw.once('close', () => { if (!raw.writableFinished) gone.abort() })
  if (raw.destroyed) gone.abort()
  return gone.signal
}
