import type { Identity } from './identity.js'

/** Where a store is, as plain data that can be handed to a thread; `openStore` makes the store of it: a folder of this machine. */
export interface StoreSpec { readonly kind: 'folder', readonly root: string }

/** What a key names. Links are not followed: `kind` says `link`. */
export interface Entry { readonly name: string, readonly kind: 'file' | 'folder' | 'link' | 'other' }

/** A file held open, as it was when it was opened. Whoever opened it closes it. */
export interface Source {
  readonly identity: Identity
  /**
   * Read into all of `into` from a byte of the file on.
   *
   * @returns how many bytes there were; fewer than asked at the end of the file only
   * @throws FileRefused when the store fails
   */
  readAt (offset: number, into: Uint8Array): number
  /** Whether it is still the content that was opened: ask after the last read that is to be trusted. */
  isUnchanged (): boolean
  close (): void
}

/**
 * Bytes at rest, read only. A key is a path below the root with `/`. What is not there is `undefined`; what leads outside
 * the root, is no file, or is refused throws (OutsideRoot, NotAFile, FileRefused); texts name the key, never the root.
 * `test/storage/object-store-suite.ts` is what any store must pass.
 */
export interface ObjectStore {
  readonly spec: StoreSpec
  /** Whether the root is there: a disk that was unmounted is not a dataset whose files are all missing. */
  isReachable (): boolean | Promise<boolean>
  /** What a folder holds, in order of name (code units). @param key '' is the root */
  list (key: string): Entry[] | undefined | Promise<Entry[] | undefined>
  identity (key: string): Identity | undefined | Promise<Identity | undefined>
  /**
   * @param expected the content that the caller knows of
   * @throws CatalogBuilding when the content is another one
   */
  open (key: string, expected?: Identity): Source | undefined | Promise<Source | undefined>
}
