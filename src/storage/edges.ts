import { createHash } from 'node:crypto'
import type { Source } from './object-store.js'

/** Bytes at the start, and at the end, of a file that tell its content from another without reading it whole. */
const EDGE_BYTES = 4096

/** A hash of the first and last 4 KiB of an open file, to check that it is still the one that was read. */
export function readEdges (source: Source): string {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(EDGE_BYTES)
  for (const position of [0, Math.max(0, source.identity.bytes - EDGE_BYTES)]) {
    hash.update(buffer.subarray(0, source.readAt(position, buffer)))
  }
  return hash.digest('hex').slice(0, 32)
}
