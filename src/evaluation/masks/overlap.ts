import type { VoxelGrid } from './voxel-grid.js'

/** Numbers of voxels in both masks, only in the prediction, and only in the reference. */
export interface Overlap { tp: number, fp: number, fn: number }

/** The overlap of two masks of one shape in each slice along a stored axis. */
export function overlapBySlice (reference: VoxelGrid, prediction: VoxelGrid, axis: 0 | 1 | 2): Overlap[] {
  const [ni, nj, nk] = reference.shape
  const counts = new Float64Array(4 * reference.shape[axis]) // per slice: by reference + 2 * prediction
  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const slice = axis === 2 ? 4 * k : 4 * j
      for (let i = 0; i < ni; i++, at++) {
        const kind = reference.bits[at]! | prediction.bits[at]! << 1
        if (kind !== 0) counts[(axis === 0 ? 4 * i : slice) + kind]!++
      }
    }
  }
  return Array.from({ length: reference.shape[axis] }, (_, n) => ({ tp: counts[4 * n + 3]!, fp: counts[4 * n + 2]!, fn: counts[4 * n + 1]! }))
}

export function totalOf (slices: readonly Overlap[]): Overlap {
  const total = { tp: 0, fp: 0, fn: 0 }
  for (const { tp, fp, fn } of slices) {
    total.tp += tp
    total.fp += fp
    total.fn += fn
  }
  return total
}

/** Voxel metrics; null where the denominator is 0. Two empty masks have no Dice: there is nothing to overlap. */
export function overlapMetrics ({ tp, fp, fn }: Overlap): Record<'dice' | 'iou' | 'precision' | 'recall', number | null> {
  return { dice: ratio(2 * tp, 2 * tp + fp + fn), iou: ratio(tp, tp + fp + fn), precision: ratio(tp, tp + fp), recall: ratio(tp, tp + fn) }
}

/** A quotient, or null where the denominator is 0. */
export function ratio (numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator
}
