/** Sizes along the stored axes i, j, k. */
export type Shape = readonly [i: number, j: number, k: number]

/** A box of a binary mask: values 0 and 1, i varies fastest. */
export interface VoxelGrid { bits: Uint8Array, shape: Shape }

/** Where a box begins in the volume it was cut from. */
export interface Box { start: Shape, shape: Shape }

/** The smallest box that holds every lesion voxel of both masks; undefined where both are empty. */
export function commonBox (a: Uint8Array, b: Uint8Array, [ni, nj, nk]: Shape): Box | undefined {
  const [low, high] = [[ni, nj, nk], [-1, -1, -1]]
  for (let k = 0, row = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++, row += ni) {
      let first = 0
      while (first < ni && (a[row + first]! | b[row + first]!) === 0) first++
      if (first === ni) continue
      let last = ni - 1
      while ((a[row + last]! | b[row + last]!) === 0) last--
      low[0] = Math.min(low[0]!, first)
      high[0] = Math.max(high[0]!, last)
      low[1] = Math.min(low[1]!, j)
      high[1] = Math.max(high[1]!, j)
      low[2] = Math.min(low[2]!, k)
      high[2] = k
    }
  }
  if (high[2]! < 0) return undefined
  const size = (axis: number) => high[axis]! - low[axis]! + 1
  return { start: [low[0]!, low[1]!, low[2]!], shape: [size(0), size(1), size(2)] }
}

/** The part of a mask inside a box, as a new mask; the mask itself where the box is all of it. */
export function cut (bits: Uint8Array, [ni, nj, nk]: Shape, { start, shape }: Box): VoxelGrid {
  if (shape[0] === ni && shape[1] === nj && shape[2] === nk) return { bits, shape }
  const part = new Uint8Array(shape[0] * shape[1] * shape[2])
  for (let k = 0, to = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++, to += shape[0]) {
      const from = start[0] + ni * (start[1] + j + nj * (start[2] + k))
      part.set(bits.subarray(from, from + shape[0]), to)
    }
  }
  return { bits: part, shape }
}
