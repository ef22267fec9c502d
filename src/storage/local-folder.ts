import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkKey } from './folder-contract.js'
import type { ListedObject, ObjectFolder } from './folder-contract.js'

/** Begins the names of files that are still being written. A process that is killed leaves one; it is never listed. */
const UNFINISHED = '.niiserve-unfinished-'

/** Objects as files of a folder. A new file gets its name when all its bytes are on disk. */
export class LocalFolder implements ObjectFolder {
  /** @param root absolute; it is made when the first object is put */
  constructor (private readonly root: string) {}

  get where (): string {
    return this.root
  }

  async get (key: string): Promise<Uint8Array | undefined> {
    return await ifThere(readFile(this.path(key)))
  }

  async getRange (key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const file = await ifThere(open(this.path(key)))
    if (file === undefined) return undefined
    try {
      const into = Buffer.alloc(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await file.read(into, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return into.subarray(0, filled)
    } finally {
      await file.close()
    }
  }

  async put (key: string, bytes: Uint8Array, { createOnly = false }: { createOnly?: boolean } = {}): Promise<'created' | 'exists'> {
    const path = this.path(key)
    const folder = dirname(path)
    await mkdir(folder, { recursive: true })
    const unfinished = join(folder, `${UNFINISHED}${randomUUID()}`)
    try {
      const file = await open(unfinished, 'wx')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      if (!createOnly) {
        await rename(unfinished, path)
        return 'created'
      }
      // A link is made only if the name is free, and the file behind it is complete: `wx` alone would show it half written.
      await link(unfinished, path)
      return 'created'
    } catch (error) {
      if (createOnly && (error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists'
      throw error
    } finally {
      await rm(unfinished, { force: true })
    }
  }

  async * list (prefix: string): AsyncGenerator<ListedObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    const entries = await ifThere(readdir(join(this.root, folder), { recursive: true, withFileTypes: true })) ?? []
    const keys = entries.filter((entry) => entry.isFile() && !entry.name.startsWith(UNFINISHED))
      .map(({ parentPath, name }) => join(parentPath, name).slice(this.root.length + 1).replaceAll('\\', '/'))
    for (const key of keys.filter((one) => one.startsWith(prefix)).sort()) {
      const stats = await ifThere(stat(join(this.root, key)))
      if (stats !== undefined) yield { key, bytes: stats.size }
    }
  }

  private path (key: string): string {
    checkKey(key)
    return join(this.root, key)
  }
}

async function ifThere<Value> (found: Promise<Value>): Promise<Value | undefined> {
  try {
    return await found
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
