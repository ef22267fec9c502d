import { accessSync, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, realpathSync, statSync } from 'node:fs'
import type { Dirent, Stats } from 'node:fs'
import { join, sep } from 'node:path'
import { CatalogBuilding, DatasetError, Overloaded, VolumeUnreadable } from '../errors.js'
import { readEdges } from './edges.js'
import { sameIdentity } from './identity.js'
import type { Identity } from './identity.js'
import { LocalFile } from './local-file.js'
import { identityOf } from './local-identity.js'
import type { Entry, FileStates, ObjectStore, StoreSpec, TreeFiles } from './object-store.js'
import { FileRefused, NotAFile, OutsideRoot } from './refused.js'

/**
 * The files under one root, and never one outside it, links included. A key is a path relative to the root
 * with forward slashes. Everything is synchronous and nothing is kept, so an instance costs nothing: a thread gets
 * `spec` and makes its own.
 *
 * Error texts name the key and never the root.
 */
export class LocalStore implements ObjectStore, FileStates, TreeFiles {
  readonly isListed = true
  readonly #prefix: string

  /** @param root absolute and free of links, as in `LocalStore.open(…).root`; not checked */
  constructor (readonly root: string) {
    this.#prefix = root.endsWith(sep) ? root : root + sep
  }

  /**
   * @param path the folder as the user named it
   * @throws DatasetError when it is absent, is not a folder, or cannot be read
   */
  static open (path: string): LocalStore {
    try {
      const root = realpathSync.native(path)
      if (!statSync(root).isDirectory()) throw new DatasetError(`${path} is not a folder`)
      accessSync(root, constants.R_OK | constants.X_OK)
      return new LocalStore(root)
    } catch (error) {
      if (error instanceof DatasetError) throw error
      const errno = errnoOf(error)
      throw new DatasetError(isAbsence(errno) ? `${path} does not exist` : `${path} cannot be read: ${errno}`, { cause: error })
    }
  }

  /** Whether the root is still there: after a disk is unmounted, files are out of reach, not missing. */
  isReachable (): boolean {
    try {
      accessSync(this.root, constants.R_OK | constants.X_OK)
      return true
    } catch {
      return false
    }
  }

  /**
   * The real path of a key, with every link followed.
   *
   * @returns absolute path inside the root; undefined when nothing is there, as behind a dangling link
   * @throws OutsideRoot, FileRefused
   */
  resolve (key: string): string | undefined {
    if (key.startsWith('/') || key.includes('\0') || key.split(/[/\\]/).includes('..')) throw new OutsideRoot(key)
    const path = attempt(key, () => realpathSync.native(join(this.root, key)))
    if (path !== undefined && path !== this.root && !path.startsWith(this.#prefix)) throw new OutsideRoot(key)
    return path
  }

  get spec (): StoreSpec {
    return { kind: 'folder', root: this.root }
  }

  /**
   * @returns undefined when nothing is there
   * @throws OutsideRoot, NotAFile, FileRefused
   */
  identity (key: string): Identity | undefined {
    const path = this.resolve(key)
    const stats = path === undefined ? undefined : attempt(key, () => lstatSync(path))
    return stats && regular(key, stats)
  }

  /**
   * The identity of a path that `resolve` returned earlier. For the fast path: one system call.
   *
   * @returns undefined when it is gone or no longer a regular file; `identity` of the key then says why
   */
  identityOfPath (path: string): Identity | undefined {
    const stats = attempt(path.slice(this.#prefix.length), () => lstatSync(path))
    return stats?.isFile() === true ? identityOf(stats) : undefined
  }

  /**
   * Open a regular file for reading. A FIFO cannot make this hang: the kind of file is checked before and after.
   *
   * @param expected the identity that the caller knows the file by
   * @returns undefined when nothing is there; the caller closes it
   * @throws OutsideRoot, NotAFile, FileRefused; CatalogBuilding when the file is not as `expected`;
   *   Overloaded when no further file can be opened
   */
  open (key: string, expected?: Identity): LocalFile | undefined {
    const path = this.resolve(key)
    const found = path === undefined ? undefined : attempt(key, () => lstatSync(path))
    if (path === undefined || found === undefined) return undefined
    regular(key, found)
    const fd = attempt(key, () => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK))
    if (fd === undefined) return undefined
    try {
      const identity = regular(key, fstatSync(fd))
      if (expected !== undefined && !sameIdentity(identity, expected)) throw new CatalogBuilding(key)
      return new LocalFile(fd, key, identity)
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  /** A hash of the file's first and last bytes; undefined when it is gone. @throws as `open` */
  edges (key: string, state: Identity): string | undefined {
    const opened = this.open(key, state)
    if (opened === undefined) return undefined
    try {
      return readEdges(opened)
    } finally {
      opened.close()
    }
  }

  /** A folder of this root as a root of its own. */
  below (folder: string): LocalStore {
    return new LocalStore(join(this.root, folder))
  }

  /**
   * The whole content of a small file that describes the dataset.
   *
   * @returns undefined when nothing is there
   * @throws DatasetError when it holds more than `maxBytes`, or exists and cannot be read, for whatever reason
   */
  readSmall (key: string, maxBytes: number): Buffer | undefined {
    try {
      const opened = this.open(key)
      if (opened === undefined) return undefined
      try {
        const { bytes } = opened.identity
        if (bytes > maxBytes) throw new DatasetError(`${key} has ${bytes} bytes; at most ${maxBytes} are read`)
        const content = Buffer.alloc(bytes)
        return attempt(key, () => content.subarray(0, opened.readAt(0, content)))
      } finally {
        opened.close()
      }
    } catch (error) {
      if (error instanceof VolumeUnreadable) throw new DatasetError(error.message, { cause: error })
      throw error
    }
  }

  /**
   * The entries of a folder, by name (in code unit order). Links are not followed: their `kind` is `link`.
   *
   * @param key '' is the root
   * @returns undefined when there is no such folder
   * @throws OutsideRoot, FileRefused
   */
  list (key: string): Entry[] | undefined {
    const path = this.resolve(key)
    const entries = path === undefined ? undefined : attempt(key, () => readdirSync(path, { withFileTypes: true }))
    return entries?.map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((a, b) => a.name < b.name ? -1 : 1)
  }
}

/** Run one file system call: absence gives undefined; the error of a refusal does not contain the server's path. */
function attempt<T> (key: string, call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    const errno = errnoOf(error)
    if (isAbsence(errno)) return undefined
    if (errno === 'EMFILE' || errno === 'ENFILE') throw new Overloaded('too many files are open')
    throw new FileRefused(key, errno)
  }
}

/** Nothing can exist under a name that is too long, below a file, or behind links that form a circle. */
function isAbsence (errno: string): boolean {
  return errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ENAMETOOLONG' || errno === 'ELOOP'
}

function errnoOf (error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (typeof code !== 'string') throw error
  return code
}

function regular (key: string, stats: Stats): Identity {
  if (stats.isFile()) return identityOf(stats)
  const kind = stats.isDirectory()
    ? 'folder'
    : stats.isFIFO() ? 'FIFO' : stats.isSocket() ? 'socket' : stats.isSymbolicLink() ? 'link' : 'device'
  throw new NotAFile(key, kind)
}

function kindOf (entry: Dirent): Entry['kind'] {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'other'
}
