import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { ClientGone, Overloaded } from '../../errors.js'
import type { FetchGate } from './fetch-gate.js'

/** What is asked of a store: the path is encoded, names of headers are in lower case. */
export interface StoreRequest { method: 'GET' | 'HEAD', path: string, headers?: Readonly<Record<string, string>> }

/** The headers of a request, and its signature where the store wants one. */
export type Signer = (request: Required<StoreRequest>) => Promise<Record<string, string>>

export type Answer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>

/** How long to try, and for whom. */
export interface Patience {
  /** `performance.now()` after which no attempt is begun; absent: a few seconds from now */
  until?: number
  signal?: AbortSignal
  /** ask a second time when the first has not answered soon; the first of the two answers counts */
  isHedged?: boolean
}

/**
 * An answer that says nothing about the file: the connection broke, the body was cut, or the server failed, is overloaded or
 * contradicts itself. The same request may succeed a moment later.
 */
export class BadAnswer extends Error {
  constructor (message: string, readonly isRefusal = false) {
    super(message)
  }
}

/** Milliseconds in which a read that somebody waits for is tried again. */
const TRY_MS = 5_000
/** Milliseconds without a byte after which a request is given up. */
const STALL_MS = 4_000
/** Milliseconds after which a second request is sent beside a slow one. */
const HEDGE_MS = 150
/** Milliseconds: the longest pause between attempts; the first follows at once. */
const LONGEST_PAUSE_MS = 2_000
/** Milliseconds after a store could not be reached in which a request is tried once, and not for TRY_MS: nobody waits in vain. */
const DOWN_MS = 1_000

/** One server over HTTP: connections that stay open, attempts, and second requests beside slow ones. */
export class Origin {
  private readonly pool: Pool
  private downUntil = -Infinity
  /** requests sent, attempts and second requests among them */
  readonly sent = { GET: 0, HEAD: 0 }

  /** @param origin such as `https://host:port` */
  constructor (origin: string, private readonly gate: FetchGate, private readonly sign?: Signer) {
    this.pool = new Pool(origin, { connections: 256, pipelining: 1, headersTimeout: STALL_MS, bodyTimeout: STALL_MS, connect: { timeout: STALL_MS } })
  }

  /**
   * Send a request and read its answer, again until it is one.
   *
   * @param read takes the answer; what it throws ends the attempts, unless it is a BadAnswer. It must read the whole body
   * @throws Overloaded when no attempt gave an answer in time; ClientGone; whatever `read` throws
   */
  async ask<Value> (request: StoreRequest, read: (answer: Answer) => Promise<Value>, { until, signal, isHedged = false }: Patience = {}): Promise<Value> {
    const last = until ?? (performance.now() < this.downUntil ? 0 : performance.now() + TRY_MS)
    for (let attempt = 0; ; attempt++) {
      if (isGone(signal)) throw new ClientGone()
      try {
        const value = isHedged ? await this.hedged(request, read, signal) : await this.once(request, read, signal)
        this.gate.answered()
        this.downUntil = -Infinity
        return value
      } catch (error) {
        if (isGone(signal)) throw new ClientGone()
        const bad = asBadAnswer(error)
        if (bad === undefined) throw error
        if (bad.isRefusal) this.gate.refused()
        const pause = attempt === 0 && !bad.isRefusal ? 0 : Math.random() * Math.min(LONGEST_PAUSE_MS, 100 * 2 ** attempt)
        if (performance.now() + pause > last) {
          this.downUntil = performance.now() + DOWN_MS
          throw new Overloaded(bad.isRefusal ? 'the data root refuses more requests' : `the data root is not reachable: ${bad.message}`, 5)
        }
        await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => { throw new ClientGone() })
      }
    }
  }

  async close (): Promise<void> {
    await this.pool.destroy()
  }

  private async once<Value> (request: StoreRequest, read: (answer: Answer) => Promise<Value>, signal: AbortSignal | undefined, onHeaders?: () => void): Promise<Value> {
    this.sent[request.method]++
    const headers = { 'accept-encoding': 'identity', ...request.headers }
    const signed = this.sign === undefined
      ? headers
      : await this.sign({ ...request, headers }).catch((error: Error) => {
        throw new BadAnswer(`no credentials for it can be had (${error.name})`)
      })
    const answer = await this.pool.request({ method: request.method, path: request.path, headers: signed, ...(signal !== undefined && { signal }) })
    onHeaders?.()
    const { statusCode } = answer
    try {
      if (statusCode >= 500 || statusCode === 429 || statusCode === 408) throw new BadAnswer(`it answers ${statusCode}`, statusCode === 503 || statusCode === 429)
      return await read(answer)
    } catch (error) {
      answer.body.on('error', () => {}).destroy()
      throw error
    }
  }

  private async hedged<Value> (request: StoreRequest, read: (answer: Answer) => Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
    const stops = [new AbortController(), new AbortController()]
    const stopAll = () => { for (const stop of stops) stop.abort() }
    signal?.addEventListener('abort', stopAll, { once: true })
    let timer: NodeJS.Timeout | undefined
    try {
      const first = this.once(request, read, stops[0]!.signal, () => clearTimeout(timer))
      const second = new Promise<Value>((resolve, reject) => {
        let isSent = false
        timer = setTimeout(() => {
          isSent = true
          this.once(request, read, stops[1]!.signal).then(resolve, reject)
        }, HEDGE_MS)
        first.catch((error) => { if (!isSent) reject(error) })
      })
      return await Promise.any([first, second])
    } catch (error) {
      throw (error as AggregateError).errors[0]
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stopAll)
      stopAll()
    }
  }
}

function isGone (signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

/** The error as a BadAnswer if it is one of the network; undefined if it is about the file, or a bug of ours. */
function asBadAnswer (error: unknown): BadAnswer | undefined {
  if (error instanceof BadAnswer) return error
  const { code, name } = error as NodeJS.ErrnoException
  const isNetwork = typeof code === 'string' && (/^(UND_ERR_|HPE_|ERR_SSL|ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/.test(code) || ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNABORTED'].includes(code))
  return isNetwork ? new BadAnswer(code ?? name) : undefined
}
