import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { DatasetError } from '../../errors.js'
import type { Identity } from '../identity.js'
import type { Entry } from '../object-store.js'
import type { S3Service } from './s3-service.js'

/** Objects of a bucket whose keys begin with `prefix`, in the order of S3 (UTF-8 bytes); keys are given without `root`. */
export async function * s3Objects (service: S3Service, bucket: string, root: string, prefix = ''): AsyncGenerator<{ key: string, identity: Identity }> {
  for await (const { Contents } of pages(service, { Bucket: bucket, Prefix: root + prefix })) {
    for (const { Key, Size, ETag, LastModified } of Contents ?? []) {
      if (Key !== undefined) yield { key: Key.slice(root.length), identity: identityOf(Size ?? 0, ETag ?? '', LastModified) }
    }
  }
}

/** The entries of one folder: what stands between the prefix and the next slash. @returns undefined when nothing does */
export async function s3Folder (service: S3Service, bucket: string, root: string, folder: string): Promise<Entry[] | undefined> {
  const prefix = folder === '' ? root : `${root}${folder}/`
  const entries: Entry[] = []
  for await (const { Contents, CommonPrefixes } of pages(service, { Bucket: bucket, Prefix: prefix, Delimiter: '/' })) {
    for (const { Key = '' } of Contents ?? []) if (Key !== prefix) entries.push({ name: Key.slice(prefix.length), kind: 'file' })
    for (const { Prefix = '' } of CommonPrefixes ?? []) entries.push({ name: Prefix.slice(prefix.length, -1), kind: 'folder' })
  }
  if (entries.length === 0) return undefined
  return entries.sort((a, b) => a.name < b.name ? -1 : 1)
}

async function * pages ({ client }: S3Service, input: ListObjectsV2CommandInput): AsyncGenerator<ListObjectsV2CommandOutput> {
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3')
  for (let token: string | undefined; ;) {
    const page = await (await client()).send(new ListObjectsV2Command({ ...input, ...(token !== undefined && { ContinuationToken: token }) }))
    yield page
    if (page.IsTruncated !== true || page.NextContinuationToken === undefined) return
    token = page.NextContinuationToken
  }
}

/** Some services leave the quotes of an ETag out of their lists. */
function identityOf (bytes: number, etag: string, modified: Date | undefined): Identity {
  const quoted = etag.startsWith('"') ? etag : `"${etag}"`
  return { bytes, modifiedMs: modified?.getTime() ?? 0, token: quoted, etag: quoted }
}

/** What went wrong with a list, in words without a stack of the SDK. */
export function listFailed (where: string, error: Error): DatasetError {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  return new DatasetError(`${where} cannot be listed: ${error.name}${status === undefined ? '' : ` (HTTP ${status})`}`, { cause: error })
}
