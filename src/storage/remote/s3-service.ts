import { createHash, createHmac } from 'node:crypto'
import type { Hash, Hmac } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { SignatureV4 } from '@smithy/signature-v4'
import { ConfigError } from '../../errors.js'
import type { Signer } from './origin.js'

/** Where S3 is. */
export interface S3Settings { s3Endpoint?: string | undefined, s3Region?: string | undefined }

/** An S3 service as this process reaches it. */
export interface S3Service {
  /** such as http://127.0.0.1:8333 */
  endpoint: string
  sign: Signer
  /** the SDK's client, loaded when it is first needed: for lists and writes only, because a GET costs it 3 ms of CPU */
  client: () => Promise<S3Client>
}

/** SHA-256 of nothing: the requests that are signed here have no body. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/**
 * An S3 service, by path style. Credentials come from the usual chain (environment, profile, container, machine, web
 * identity), are renewed in time, and are kept out of every message.
 *
 * @throws ConfigError when there are none
 */
export async function s3Service ({ s3Endpoint, s3Region }: S3Settings = { s3Endpoint: process.env['S3_ENDPOINT'], s3Region: process.env['S3_REGION'] }): Promise<S3Service> {
  const region = s3Region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1'
  const endpoint = s3Endpoint?.replace(/\/+$/, '') ?? `https://s3.${region}.amazonaws.com`
  const credentials = defaultProvider()
  await credentials().catch((error: Error) => {
    throw new ConfigError('DATA_ROOT', `s3:// needs credentials, and none were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role (${error.name})`)
  })
  const signer = new SignatureV4({ service: 's3', region, credentials, sha256: NodeSha256, uriEscapePath: false, applyChecksum: false })
  const { protocol, hostname, port, host } = new URL(endpoint)
  let client: Promise<S3Client> | undefined
  return {
    endpoint,
    sign: async ({ method, path, headers }) => {
      const request = { method, protocol, hostname, ...(port !== '' && { port: Number(port) }), path, query: {}, headers: { ...headers, host, 'x-amz-content-sha256': EMPTY_SHA256 } }
      return (await signer.sign(request, { unsignableHeaders: UNSIGNED })).headers
    },
    client: async () => await (client ??= import('@aws-sdk/client-s3').then(({ S3Client }) => new S3Client({
      endpoint,
      region,
      credentials,
      forcePathStyle: true,
      maxAttempts: 5,
      // Not every service knows the checksums that AWS added; the objects here are named, or checked, by content.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED'
    })))
  }
}

/** A proxy on the way may rewrite it. */
const UNSIGNED = new Set(['accept-encoding'])

/** Node's own SHA-256 for the signature: ten times as fast as one in JavaScript. */
class NodeSha256 {
  private hash: Hash | Hmac

  constructor (private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = this.begun()
  }

  update (data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(asBytes(data))
  }

  async digest (): Promise<Uint8Array> {
    return this.hash.digest()
  }

  reset (): void {
    this.hash = this.begun()
  }

  private begun (): Hash | Hmac {
    return this.secret === undefined ? createHash('sha256') : createHmac('sha256', asBytes(this.secret))
  }
}

function asBytes (data: string | ArrayBuffer | ArrayBufferView): Uint8Array | string {
  if (typeof data === 'string') return data
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}
