import { scoreLesions } from './lesion-score.js'
import type { LesionScore } from './lesion-score.js'
import { overlapBySlice, overlapMetrics, ratio, totalOf } from './overlap.js'
import type { Overlap } from './overlap.js'
import { averageDistance, directedDistance, hausdorff95, surfaceDice } from './surface-metrics.js'
import { surfaceDistances } from './surface-distances.js'
import { surfelAreas } from './surfel-areas.js'
import { surfaceOf } from './surfels.js'
import { commonBox, cut } from './voxel-grid.js'
import type { Shape, VoxelGrid } from './voxel-grid.js'

export interface MaskOptions {
  /** mm along i, j, k, of the reference */
  spacing: Shape
  /** volume of a voxel; less than the product of the spacings where the affine is sheared */
  voxelMl: number
  /** the stored axis along which axial slices are counted */
  axialAxis: 0 | 1 | 2
  toleranceMm: number
  minLesionMl: number
}

/** A predicted mask against the reference; null where a figure is undefined (table in docs/evaluation.md). */
export interface MaskScore extends Overlap {
  prediction: { voxels: number, volumeMl: number }
  reference: { voxels: number, volumeMl: number }
  dice: number | null
  iou: number | null
  precision: number | null
  recall: number | null
  nsd: { toleranceMm: number, value: number | null }
  hd95Mm: number | null
  assdMm: number | null
  volumeErrorMl: number
  relativeVolumeError: number | null
  lesions: LesionScore
  /** axial slices where either mask has lesion */
  slices: (Overlap & { index: number })[]
}

/**
 * Compare two masks voxel by voxel, surface by surface and lesion by lesion.
 *
 * @param reference, prediction values 0 and 1, of `shape`, in the same order
 * @throws PredictionUnreadable for masks of noise
 */
export function scoreMask (reference: Uint8Array, prediction: Uint8Array, shape: Shape, options: MaskOptions): MaskScore {
  const { spacing, voxelMl, axialAxis, toleranceMm, minLesionMl } = options
  const box = commonBox(reference, prediction, shape) ?? { start: [0, 0, 0], shape: [0, 0, 0] } as const
  const [ofReference, ofPrediction] = [cut(reference, shape, box), cut(prediction, shape, box)]
  const slices = overlapBySlice(ofReference, ofPrediction, axialAxis)
  const overlap = totalOf(slices)
  const volume = (voxels: number) => ({ voxels, volumeMl: voxels * voxelMl })
  const [referenceVolume, predictionVolume] = [volume(overlap.tp + overlap.fn), volume(overlap.tp + overlap.fp)]
  const volumeErrorMl = predictionVolume.volumeMl - referenceVolume.volumeMl
  return {
    prediction: predictionVolume,
    reference: referenceVolume,
    ...overlap,
    ...overlapMetrics(overlap),
    ...surfaceMetrics(ofReference, ofPrediction, overlap, spacing, toleranceMm),
    volumeErrorMl,
    relativeVolumeError: ratio(volumeErrorMl, referenceVolume.volumeMl),
    lesions: scoreLesions(ofReference, ofPrediction, { voxelMl, minLesionMl, start: box.start, axialAxis }),
    slices: slices.map((counts, n) => ({ index: box.start[axialAxis] + n, ...counts })).filter(({ tp, fp, fn }) => tp + fp + fn > 0)
  }
}

function surfaceMetrics (reference: VoxelGrid, prediction: VoxelGrid, { tp, fp, fn }: Overlap, spacing: Shape, toleranceMm: number): Pick<MaskScore, 'nsd' | 'hd95Mm' | 'assdMm'> {
  if (tp + fn === 0 || tp + fp === 0) return { nsd: { toleranceMm, value: fp + fn === 0 ? null : 0 }, hd95Mm: null, assdMm: null }
  const areas = surfelAreas(spacing)
  const [ofReference, ofPrediction] = [surfaceOf(reference), surfaceOf(prediction)]
  const there = directedDistance(surfaceDistances(ofReference, ofPrediction, areas, spacing), toleranceMm)
  const back = directedDistance(surfaceDistances(ofPrediction, ofReference, areas, spacing), toleranceMm)
  return {
    nsd: { toleranceMm, value: surfaceDice(there, back) },
    hd95Mm: hausdorff95(there, back),
    assdMm: averageDistance(there, back)
  }
}
