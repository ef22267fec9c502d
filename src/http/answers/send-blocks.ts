import type { FastifyReply } from 'fastify'
import { ClientGone } from '../../errors.js'
import type { Block } from '../../training/bulk-reader.js'
import { setTiming } from './pixel-headers.js'

/**
 * Send blocks as they come, at the client's pace: a block is one gathered write, the next is read meanwhile, and one
 * that the kernel has taken is let go of. The first is waited for before the head is sent, so that what is wrong with
 * it can be said; later, a fault can only break the connection.
 *
 * @param done called at the end, however it comes
 */
export async function sendBlocks (reply: FastifyReply, blocks: AsyncGenerator<Block>, done: () => void): Promise<FastifyReply> {
  const { raw, request: { log } } = reply
  let written: Promise<void> = Promise.resolve()
  try {
    let { value: block } = await blocks.next() as IteratorResult<Block, undefined>
    if (block !== undefined) setTiming(reply, block)
    reply.hijack()
    raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
    try {
      while (block !== undefined) {
        const before = written
        written = write(reply, block)
        written.catch(() => {}) // waited for below
        block = (await blocks.next() as IteratorResult<Block, undefined>).value
        await before
      }
      raw.end()
      await written
    } catch (error) {
      if (!(error instanceof ClientGone)) log.error({ err: error }, 'answer broken off')
      raw.destroy()
    }
    return reply
  } finally {
    await blocks.return(undefined)
    await written.catch(() => {})
    done()
  }
}

async function write ({ raw }: FastifyReply, { chunks, release }: Block): Promise<void> {
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
