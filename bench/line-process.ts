import { createInterface, type Interface } from 'node:readline'
import { start, type StartOptions } from './processes.js'

/**
 * A child that does one job at a time: a line of JSON in, a line of JSON out. Clients and in-process peers
 * are such children, so that what is measured never shares an event loop, or a heap, with the bench.
 */
export class LineProcess {
  readonly pid: number
  readonly #name: string
  readonly #stdin
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface
  readonly #stop: () => Promise<void>

  constructor (name: string, command: string, args: readonly string[], options: StartOptions = {}) {
    const { pid, child, stop } = start(name, command, args, { ...options, stdio: 'lines' })
    if (child.stdin === null || child.stdout === null) throw new Error(`${name} has no pipes`)
    this.pid = pid
    this.#name = name
    this.#stdin = child.stdin
    this.#stdin.on('error', () => {}) // the answer that never comes says it better
    this.#reader = createInterface(child.stdout)
    this.#lines = this.#reader[Symbol.asyncIterator]()
    this.#stop = stop
  }

  /** Do one job. A child that ends instead of answering has said why on stderr. */
  async ask<Answer> (job: unknown): Promise<Answer> {
    this.#stdin.write(`${JSON.stringify(job)}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`${this.#name} ended without an answer`)
    return JSON.parse(value) as Answer
  }

  async stop (): Promise<void> {
    this.#reader.close()
    await this.#stop()
  }
}
