/**
 * Tells one content of a file from the next without reading it.
 *
 * `bytes` and `modifiedMs` (since 1970, with fractions) are kept in the catalog and survive a restart. `token` is
 * opaque: inode and change time of a local file, the ETag of an object. It sees a file that was overwritten in place
 * and given its old modification time back, as `cp -p` does.
 */
export interface Identity {
  readonly bytes: number
  readonly modifiedMs: number
  readonly token: string
}

/** Whether two looks were at the same content, as far as can be told without reading. */
export function sameIdentity (a: Identity, b: Identity): boolean {
  return a.bytes === b.bytes && a.modifiedMs === b.modifiedMs && a.token === b.token
}

/** Whether a file is as the catalog recorded it. The token is left out: a restored backup has another inode, and the same content. */
export function isAsRecorded ({ bytes, modifiedMs }: Identity, recorded: { bytes: number, mtimeMs: number } | null): boolean {
  return recorded !== null && bytes === recorded.bytes && modifiedMs === recorded.mtimeMs
}
