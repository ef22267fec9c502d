import type { ReadFacts } from '../volumes/voxel-reader.js'

/** Bytes to send, one chunk after the other, held until `release`; and where they came from. */
export interface Answer extends ReadFacts {
  chunks: Uint8Array[]
  /** call when the bytes are sent or given up: they may be the cache's own memory */
  release: () => void
}

/** An answer made part by part while it is sent. Whoever takes a part releases it. */
export type AnswerStream = AsyncGenerator<Answer, undefined | void>
