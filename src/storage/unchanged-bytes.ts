import { close, fstat, read } from 'node:fs'
import { promisify } from 'node:util'
import { CatalogBuilding } from '../errors.js'
import { sameState, stateOf } from './local-store.js'
import type { OpenFile } from './local-store.js'

const [readAt, stateAt, closeFile] = [promisify(read), promisify(fstat), promisify(close)]

/** Large enough that a gigabyte is few reads, small enough that many slow clients cost little. */
const PIECE_BYTES = 512 * 1024

/**
 * Bytes `start` to `stop` (exclusive) of an open file, piece by piece, as long as the file stays as it was when it
 * was opened: it is looked at after each read, so no byte of another content is handed on. Closes the file.
 *
 * @throws CatalogBuilding when it has changed, was cut short or taken away
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
