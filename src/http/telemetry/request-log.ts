import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'

/** What the log says of a request: one line, when its answer is through or the client is gone. */
export interface LoggedRequest {
  /** of a request that has no logger of its own, which would say both: its id, and who holds its key */
  who?: { reqId: string, key?: string }
  method: string
  /** as it was asked, without what could be a key */
  url: string
  status: number
  ms: number
  /** sent to the client, headers included */
  bytes: number
  /** whether the client left before the answer was through */
  aborted: boolean
}

/** A query may hold a key that was put there by mistake, under some such name. */
const SECRET = /key|token|secret|passw|auth|sig/i

/** The URL with the value of every parameter left out whose name sounds like a secret. */
export function urlForLog (url: string): string {
  const at = url.indexOf('?')
  if (at === -1) return url
  const parts = url.slice(at + 1).split('&').map((part) => {
    const [name = ''] = part.split('=', 1)
    return SECRET.test(decoded(name)) && part.includes('=') ? `${name}=…` : part
  })
  return `${url.slice(0, at)}?${parts.join('&')}`
}

function decoded (name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** At these levels requests are logged. */
export const LOGGING_LEVELS: ReadonlySet<string> = new Set(['info', 'debug', 'trace'])

export function logRequest (log: FastifyBaseLogger, { who, method, url, status, ms, bytes, aborted }: LoggedRequest): void {
  log.info({ ...who, method, url: urlForLog(url), status, ms: Math.round(ms * 100) / 100, bytes, ...(aborted && { aborted }) }, 'request')
}

/** One line in the log for each request; the routes that load balancers ask are logged from `warn` on, so they have none. */
export const requestLog = fp(async (app) => {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = reply
    const { socket } = request.raw
    const before = socket.bytesWritten
    raw.once('close', () => {
      logRequest(request.log, {
        method: request.method,
        url: request.originalUrl,
        status: raw.statusCode,
        ms: reply.elapsedTime,
        bytes: socket.bytesWritten - before,
        aborted: !raw.writableFinished
      })
    })
    done()
  })
}, { name: 'request-log' })
