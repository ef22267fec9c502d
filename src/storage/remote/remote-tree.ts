import { DatasetError, Overloaded, VolumeUnreadable } from '../../errors.js'
import type { Entry, TreeFiles } from '../object-store.js'
import type { RemoteStore } from './remote-store.js'

/** Files that may say what a root holds: all that is asked for where the root cannot be listed. */
const TELLING = ['niiserve.json', 'dataset.json', 'dataset_registry.xlsx', 'dataset_registry.csv', 'README_EN.md', 'README_RU.md']

/** The most texts that a layout may ask for: each costs a request, and another look at the tree. */
const MOST_TEXTS = 64

/** Bytes of the largest text that is fetched. */
const MOST_TEXT_BYTES = 128 * 2 ** 20

/**
 * A remote root as layouts read it, at once, although its texts come over a network: a text that is not here yet reads as
 * absent and is noted; `read` fetches what was noted and looks again, until nothing is missing.
 */
export class RemoteTree implements TreeFiles {
  private readonly texts = new Map<string, Buffer | undefined>()
  private readonly wanted = new Set<string>()
  private readonly folders = new Map<string, Map<string, Entry>>()

  /** @param keys of all files, listed when the tree is first read; undefined where the root cannot be listed */
  constructor (private readonly store: RemoteStore, private readonly keys?: () => AsyncIterable<string>) {
    this.isListed = keys !== undefined
  }

  readonly isListed: boolean

  get root (): string {
    return this.store.root
  }

  /**
   * What `look` makes of the tree.
   *
   * @throws DatasetError when the root cannot be read, or needs too many texts; whatever `look` throws at last
   */
  async read<Found> (look: (tree: TreeFiles) => Promise<Found>): Promise<Found> {
    if (this.keys === undefined) for (const key of TELLING) this.wanted.add(key)
    else if (this.folders.size === 0) for await (const key of this.keys()) this.add(key)
    for (;;) {
      await Promise.all([...this.wanted].map(async (key) => { this.texts.set(key, await this.fetch(key)) }))
      this.wanted.clear()
      if (!this.isListed) for (const [key, text] of this.texts) if (text !== undefined) this.found(key)
      const found = await look(this).then((value) => ({ value }), (error: Error) => ({ error }))
      if (this.wanted.size > 0 && this.texts.size < MOST_TEXTS) continue
      if ('error' in found) throw found.error
      return found.value
    }
  }

  list (folder: string): Entry[] | undefined {
    const entries = this.folders.get(folder)
    return entries && [...entries.values()].sort((a, b) => a.name < b.name ? -1 : 1)
  }

  resolve (key: string): string | undefined {
    if (!this.isListed || key === '' || this.folders.has(key)) return key
    const at = key.lastIndexOf('/')
    return this.folders.get(key.slice(0, Math.max(0, at)))?.has(key.slice(at + 1)) === true ? key : undefined
  }

  readSmall (key: string, maxBytes: number): Buffer | undefined {
    if (!this.texts.has(key)) {
      if (this.resolve(key) !== undefined && !this.folders.has(key)) this.wanted.add(key)
      return undefined
    }
    const text = this.texts.get(key)
    if (text !== undefined && text.length > maxBytes) throw new DatasetError(`${key} has ${text.length} bytes; at most ${maxBytes} are read`)
    return text
  }

  below (folder: string): TreeFiles {
    const whole = this
    const inner = (key: string) => key === '' ? folder : `${folder}/${key}`
    return {
      root: `${this.root}${folder}`,
      isListed: this.isListed,
      list: (key) => whole.list(inner(key)),
      resolve: (key) => whole.resolve(inner(key)) === undefined ? undefined : key,
      readSmall: (key, maxBytes) => whole.readSmall(inner(key), maxBytes),
      below: (next) => whole.below(inner(next))
    }
  }

  private found (key: string): void {
    if (this.folders.size === 0) this.store.probeWith(key)
    this.add(key)
  }

  private add (key: string): void {
    const names = key.split('/')
    // A key with an empty name, or one that means a step, has no place in a tree; S3 has folders as keys that end with a slash.
    if (names.some((name) => name === '' || name === '.' || name === '..')) return
    for (let depth = 0; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/')
      let entries = this.folders.get(folder)
      if (entries === undefined) this.folders.set(folder, entries = new Map())
      const name = names[depth]!
      if (depth === names.length - 1) entries.set(name, { name, kind: 'file' })
      else if (!entries.has(name)) entries.set(name, { name, kind: 'folder' })
    }
  }

  private async fetch (key: string): Promise<Buffer | undefined> {
    try {
      const identity = await this.store.identity(key)
      if (identity === undefined) return undefined
      if (identity.bytes > MOST_TEXT_BYTES) throw new DatasetError(`${key} has ${identity.bytes} bytes; at most ${MOST_TEXT_BYTES} are read`)
      return Buffer.from((await this.store.readRange(key, identity, [0, identity.bytes])).buffer)
    } catch (error) {
      if (error instanceof VolumeUnreadable || error instanceof Overloaded) throw new DatasetError(`${key} of ${this.root} cannot be read: ${error.message}`, { cause: error })
      throw error
    }
  }
}
