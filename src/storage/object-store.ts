import type { Identity } from './identity.js'

/** Where a store is, as plain data that can be sent to a thread: a folder of this machine. `openStore` opens it. */
export interface StoreSpec { readonly kind: 'folder', readonly root: string }

/** What a key names. Links are not followed: `kind` says `link`. */
export interface Entry { readonly name: string, readonly kind: 'file' | 'folder' | 'link' | 'other' }

/** An open file, with the identity it had when it was opened. The caller that opened it closes it. */
export interface Source {
  readonly identity: Identity
  /**
   * Fill `into` with the file's bytes from `offset` on.
   *
   * @returns number of bytes read; less than the length of `into` only at the end of the file
   * @throws FileRefused when the store fails
   */
  readAt (offset: number, into: Uint8Array): number
  /** Whether the content is still the one that was opened. Reads can be trusted if this is true after them. */
  isUnchanged (): boolean
  close (): void
}

/**
 * Stored files, read only. A key is a path below the root with `/`. An absent file gives `undefined`. A key that leads outside
 * the root, is not a file, or is refused throws OutsideRoot, NotAFile or FileRefused; texts name the key, never the root.
 * Every store must pass `test/storage/object-store-suite.ts`.
 */
export interface ObjectStore {
  readonly spec: StoreSpec
  /** Whether the root is there: after a disk is unmounted, files are out of reach, not missing. */
  isReachable (): boolean | Promise<boolean>
  /** The entries of a folder, by name (in code unit order). @param key '' is the root */
  list (key: string): Entry[] | undefined | Promise<Entry[] | undefined>
  identity (key: string): Identity | undefined | Promise<Identity | undefined>
  /**
   * @param expected the identity that the caller knows the file by
   * @throws CatalogBuilding when the file has another identity
   */
  open (key: string, expected?: Identity): Source | undefined | Promise<Source | undefined>
}
