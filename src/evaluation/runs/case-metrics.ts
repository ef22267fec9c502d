import type { MaskScore } from '../masks/mask-score.js'

/** The mask metrics that summarise a run. */
export const MASK_METRICS = [
  'dice', 'iou', 'precision', 'recall', 'nsd', 'hd95Mm', 'assdMm', 'volumeErrorMl', 'relativeVolumeError', 'lesionRecall', 'lesionPrecision', 'lesionF1'
] as const
export type MaskMetric = typeof MASK_METRICS[number]

/** Distances: an empty mask has none, which is worse than any distance. */
export const DISTANCES: readonly MaskMetric[] = ['hd95Mm', 'assdMm']

/** One study of a run. Null is undefined; `failed`: exactly one of the masks is empty. */
export interface CaseMetrics extends Record<MaskMetric, number | null> {
  study: string
  /** `missing`: no mask was sent, and the row is that of an empty mask */
  status: 'scored' | 'missing'
  failed: boolean
}

export function caseOf (study: string, status: CaseMetrics['status'], score: MaskScore): CaseMetrics {
  const { dice, iou, precision, recall, nsd, hd95Mm, assdMm, volumeErrorMl, relativeVolumeError, lesions, reference, prediction } = score
  return {
    study,
    status,
    dice,
    iou,
    precision,
    recall,
    nsd: nsd.value,
    hd95Mm,
    assdMm,
    volumeErrorMl,
    relativeVolumeError,
    lesionRecall: lesions.recall,
    lesionPrecision: lesions.precision,
    lesionF1: lesions.f1,
    failed: (reference.voxels === 0) !== (prediction.voxels === 0)
  }
}

/** The row of a missing mask, which is that of an empty one. Small lesions count. */
export function emptyCase (study: string, { voxels, volumeMl }: { voxels: number, volumeMl: number }): CaseMetrics {
  const found = voxels > 0 ? 0 : null
  return {
    study,
    status: 'missing',
    dice: found,
    iou: found,
    precision: null,
    recall: found,
    nsd: found,
    hd95Mm: null,
    assdMm: null,
    volumeErrorMl: voxels > 0 ? -volumeMl : 0,
    relativeVolumeError: voxels > 0 ? -1 : null,
    lesionRecall: found,
    lesionPrecision: null,
    lesionF1: found,
    failed: voxels > 0
  }
}
