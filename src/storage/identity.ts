/**
 * Tells two contents of a file apart without reading it.
 *
 * `bytes` and `modifiedMs` (since 1970, with fractions) are kept in the catalog and survive a restart. `token` is
 * opaque: inode and change time of a local file, the ETag of an object. It reveals a file that was overwritten in place
 * and then got its old modification time back, as `cp -p` does.
 */
export interface Identity {
  readonly bytes: number
  readonly modifiedMs: number
  readonly token: string
  /** the strong ETag of an object, quotes included: by itself it tells one content from another (RFC 9110, 8.8.3) */
  readonly etag?: string
}

/** Whether two identities belong to the same content, as far as can be told without reading it. */
export function sameIdentity (a: Identity, b: Identity): boolean {
  return a.bytes === b.bytes && a.token === b.token && (a.etag !== undefined || a.modifiedMs === b.modifiedMs)
}

/** What the catalog keeps of a file's identity. `edges`: a hash of the first and last bytes; of an object, its ETag. */
export interface RecordedIdentity { readonly bytes: number, readonly mtimeMs: number, readonly edges: string }

/**
 * Whether a file is as the catalog recorded it. The token of a local file is ignored: a restored backup has the same content
 * in a new inode. The time of an object is ignored: copied again, the same content has the same ETag at another time.
 */
export function isAsRecorded ({ bytes, modifiedMs, etag }: Identity, recorded: RecordedIdentity | null): boolean {
  if (recorded === null || bytes !== recorded.bytes) return false
  return etag === undefined ? modifiedMs === recorded.mtimeMs : etag === recorded.edges
}
