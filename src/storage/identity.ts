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
}

/** Whether two identities belong to the same content, as far as can be told without reading it. */
export function sameIdentity (a: Identity, b: Identity): boolean {
  return a.bytes === b.bytes && a.modifiedMs === b.modifiedMs && a.token === b.token
}

/** Whether a file is as the catalog recorded it. The token is ignored: a restored backup has the same content in a new inode. */
export function isAsRecorded ({ bytes, modifiedMs }: Identity, recorded: { bytes: number, mtimeMs: number } | null): boolean {
  return recorded !== null && bytes === recorded.bytes && modifiedMs === recorded.mtimeMs
}
