import { connect, type Socket } from 'node:net'

/** One answer. `body` is a view into the connection's buffer: read it before the next request. */
export interface Answer {
  status: number
  head: string
  body: Buffer
  /** from the request's write to the first byte of the body, and to its last; milliseconds */
  firstByteMs: number
  lastByteMs: number
}

/** Room for the head of an answer beside its body. */
const HEAD_BYTES = 16 * 1024

/**
 * An HTTP/1.1 keep-alive client with nothing in it: bytes are read from the socket into one buffer that
 * serves all answers of the connection, and of the head only status and length are looked at. An HTTP
 * library costs more per slice than the servers under test, and would be what is measured.
 */
export class Connection {
  readonly #socket: Socket
  readonly #buffer: Buffer
  #filled = 0
  #bodyStart = -1
  #bodyBytes = 0
  #sentAt = 0
  #firstByteAt = 0
  #settle: { resolve: (answer: Answer) => void, reject: (error: Error) => void } | undefined

  /** @param capacity bytes of the largest body to come */
  constructor (port: number, capacity: number) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity + HEAD_BYTES)
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: () => this.#buffer.subarray(this.#filled),
        callback: (count) => { this.#took(count); return true }
      }
    })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** Send a request (the whole of it, as on the wire); the answer once its last byte is here. */
  async request (wire: string): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#bodyStart = -1
      this.#sentAt = performance.now()
      this.#socket.write(wire, 'latin1')
    })
  }

  close (): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #took (count: number): void {
    this.#filled += count
    if (this.#bodyStart === -1 && !this.#readHead()) return
    if (this.#firstByteAt === 0 && this.#filled > this.#bodyStart) this.#firstByteAt = performance.now()
    if (this.#filled < this.#bodyStart + this.#bodyBytes) return
    const lastByteAt = performance.now()
    const head = this.#buffer.toString('latin1', 0, this.#bodyStart)
    const settle = this.#settle
    this.#settle = undefined
    this.#filled = 0 // Node asks for the next buffer as soon as this returns: it is the next answer's
    settle?.resolve({
      status: Number(head.slice(9, 12)),
      head,
      body: this.#buffer.subarray(this.#bodyStart, this.#bodyStart + this.#bodyBytes),
      firstByteMs: (this.#firstByteAt === 0 ? lastByteAt : this.#firstByteAt) - this.#sentAt,
      lastByteMs: lastByteAt - this.#sentAt
    })
  }

  #readHead (): boolean {
    const end = this.#buffer.subarray(0, Math.min(this.#filled, HEAD_BYTES)).indexOf('\r\n\r\n')
    if (end === -1) {
      if (this.#filled >= HEAD_BYTES) this.#fail(new Error(`an answer's head is longer than ${HEAD_BYTES} bytes`))
      return false
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#buffer.toString('latin1', 0, end))?.[1]
    this.#bodyStart = end + 4
    this.#bodyBytes = Number(length)
    this.#firstByteAt = 0
    if (length === undefined) this.#fail(new Error('an answer without Content-Length'))
    if (this.#bodyStart + this.#bodyBytes > this.#buffer.length) this.#fail(new Error(`an answer of ${length} bytes, more than expected`))
    return this.#settle !== undefined
  }

  #fail (error: Error): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.reject(error)
    this.#socket.destroy()
  }
}

/** The bytes of a GET, or with a JSON body of a POST. */
export function wireOf (path: string, body?: string): string {
  return body === undefined
    ? `GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`
    : `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
