import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { ClientGone } from '../../errors.js'
import type { Answer } from '../../views/slice-answers.js'
import type { Piece } from '../../views/volume-streams.js'
import { setTiming } from './pixel-headers.js'

/** Pieces handed to the socket and not yet with the kernel; more would only hold memory for a slow client. */
const PIECES_IN_FLIGHT = 2

/**
 * Send an answer that may be the cache's own memory: no byte is copied here, and the memory is let go of when the
 * kernel has it all or the client is gone.
 */
export function sendAnswer (reply: FastifyReply, answer: Answer): FastifyReply {
  const { raw } = reply
  const { chunks, release } = answer
  if (raw.destroyed) {
    release()
    return reply.hijack()
  }
  raw.once('close', release)
  setTiming(reply, answer)
  reply.header('content-length', chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  writeHead(reply)
  endWith(raw, chunks)
  return reply
}

/** End a response with these bytes: with its head, they leave in one call to the system. */
export function endWith (response: ServerResponse, chunks: readonly Uint8Array[]): void {
  const last = chunks.at(-1)!
  if (chunks.length > 1) {
    response.cork()
    for (const chunk of chunks) if (chunk !== last) response.write(chunk)
  }
  response.end(last)
}

/**
 * Send pieces as they come, at the client's pace. What goes wrong after the first bytes can only be told by breaking
 * the connection, which the client notices by the missing rest of `Content-Length`.
 */
export async function sendPieces (reply: FastifyReply, pieces: AsyncIterable<Piece>): Promise<FastifyReply> {
  const { raw, request: { log } } = reply
  writeHead(reply)
  const written: Promise<void>[] = []
  try {
    for await (const { bytes, release } of pieces) {
      if (raw.destroyed) {
        release()
        throw new ClientGone()
      }
      const sent = write(reply, bytes).finally(release)
      // It may fail while the next piece is being made and nobody waits for this one.
      sent.catch(() => {})
      written.push(sent)
      if (written.length >= PIECES_IN_FLIGHT) await written.shift()
    }
    raw.end()
  } catch (error) {
    if (!(error instanceof ClientGone)) log.error({ err: error }, 'answer broken off')
    raw.destroy()
  } finally {
    await Promise.allSettled(written)
  }
  return reply
}

function write ({ raw }: FastifyReply, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A socket that is destroyed with a write in its queue does not always call back.
    const gone = () => reject(new ClientGone())
    raw.once('close', gone)
    raw.write(bytes, (error) => {
      raw.off('close', gone)
      if (error == null) resolve()
      else reject(new ClientGone())
    })
  })
}

/** From here on the answer is written past Fastify, with the headers that were set on the reply. */
function writeHead (reply: FastifyReply): void {
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
}
