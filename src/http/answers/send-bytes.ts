import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { ClientGone } from '../../errors.js'
import type { Answer, AnswerStream } from '../../views/answer.js'
import { setTiming } from './pixel-headers.js'

/**
 * Send an answer whose bytes may be the cache's own memory. No byte is copied here. The memory is released when the
 * kernel has taken all of it, or when the client is gone.
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

/** End a response with these bytes. Head and bytes go to the kernel in one system call. */
export function endWith (response: ServerResponse, chunks: readonly Uint8Array[]): void {
  const last = chunks.at(-1)!
  if (chunks.length > 1) {
    response.cork()
    for (const chunk of chunks) if (chunk !== last) response.write(chunk)
  }
  response.end(last)
}

/**
 * Send an answer part by part, at the client's pace. A part is one gathered write; the next part is made meanwhile; a
 * part that the kernel has taken is released. The head is sent after the first part was made, so a fault in that part
 * is still answered with a problem. A later fault can only break the connection.
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
 * Runs the client's time-out only while bytes wait for the client. While the next part is still being made, CLIENT_TIMEOUT
 * must not cut the answer.
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
    // Without a write there is no callback to wait for. Example: the empty head of a raw batch, before a slice that fills a block.
    if (chunks.length === 0) return
    await new Promise<void>((resolve, reject) => {
      // A destroyed socket does not always call back for a write in its queue.
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

/** Takes the answer over from Fastify and sends the head, with the headers that were set on the reply. */
function writeHead (reply: FastifyReply): void {
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
}
