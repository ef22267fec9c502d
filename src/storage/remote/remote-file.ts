import type { Identity } from '../identity.js'
import { sameIdentity } from '../identity.js'
import type { OpenFile } from '../object-store.js'

/** What a remote file needs of its store. */
interface Reader {
  identity: (key: string) => Promise<Identity | undefined>
  readRange: (key: string, identity: Identity, range: readonly [number, number]) => Promise<Uint8Array>
}

/** Bytes per request of a file that is passed on to a client: few requests, and little memory for each client. */
const PIECE_BYTES = 2 * 2 ** 20

/** A file behind HTTP in one state. It holds no connection; each read says which state it is of. */
export class RemoteFile implements OpenFile {
  constructor (private readonly store: Reader, readonly key: string, readonly identity: Identity) {}

  /** @throws CatalogBuilding when the file has changed since it was opened; FileRefused; Overloaded */
  async readAt (offset: number, into: Uint8Array): Promise<number> {
    const bytes = await this.store.readRange(this.key, this.identity, [offset, offset + into.length])
    into.set(bytes)
    return bytes.length
  }

  async isUnchanged (): Promise<boolean> {
    const now = await this.store.identity(this.key)
    return now !== undefined && sameIdentity(now, this.identity)
  }

  /** One request is under way while the piece before it is being sent. */
  async * pieces ([start, stop]: readonly [number, number]): AsyncGenerator<Uint8Array> {
    const read = (at: number) => {
      const piece = this.store.readRange(this.key, this.identity, [at, Math.min(stop, at + PIECE_BYTES)])
      piece.catch(() => {}) // waited for below, unless the client leaves first
      return piece
    }
    let next = start < stop ? read(start) : undefined
    for (let at = start; next !== undefined;) {
      const piece: Uint8Array = await next
      at += piece.length
      next = at < stop ? read(at) : undefined
      yield piece
    }
  }

  close (): void {}
}
