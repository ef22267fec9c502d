import { lesionsOf, sharedVoxels } from './lesions.js'
import type { Lesions } from './lesions.js'
import { ratio } from './overlap.js'
import type { Shape, VoxelGrid } from './voxel-grid.js'

/** The most pairs and misses listed; a mask of noise has millions. */
export const MOST_LISTED = 1000

/** The lesions of a prediction against the reference's. Lesions are numbered from 1, the largest first. */
export interface LesionScore {
  reference: number
  predicted: number
  /** reference lesions that any predicted lesion overlaps, however little */
  detected: number
  missed: number
  /** predicted lesions that overlap no reference lesion */
  falsePositives: number
  /** lesions smaller than `minLesionMl`, ignored on both sides */
  ignored: { reference: number, predicted: number }
  recall: number | null
  precision: number | null
  f1: number | null
  /** the largest overlaps first, at most MOST_LISTED */
  matches: { reference: number, predicted: number, overlapVoxels: number }[]
  /** the largest first, at most MOST_LISTED; `slice` is the axial slice of the centroid */
  missedList: { volumeMl: number, centroid: [i: number, j: number, k: number], slice: number }[]
}

export interface LesionOptions {
  voxelMl: number
  minLesionMl: number
  /** where the grids begin in the volume */
  start: Shape
  axialAxis: 0 | 1 | 2
}

/**
 * Lesion by lesion, on 26-connected components.
 *
 * @param reference, prediction of one shape
 * @throws PredictionUnreadable for masks of noise
 */
export function scoreLesions (reference: VoxelGrid, prediction: VoxelGrid, { voxelMl, minLesionMl, start, axialAxis }: LesionOptions): LesionScore {
  const [ofReference, ofPrediction] = [lesionsOf(reference), lesionsOf(prediction)]
  // The largest come first, so the lesions that count are at the start of each list.
  const counted = ({ voxels, count }: Lesions) => {
    const small = voxels.findIndex((of) => of * voxelMl < minLesionMl)
    return small < 0 ? count : small
  }
  const [referenceCount, predictedCount] = [counted(ofReference), counted(ofPrediction)]
  const shared = sharedVoxels(ofReference, ofPrediction, reference.shape[1] * reference.shape[2])
  const matches: LesionScore['matches'] = []
  const isDetected = new Uint8Array(referenceCount)
  const overlapsSome = new Uint8Array(ofPrediction.count)
  for (const [n, partners] of shared.entries()) {
    for (const [m, overlapVoxels] of partners) {
      overlapsSome[m] = 1
      if (n >= referenceCount || m >= predictedCount) continue
      isDetected[n] = 1
      matches.push({ reference: n + 1, predicted: m + 1, overlapVoxels })
    }
  }
  const detected = isDetected.reduce((sum, bit) => sum + bit, 0)
  const missed = referenceCount - detected
  const falsePositives = predictedCount - overlapsSome.subarray(0, predictedCount).reduce((sum, bit) => sum + bit, 0)
  const missedLesions: number[] = []
  for (let n = 0; n < referenceCount && missedLesions.length < MOST_LISTED; n++) if (isDetected[n] === 0) missedLesions.push(n)
  return {
    reference: referenceCount,
    predicted: predictedCount,
    detected,
    missed,
    falsePositives,
    ignored: { reference: ofReference.count - referenceCount, predicted: ofPrediction.count - predictedCount },
    recall: ratio(detected, referenceCount),
    precision: ratio(detected, detected + falsePositives),
    f1: ratio(2 * detected, 2 * detected + falsePositives + missed),
    matches: matches.sort((a, b) => b.overlapVoxels - a.overlapVoxels || a.reference - b.reference || a.predicted - b.predicted).slice(0, MOST_LISTED),
    missedList: missedLesions.map((lesion) => {
      const place = start.map((from, axis) => from + ofReference.centroids[3 * lesion + axis]!) as [number, number, number]
      return { volumeMl: ofReference.voxels[lesion]! * voxelMl, centroid: place, slice: Math.round(place[axialAxis]) }
    })
  }
}
