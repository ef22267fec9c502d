/**
 * A place that is written to: published catalogs, sidecars, parts of a shared ingest. A key is a path below it with `/`.
 * An object is there whole or not at all, and a reader never sees half of one.
 */
export interface ObjectFolder {
  /** the address, for messages; it holds no secret */
  readonly where: string
  /** @returns undefined when there is no such object */
  get (key: string): Promise<Uint8Array | undefined>
  /** @returns the bytes from `offset` on, fewer than `length` at the object's end; undefined when there is no such object */
  getRange (key: string, offset: number, length: number): Promise<Uint8Array | undefined>
  /** @returns `exists` when `createOnly` is set and the object was there; it is left as it was */
  put (key: string, bytes: Uint8Array, options?: { createOnly?: boolean }): Promise<'created' | 'exists'>
  /** Objects whose keys begin with `prefix`, in the order of their keys (code units). */
  list (prefix: string): AsyncIterable<ListedObject>
}

export interface ListedObject { key: string, bytes: number }

/** @throws RangeError for a key that is empty, leads outside, or is not a plain path */
export function checkKey (key: string): void {
  const isPlain = key !== '' && !/[\0\\]/.test(key) && key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  if (!isPlain) throw new RangeError(`${JSON.stringify(key)} is not the key of an object: it needs names joined by single slashes`)
}
