import { npyHeader } from '../render/npy.js'
import type { TensorInfo } from './safetensors.js'

/** What a batch says of each item, so that an array alone can be placed in the patient. */
export interface ItemFacts {
  study: string
  /** for a slice its number; for a box its first voxel [i, j, k], which may be negative */
  index: readonly number[]
  /** 12 numbers, row by row: maps (column, row, 0, 1) of a slice, (i, j, k, 1) of a box, to RAS+ mm; null without a direction */
  affine: readonly number[] | null
}

const NOWHERE: readonly number[] = new Array(12).fill(NaN)

/** One array of facts: N items, little-endian, named as in NumPy and safetensors. */
export interface FactsArray extends TensorInfo { bytes: Uint8Array }

/**
 * `affine` [N, 3, 4], `spacing` [N, 3] (lengths of the affine's columns, mm), `index` [N] of slices or [N, 3] of boxes.
 * NaN where the position of an item is not known.
 */
export function factsArrays (items: readonly ItemFacts[]): FactsArray[] {
  const affines = items.map(({ affine }) => affine ?? NOWHERE)
  const spacing = affines.flatMap((affine) => [0, 1, 2].map((column) => Math.hypot(affine[column]!, affine[4 + column]!, affine[8 + column]!)))
  const width = items[0]!.index.length
  const index = BigInt64Array.from(items.flatMap((item) => item.index.map(BigInt)))
  return [
    factsArray('affine', 'float64', [items.length, 3, 4], Float64Array.from(affines.flat())),
    factsArray('spacing', 'float64', [items.length, 3], Float64Array.from(spacing)),
    factsArray('index', 'int64', width === 1 ? [items.length] : [items.length, width], index)
  ]
}

/** The ids as `numpy.save` writes an array of strings: UTF-32, each as wide as the longest. */
export function studyNpy (items: readonly ItemFacts[]): Uint8Array {
  const width = Math.max(...items.map(({ study }) => study.length))
  const texts = new Uint32Array(items.length * width)
  for (const [n, { study }] of items.entries()) for (let at = 0; at < study.length; at++) texts[n * width + at] = study.charCodeAt(at)
  return Buffer.concat([npyHeader(`<U${width}`, [items.length]), new Uint8Array(texts.buffer)])
}

function factsArray (name: string, dtype: 'float64' | 'int64', shape: readonly number[], values: Float64Array | BigInt64Array): FactsArray {
  const bytes = new Uint8Array(values.buffer)
  return { name, dtype, shape, length: bytes.length, bytes }
}
