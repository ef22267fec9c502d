import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** How a server may misbehave for one request; the first behaviour that applies is taken and used up. */
export type Misbehaviour =
  | 'reset' // the connection breaks before an answer
  | 'cut' // the connection breaks in the middle of the body
  | 'whole' // 200 and the whole file, where a range was asked for
  | 'shifted' // the bytes before those that were asked for, and says so
  | 'wrong-etag' // the ETag of another content
  | 'no-etag'
  | 'weak-etag'
  | 'slow-down' // 503, as S3 says that it is overloaded
  | 'broken' // 500
  | 'stall' // no byte of an answer
  | 'forbidden' // 403

/** A web server with ranges, ETags and If-Match over files in memory or of a folder; and, when told to, with any fault of such servers. */
export interface WebServer {
  /** such as http://127.0.0.1:1234/data/ */
  url: string
  files: Map<string, Buffer>
  /** taken one by one, each by the next request for bytes (GET); `undefined` behaves */
  next: Array<Misbehaviour | undefined>
  /** for every request until it is unset */
  always: Misbehaviour | undefined
  ignoresIfMatch: boolean
  /** keys that are answered with 403 */
  refused: Set<string>
  /** `GET /key bytes=0-9`, of every request */
  requests: string[]
  /** milliseconds before each answer */
  delayMs: number
  /** end all connections and refuse new ones; then listen on the same port again */
  down: () => Promise<void>
  up: () => Promise<void>
  close: () => Promise<void>
}

export async function startWebServer (folder?: string): Promise<WebServer> {
  const server = createServer((request, response) => { answer(request, response).catch((error: Error) => response.destroy(error)) })
  const listen = async (port: number) => await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve) })
  await listen(0)
  const { port } = server.address() as AddressInfo
  const web: WebServer = {
    url: `http://127.0.0.1:${port}/data/`,
    files: new Map(),
    next: [],
    always: undefined,
    ignoresIfMatch: false,
    refused: new Set(),
    requests: [],
    delayMs: 0,
    down: async () => await new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
    up: async () => await listen(port),
    close: async () => { if (server.listening) await web.down() }
  }

  const contentOf = (key: string): Buffer | undefined => {
    const known = web.files.get(key)
    if (known !== undefined || folder === undefined) return known
    const path = join(folder, key)
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path) : undefined
  }

  async function answer (request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { method = '', url = '', headers } = request
    const key = decodeURIComponent(url.slice('/data/'.length))
    web.requests.push(`${method} ${key}${headers.range === undefined ? '' : ` ${headers.range}`}`)
    if (web.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, web.delayMs))
    const wrong = web.always ?? (method === 'GET' ? web.next.shift() : undefined)
    if (wrong === 'stall') return undefined
    if (wrong === 'reset') return request.socket.destroy()
    if (wrong === 'slow-down') return response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')
    if (wrong === 'broken') return response.writeHead(500).end()
    if (wrong === 'forbidden' || web.refused.has(key)) return response.writeHead(403).end()
    const content = contentOf(key)
    if (content === undefined) return response.writeHead(404).end()
    const etag = `"${createHash('md5').update(content).digest('hex')}"`
    if (headers['if-match'] !== undefined && headers['if-match'] !== etag && !web.ignoresIfMatch) return response.writeHead(412).end()
    if (wrong !== 'no-etag') response.setHeader('etag', wrong === 'wrong-etag' ? '"another"' : wrong === 'weak-etag' ? `W/${etag}` : etag)
    response.setHeader('last-modified', new Date(0).toUTCString())
    const asked = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')
    if (asked === null || wrong === 'whole') {
      response.writeHead(200, { 'content-length': content.length })
      return response.end(method === 'HEAD' ? undefined : content)
    }
    const shift = wrong === 'shifted' ? 1 : 0
    const [start, stop] = [Math.max(0, Number(asked[1]) - shift), Math.min(content.length, Number(asked[2]) + 1 - shift)]
    if (start >= content.length) return response.writeHead(416).end()
    response.writeHead(206, { 'content-range': `bytes ${start}-${stop - 1}/${content.length}`, 'content-length': stop - start })
    if (wrong !== 'cut') return response.end(content.subarray(start, stop))
    return response.write(content.subarray(start, start + Math.floor((stop - start) / 2)), () => request.socket.destroy())
  }
  return web
}
