import type { TypedArray } from './datatype.js'

/** A grid of elements in an array: index of the first one, and distances to the next row and column. */
export interface Grid { start: number, rowStride: number, columnStride: number }

type Words = Uint8Array | Uint16Array | Uint32Array

/**
 * Copy rows x columns elements from one array to another of the same type, each with its own strides, bit for bit.
 *
 * The loop works on unsigned words of the element's size. It then sees three kinds of array, which V8 compiles inline,
 * instead of ten, which it would look up for each element. And no NaN passes through a float register.
 */
export function copyGrid<T extends TypedArray> (target: T, to: Grid, source: T, from: Grid, rows: number, columns: number): void {
  if (to.columnStride === 1 && from.columnStride === 1 && columns > 1) {
    copyRuns(bytesOf(target), to, bytesOf(source), from, rows, columns, target.BYTES_PER_ELEMENT)
    return
  }
  const [targetWords, sourceWords] = [wordsOf(target), wordsOf(source)]
  if (target.BYTES_PER_ELEMENT < 8) {
    copyWords(targetWords, to, sourceWords, from, rows, columns)
  } else {
    for (const half of [0, 1]) copyWords(targetWords, halves(to, half), sourceWords, halves(from, half), rows, columns)
  }
}

function copyWords (target: Words, to: Grid, source: Words, from: Grid, rows: number, columns: number): void {
  const { columnStride: toStride } = to
  const { columnStride: fromStride } = from
  for (let row = 0; row < rows; row++) {
    let write = to.start + row * to.rowStride
    let read = from.start + row * from.rowStride
    for (let column = 0; column < columns; column++) {
      target[write] = source[read]!
      write += toStride
      read += fromStride
    }
  }
}

function copyRuns (target: Uint8Array, to: Grid, source: Uint8Array, from: Grid, rows: number, columns: number, size: number): void {
  for (let row = 0; row < rows; row++) {
    const read = (from.start + row * from.rowStride) * size
    target.set(source.subarray(read, read + columns * size), (to.start + row * to.rowStride) * size)
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray) => new Uint8Array(buffer, byteOffset, byteLength)

/** The same memory as words of the element's size; as four-byte words for eight-byte elements. */
function wordsOf (array: TypedArray): Words {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: size } = array
  if (size === 1) return bytesOf(array)
  if (size === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2)
  return new Uint32Array(buffer, byteOffset, byteLength / 4)
}

/** For eight-byte elements: the grid of their lower or upper halves, in four-byte words. */
const halves = ({ start, rowStride, columnStride }: Grid, half: number): Grid =>
  ({ start: start * 2 + half, rowStride: rowStride * 2, columnStride: columnStride * 2 })
