import { close, closeSync, fstat, fstatSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { CatalogBuilding } from '../errors.js'
import { sameIdentity } from './identity.js'
import type { Identity } from './identity.js'
import { identityOf } from './local-identity.js'
import type { Source } from './object-store.js'

const [readAsync, statAsync, closeAsync] = [promisify(read), promisify(fstat), promisify(close)]

/** Bytes per read: a gigabyte takes few reads, and many slow clients take little memory. */
const PIECE_BYTES = 512 * 1024

/** A local file that is open for reading. */
export class LocalFile implements Source {
  constructor (private readonly fd: number, readonly key: string, readonly identity: Identity) {}

  /** @throws the system's error, with `syscall` "read" */
  readAt (offset: number, into: Uint8Array): number {
    let filled = 0
    while (filled < into.length) {
      const count = readSync(this.fd, into, filled, into.length - filled, offset + filled)
      if (count === 0) break
      filled += count
    }
    return filled
  }

  isUnchanged (): boolean {
    return sameIdentity(identityOf(fstatSync(this.fd)), this.identity)
  }

  close (): void {
    closeSync(this.fd)
  }

  /**
   * Bytes `start` to `stop` (exclusive), piece by piece and off the event loop, while the file stays as it was when it was
   * opened. The file is checked after each read, so no bytes of changed content are passed on. Closes the file.
   *
   * @throws CatalogBuilding when the file has changed, was cut short or removed
   */
  async * pieces ([start, stop]: readonly [number, number]): AsyncGenerator<Uint8Array> {
    try {
      for (let at = start; at < stop;) {
        const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, stop - at))
        const { bytesRead } = await readAsync(this.fd, buffer, 0, buffer.length, at)
        if (bytesRead === 0 || !sameIdentity(identityOf(await statAsync(this.fd)), this.identity)) throw new CatalogBuilding(this.key)
        yield buffer.subarray(0, bytesRead)
        at += bytesRead
      }
    } finally {
      await closeAsync(this.fd)
    }
  }
}
