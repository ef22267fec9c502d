import type { Identity, RecordedIdentity } from './identity.js'

/**
 * Where a store is, as plain data that can be sent to a thread: a folder of this machine, which `openStore` opens; or a
 * server, which threads do not ask: their tasks bring the bytes.
 */
export type StoreSpec = { readonly kind: 'folder', readonly root: string } | { readonly kind: 'remote' }

/** What a key names. Links are not followed: `kind` says `link`. */
export interface Entry { readonly name: string, readonly kind: 'file' | 'folder' | 'link' | 'other' }

/** An open file, with the identity it had when it was opened. The caller that opened it closes it. */
export interface OpenFile {
  readonly identity: Identity
  /**
   * Fill `into` with the file's bytes from `offset` on.
   *
   * @returns number of bytes read; less than the length of `into` only at the end of the file
   * @throws FileRefused when the store fails
   */
  readAt (offset: number, into: Uint8Array): number | Promise<number>
  /** Whether the content is still the one that was opened. Reads can be trusted if this is true after them. */
  isUnchanged (): boolean | Promise<boolean>
  /**
   * Bytes `start` to `stop` (exclusive), piece by piece, while the file stays as it was when it was opened. Closes the file.
   *
   * @throws CatalogBuilding when the file has changed, was cut short or removed
   */
  pieces (range: readonly [start: number, stop: number]): AsyncIterable<Uint8Array>
  close (): void
}

/** A file whose bytes are there at once, as threads read them. */
export interface Source extends Pick<OpenFile, 'identity' | 'close'> {
  readAt (offset: number, into: Uint8Array): number
  isUnchanged (): boolean
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
  open (key: string, expected?: Identity): OpenFile | undefined | Promise<OpenFile | undefined>
}

/** The states of a store's files, as far as they can be said at once: a request asks for them before it reads. */
export interface FileStates {
  isReachable (): boolean
  /** @param recorded the state that the catalog knows; a store that is asked over a network believes it until it knows better */
  identity (key: string, recorded?: RecordedIdentity | null): Identity | undefined
  /** The place of a key, for `identityOfPath`. */
  resolve (key: string): string | undefined
  /** As `identity`, of a key that was resolved before; undefined also where `identity` has to say why. */
  identityOfPath (place: string): Identity | undefined
  /** What tells the content of a file from another of the same size and time; undefined when it is gone. */
  edges (key: string, state: Identity): string | undefined
  /** Of a store that is asked over a network: whether its last word on a file is recent. Absent: every word is. */
  isFresh?: (key: string) => boolean
  /** Ask the store about a file, unless its last word is recent. Never throws: `identity` then says what is wrong. */
  confirm?: (key: string, recorded: RecordedIdentity | null) => Promise<void>
}

/** The files of a root as layouts read them: names, and the texts of small files, at once. */
export interface TreeFiles {
  /** absolute path or address */
  readonly root: string
  /** false: the root cannot be listed, and a key that a table names is taken to be there */
  readonly isListed: boolean
  list (key: string): Entry[] | undefined
  resolve (key: string): string | undefined
  readSmall (key: string, maxBytes: number): Buffer | undefined
  below (folder: string): TreeFiles
}
