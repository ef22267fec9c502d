import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer, AnswerStream } from '../../views/answer.js'
import { clientSignal } from '../requests/client-signal.js'
import { isNotModified, requestedRange } from '../requests/conditional.js'
import type { Described } from './described.js'
import { sendAnswer, sendStream } from './send-bytes.js'

/** What the function that makes an answer needs to know about the request. */
export interface Asked {
  /** fires when the client disconnects; created on first use */
  readonly signal: AbortSignal
  /** bytes of the answer to make, end exclusive; the whole where nothing else was asked */
  readonly range: readonly [start: number, stop: number]
}

/** A Buffer holds bytes that needed no voxel. */
type Made = Answer | AnswerStream | Buffer

/**
 * Answer a request for pixels: headers, 304, Range, HEAD, and only then the bytes. `make` is called where bytes are
 * sent, and nowhere else. An `Answer` that `make` returns without a promise leaves in this turn of the event loop.
 *
 * @throws RangeNotSatisfiable, and what `make` throws before the first bytes
 */
export function answerPixels (request: FastifyRequest, reply: FastifyReply, described: Described, make: (asked: Asked) => Made | Promise<Made>): FastifyReply | Promise<FastifyReply> {
  const { etag, headers, length } = described
  reply.headers(headers).header('dataset-revision', request.server.services.catalog.revision())
  if (request.isImmutable) reply.header('cache-control', request.server.immutable)
  // A 304 has no body, so it has no Content-Type (RFC 9110, 15.4.5).
  if (request.method !== 'POST' && isNotModified(request.headers, etag)) return reply.removeHeader('content-type').code(304).send()
  const range = rangeOf(request, reply, described)
  if (length !== undefined) reply.header('content-length', range[1] - range[0])
  if (request.method === 'HEAD') return reply.send()
  const made = make(new AskedOf(reply, range))
  return made instanceof Promise ? made.then((answer) => send(reply, answer)) : send(reply, made)
}

function send (reply: FastifyReply, made: Made): FastifyReply | Promise<FastifyReply> {
  if (Buffer.isBuffer(made)) return reply.send(made)
  return 'chunks' in made ? sendAnswer(reply, made) : sendStream(reply, made)
}

/** Which bytes to send; sets 206 and Content-Range for a part. Only GET has ranges (RFC 9110, 14.2). */
function rangeOf (request: FastifyRequest, reply: FastifyReply, { etag, length = 0, ranged = false }: Described): [start: number, stop: number] {
  if (!ranged) return [0, length]
  reply.header('accept-ranges', 'bytes')
  const range = request.method === 'GET' ? requestedRange(request.headers, etag, length) : undefined
  if (range === undefined) return [0, length]
  reply.code(206).header('content-range', `bytes ${range[0]}-${range[1] - 1}/${length}`)
  return range
}

class AskedOf implements Asked {
  #signal: AbortSignal | undefined

  constructor (private readonly reply: FastifyReply, readonly range: readonly [number, number]) {}

  get signal (): AbortSignal {
    this.#signal ??= clientSignal(this.reply)
    return this.#signal
  }
}
