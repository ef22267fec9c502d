import { join } from 'node:path'
import { LineProcess } from './line-process.js'

/** One thing to ask for, and what the answer must be. */
export interface Target {
  path: string
  /** JSON to POST; a GET without it */
  body?: string
  /** length of the answer's body (of the largest possible one, where it is unknown: see `Job.capacity`) */
  bytes?: number
  /** CRC-32 of the body, or of its last `tail` bytes */
  crc32?: number
  tail?: number
  /** the answer is a `.nii.gz` that the client has to decode; CRC-32 of what lies behind `decodedOffset` then */
  gunzip?: boolean
  decodedOffset?: number
  decodedCrc32?: number
}

export interface Job {
  port: number
  connections: number
  /** asked for in this order, over all connections; once, or round and round for `seconds` */
  targets: Target[]
  seconds?: number
  /** every n-th answer is checked by CRC-32; its length always is */
  checkEvery: number
  /** bytes of the largest answer, for targets that do not say */
  capacity?: number
  /** a 503 that says when to come again is no fault: it is counted, and asked again then */
  patient?: boolean
}

export interface JobResult {
  requests: number
  bytes: number
  seconds: number
  /** CPU time of the client itself */
  cpuSeconds: number
  firstByteMs: number[]
  lastByteMs: number[]
  /** how often `Server-Timing` said hit, partial or miss */
  cache: Record<string, number>
  /** 503 with Retry-After, to a patient client */
  refused: number
  problems: string[]
}

/** The raw-socket client, in a process of its own. */
export class Client {
  readonly #process = new LineProcess('client', process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'client-process.ts')])

  /** Fails if any answer was not what was expected: a wrong answer is not a fast one. */
  async perform (job: Job): Promise<JobResult> {
    const result = await this.#process.ask<JobResult>(job)
    if (result.problems.length > 0) throw new Error(`wrong answers: ${result.problems.slice(0, 3).join('; ')}`)
    return result
  }

  async stop (): Promise<void> { await this.#process.stop() }
}
