import { checkKey } from '../folder-contract.js'
import type { ListedObject, ObjectFolder } from '../folder-contract.js'
import { encodedKey } from './address.js'
import { Origin } from './origin.js'
import type { Answer } from './origin.js'
import { FetchGate } from './fetch-gate.js'
import { FileRefused } from '../refused.js'
import { s3Objects } from './s3-list.js'
import { s3Service } from './s3-service.js'
import type { S3Service } from './s3-service.js'

/** Milliseconds in which a read or a write is tried again. */
const TRY_MS = 30_000
/** Bytes in flight at most. */
const MOST_BYTES = 256 * 2 ** 20

/** Objects of a bucket. S3 shows an object whole or not at all. */
export class S3Folder implements ObjectFolder {
  private constructor (private readonly service: S3Service, private readonly origin: Origin, private readonly bucket: string, private readonly prefix: string) {}

  /** @throws ConfigError when there are no credentials */
  static async open (bucket: string, prefix: string): Promise<S3Folder> {
    const service = await s3Service()
    return new S3Folder(service, new Origin(service.endpoint, new FetchGate(MOST_BYTES), service.sign), bucket, prefix)
  }

  get where (): string {
    return `s3://${this.bucket}/${this.prefix}`.replace(/\/$/, '')
  }

  async get (key: string): Promise<Uint8Array | undefined> {
    return await this.ask(key, {}, async ({ body }) => await body.bytes())
  }

  async getRange (key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    if (length === 0) return await this.ask(key, {}, async ({ body }) => { await body.dump(); return new Uint8Array(0) })
    return await this.ask(key, { range: `bytes=${offset}-${offset + length - 1}` }, async ({ statusCode, body }) => {
      if (statusCode === 416) {
        await body.dump()
        return new Uint8Array(0)
      }
      const bytes = await body.bytes()
      // A service that ignores the range sends everything.
      return statusCode === 206 ? bytes : bytes.subarray(offset, offset + length)
    })
  }

  async put (key: string, bytes: Uint8Array, { createOnly = false }: { createOnly?: boolean } = {}): Promise<'created' | 'exists'> {
    checkKey(key)
    const { PutObjectCommand } = await import('@aws-sdk/client-s3')
    try {
      await (await this.service.client()).send(new PutObjectCommand({ Bucket: this.bucket, Key: this.prefix + key, Body: bytes, ...(createOnly && { IfNoneMatch: '*' }) }))
      return 'created'
    } catch (error) {
      // 412: it is there. 409: another writer is creating it at this moment, and will have.
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
      if (createOnly && (status === 412 || status === 409)) return 'exists'
      throw error
    }
  }

  async * list (prefix: string): AsyncGenerator<ListedObject> {
    const found: ListedObject[] = []
    for await (const { key, identity } of s3Objects(this.service, this.bucket, this.prefix, prefix)) found.push({ key, bytes: identity.bytes })
    // S3 orders keys by their UTF-8 bytes, which differs from code units beyond the basic plane.
    yield * found.sort((a, b) => a.key < b.key ? -1 : 1)
  }

  private async ask<Value> (key: string, headers: Record<string, string>, read: (answer: Answer) => Promise<Value>): Promise<Value | undefined> {
    checkKey(key)
    return await this.origin.ask({ method: 'GET', path: `/${encodedKey(`${this.bucket}/${this.prefix}${key}`)}`, headers }, async (answer) => {
      const { statusCode } = answer
      if (statusCode === 404) {
        const code = await answer.body.text()
        if (code.includes('NoSuchBucket')) throw new FileRefused(key, 'HTTP 404 (NoSuchBucket)')
        return undefined
      }
      if (![200, 206, 416].includes(statusCode)) throw new FileRefused(key, `HTTP ${statusCode}`)
      return await read(answer)
    }, { until: performance.now() + TRY_MS })
  }
}
