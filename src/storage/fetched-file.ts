import type { Identity } from './identity.js'
import type { Source } from './object-store.js'

/** A part of a remote file in memory, in the state that its store sent it in. Beyond the part it reads as at its end. */
export class FetchedFile implements Source {
  constructor (readonly identity: Identity, private readonly part: { readonly start: number, readonly bytes: Uint8Array }) {}

  readAt (offset: number, into: Uint8Array): number {
    const { start, bytes } = this.part
    if (offset < start) return 0
    const found = bytes.subarray(offset - start, offset - start + into.length)
    into.set(found)
    return found.length
  }

  isUnchanged (): boolean {
    return true
  }

  close (): void {}
}
