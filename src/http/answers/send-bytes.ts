import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { ClientGone } from '../../errors.js'
import type { Answer, AnswerStream } from '../../views/answer.js'
import { setTiming } from './pixel-headers.js'

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
 * Send an answer part by part, at the client's pace: a part is one gathered write, the next is made meanwhile, and one
 * that the kernel has taken is released. The first part is waited for before the head is sent, so that what is wrong
 * with it is still a problem; later, a fault can only break the connection.
 *
 * @throws what making the first part throws
 */
export async function sendStream (reply: FastifyReply, parts: AnswerStream): Promise<FastifyReply> {
  const { raw, request: { log } } = reply
  const patience = new ClientPatience(reply)
  let written: Promise<void> = Promise.resolve()
  let part: Answer | undefined
  try {
    part = (await parts.next()).value ?? undefined
    if (part !== undefined) setTiming(reply, part)
    writeHead(reply)
    try {
      while (part !== undefined) {
        const before = written
        written = patience.during(write(reply, part))
        written.catch(() => {}) // waited for below
        part = undefined
        part = (await parts.next()).value ?? undefined
        await before
      }
      patience.resume()
      raw.end()
      await written
    } catch (error) {
      if (!(error instanceof ClientGone)) log.error({ err: error }, 'answer broken off')
      raw.destroy()
    }
    return reply
  } finally {
    part?.release() // made, and its client was gone before it could be written
    await parts.return(undefined)
    await written.catch(() => {})
  }
}

/**
 * Counts the time in which nothing moves against the client only while bytes wait for it to take them: CLIENT_TIMEOUT must
 * not cut an answer whose next part is still being made.
 */
class ClientPatience {
  private writing = 0

  constructor (private readonly reply: FastifyReply) {}

  async during (write: Promise<void>): Promise<void> {
    if (this.writing++ === 0) this.resume()
    try {
      await write
    } finally {
      if (--this.writing === 0) this.set(0)
    }
  }

  resume (): void {
    this.set(this.reply.server.server.timeout)
  }

  /** A request that was injected, without a connection, has a socket that knows no time-out. */
  private set (ms: number): void {
    this.reply.raw.socket?.setTimeout?.(ms)
  }
}

async function write ({ raw }: FastifyReply, { chunks, release }: Answer): Promise<void> {
  try {
    // Without a write there is no callback to wait for: the empty head of a raw batch before a slice that fills a block.
    if (chunks.length === 0) return
    await new Promise<void>((resolve, reject) => {
      // A socket that is destroyed with a write in its queue does not always call back.
      const gone = () => reject(new ClientGone())
      if (raw.destroyed) return gone()
      raw.once('close', gone)
      raw.cork()
      for (const [n, chunk] of chunks.entries()) {
        if (n < chunks.length - 1) raw.write(chunk)
        else {
          raw.write(chunk, (error) => {
            raw.off('close', gone)
            if (error == null) resolve()
            else gone()
          })
        }
      }
      raw.uncork()
    })
  } finally {
    release()
  }
}

/** From here on the answer is written past Fastify, with the headers that were set on the reply. */
function writeHead (reply: FastifyReply): void {
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
}
