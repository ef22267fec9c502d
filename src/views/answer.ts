import type { ReadFacts } from '../volumes/voxel-reader.js'

/** Bytes to send, one chunk after the other, valid until `release`; and where they came from. */
export interface Answer extends ReadFacts {
  chunks: Uint8Array[]
  /** call it when the bytes are sent or given up: they may be memory of the cache */
  release: () => void
}

/** An answer made part by part while it is sent. The caller releases each part it takes. */
export type AnswerStream = AsyncGenerator<Answer, undefined | void>
