import { makeZip, predictLength } from 'client-zip'
import { DESCR, npyHeader } from '../render/npy.js'
import type { Batch, BatchArray } from './batch.js'
import { factsArrays, studyNpy } from './item-facts.js'
import type { AnswerStream } from '../views/answer.js'

/** The earliest time a zip can hold: a fixed time, so that equal arrays give equal bytes. */
const NO_TIME = new Date(1980, 0, 1)

/** Bytes of the whole file. */
export function npzLength (batch: Batch): number {
  const arrays = batch.arrays.map((array) => ({ name: fileName(array), size: headerOf(array).length + array.length }))
  return Number(predictLength([...arrays, ...factFiles(batch).map(({ name, input }) => ({ name, size: input.length }))]))
}

/** `affine.npy`, `spacing.npy`, `index.npy` and `study.npy`: what is known of each item. */
function factFiles ({ facts }: Batch): { name: string, input: Uint8Array }[] {
  const numbers = factsArrays(facts).map((array) => ({ name: fileName(array), input: Buffer.concat([headerOf(array), array.bytes]) }))
  return [...numbers, { name: 'study.npy', input: studyNpy(facts) }]
}

/**
 * A `.npz` as `numpy.savez` writes it: a zip of uncompressed `.npy` files.
 *
 * @param read reads one array; each block is released when its last bytes are
 */
export async function * npzBlocks (batch: Batch, read: (array: BatchArray) => AnswerStream): AnswerStream {
  const held = new Map<Uint8Array, () => void>()
  const reading: AnswerStream[] = []
  async function * fileBytes (array: BatchArray): AsyncGenerator<Uint8Array> {
    yield headerOf(array)
    const blocks = read(array)
    reading.push(blocks)
    for await (const { chunks, release } of blocks) {
      held.set(chunks.at(-1)!, release)
      yield * chunks
    }
  }
  // Generators, not streams: the second array starts only after the first has ended.
  const files = [...batch.arrays.map((array) => ({ name: fileName(array), input: fileBytes(array) })), ...factFiles(batch)]
  const zip = makeZip(files.map((file) => ({ ...file, lastModified: NO_TIME })))
  try {
    for await (const chunk of zip) {
      const release = held.get(chunk) ?? (() => {})
      held.delete(chunk)
      yield { chunks: [chunk], release, cache: 'hit', decodeMs: 0 }
    }
  } finally {
    for (const release of held.values()) release()
    for (const blocks of reading) await blocks.return(undefined)
  }
}

function fileName ({ name }: { name: string }): string {
  return `${name}.npy`
}

function headerOf ({ dtype, shape }: Pick<BatchArray, 'dtype' | 'shape'>): Uint8Array {
  return npyHeader(DESCR[dtype], shape)
}
