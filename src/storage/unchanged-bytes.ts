import { close, fstat, read } from 'node:fs'
import { promisify } from 'node:util'
import { CatalogBuilding } from '../errors.js'
import { sameState, stateOf } from './local-store.js'
import type { OpenFile } from './local-store.js'

const [readAt, stateAt, closeFile] = [promisify(read), promisify(fstat), promisify(close)]

/** Bytes per read: a gigabyte takes few reads, and many slow clients take little memory. */
const PIECE_BYTES = 512 * 1024

/**
 * Bytes `start` to `stop` (exclusive) of an open file, piece by piece, while the file stays as it was when it was opened.
 * The file is checked after each read, so no bytes of changed content are passed on. Closes the file.
 *
 * @throws CatalogBuilding when the file has changed, was cut short or removed
 */
export async function * unchangedBytes ({ fd, state }: OpenFile, key: string, [start, stop]: readonly [number, number]): AsyncGenerator<Uint8Array> {
  try {
    for (let at = start; at < stop;) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, stop - at))
      const { bytesRead } = await readAt(fd, buffer, 0, buffer.length, at)
      if (bytesRead === 0 || !sameState(stateOf(await stateAt(fd)), state)) throw new CatalogBuilding(key)
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await closeFile(fd)
  }
}
