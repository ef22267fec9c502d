import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export interface Answer { status: number, headers: IncomingHttpHeaders, body: Buffer }

/** How a client reads: to the end, with pauses, or not at all after the first bytes. */
export type Manner = 'whole' | 'slowly' | 'leaves'

/** One client with connections of its own; counts what it got by kind of request. */
export class VerifiedClient {
  readonly counts = new Map<string, number>()
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4 })

  constructor (private readonly origin: string) {}

  /** @returns undefined when the client left */
  async ask (kind: string, path: string, options: { manner?: Manner, method?: string, body?: string, headers?: Record<string, string> } = {}): Promise<Answer | undefined> {
    const { manner = 'whole', method = 'GET', body, headers = {} } = options
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(this.origin + path, { agent: this.agent, method, headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) } }, resolve)
      sent.on('error', reject).end(body)
    })
    const chunks: Buffer[] = []
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (manner === 'leaves') {
        response.destroy()
        return undefined
      }
      chunks.push(chunk)
      if (manner === 'slowly') await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }
  }

  close (): void {
    this.agent.destroy()
  }
}

/** The answer must be these bytes, or a refusal that the contract allows under load. @returns whether bytes were compared */
export function assertRight ({ status, body }: Answer, expected: Uint8Array, what: string): boolean {
  if (status === 503) {
    assert.match(JSON.parse(body.toString()).type, /overloaded|catalog-building/, what)
    return false
  }
  assert.ok(status === 200 || status === 206, `${what}: ${status} ${body.toString('latin1', 0, 300)}`)
  assert.ok(body.equals(expected), `${what}: not the bytes of the file`)
  return true
}
