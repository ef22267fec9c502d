import { Type } from 'typebox'
import { GEOMETRIES } from '../../evaluation/masks/mask-geometry.js'
import { MOST_LISTED } from '../../evaluation/masks/lesion-score.js'
import { DEFAULT_MIN_LESION_ML, DEFAULT_TOLERANCE_MM } from '../../evaluation/scoring/mask-scoring.js'
import { nullable, numbers, oneOf } from '../../http/contract/schemas.js'
import { definitions } from './figure-schemas.js'

/** In bytes: the largest predicted mask, as sent. */
export const MOST_PREDICTION_BYTES = 64 * 2 ** 20

export const maskSettings = {
  tolerance: Type.Number({ minimum: 0.001, maximum: 1000, default: DEFAULT_TOLERANCE_MM, description: 'tolerance of the surface Dice (`nsd`) in mm' }),
  minLesionMl: Type.Number({ minimum: 0, maximum: 10_000, default: DEFAULT_MIN_LESION_ML, description: 'least lesion volume in mL: smaller lesions are ignored in the reference and in the prediction' })
}

/** A predicted mask. Ajv sees a Buffer, which fits no JSON type; the contract calls it a binary string. */
export const PREDICTION_BODY = {
  content: { 'application/octet-stream': { schema: Type.Unsafe<Uint8Array>({ contentMediaType: 'application/octet-stream', description: 'the mask as `.nii.gz`, `.nii` or `.npy` of shape [k, j, i]; at most 64 MiB, and at most 512 MiB decoded' }) } }
}

const ratio = (description: string) => nullable(Type.Number({ description, examples: [0.82] }))
const mm = (description: string) => nullable(Type.Number({ description, examples: [2.1] }))
const count = (description: string) => Type.Integer({ description, examples: [3] })

export const MaskVolume = Type.Object({
  voxels: Type.Integer({ description: 'number of lesion voxels', examples: [92131] }),
  volumeMl: Type.Number({ examples: [342.8] })
}, { $id: 'MaskVolume', description: 'The amount of lesion in a mask.' })

export const LesionMatch = Type.Object({
  reference: count('number of the reference lesion, from 1, the largest first'),
  predicted: count('number of the predicted lesion, from 1, the largest first'),
  overlapVoxels: count('voxels that both lesions contain')
}, { $id: 'LesionMatch', description: 'Two lesions that overlap.' })

export const MissedLesion = Type.Object({
  volumeMl: Type.Number({ examples: [0.8] }),
  centroid: numbers(3, 'centroid in voxel coordinates i, j, k', [210.5, 301, 17]),
  slice: Type.Integer({ description: 'index of the axial slice of the centroid', examples: [17] })
}, { $id: 'MissedLesion', description: 'A reference lesion that no predicted lesion overlaps.' })

export const LesionScore = Type.Object({
  reference: count('number of reference lesions'),
  predicted: count('number of predicted lesions'),
  detected: count('reference lesions that a predicted lesion overlaps'),
  missed: count('reference lesions that no predicted lesion overlaps'),
  falsePositives: count('predicted lesions that overlap no reference lesion'),
  ignored: Type.Object({ reference: count('reference lesions below `minLesionMl`'), predicted: count('predicted lesions below `minLesionMl`') }),
  recall: ratio('detected / reference'),
  precision: ratio('detected / (detected + falsePositives)'),
  f1: ratio('2 detected / (2 detected + falsePositives + missed)'),
  matches: Type.Array(Type.Ref('LesionMatch'), { description: `pairs of overlapping lesions, the largest overlap first; at most ${MOST_LISTED}` }),
  missedList: Type.Array(Type.Ref('MissedLesion'), { description: `missed reference lesions, the largest first; at most ${MOST_LISTED}` })
}, { $id: 'LesionScore', description: 'Detection of single lesions. A lesion is a 26-connected component of a mask.' })

export const SliceOverlap = Type.Object({
  index: Type.Integer({ description: 'index of the axial slice', examples: [17] }),
  tp: count('pixels in both masks'),
  fp: count('pixels in the prediction only'),
  fn: count('pixels in the reference only')
}, { $id: 'SliceOverlap', description: 'Overlap of the two masks in one axial slice.' })

export const MaskScore = Type.Object({
  study: Type.String({ examples: ['study_0004'] }),
  geometry: oneOf(GEOMETRIES, { description: 'grid of the prediction: the `same` as the reference, `reoriented` to it, or `assumed` (an `.npy` states none)' }),
  prediction: Type.Ref('MaskVolume'),
  reference: Type.Ref('MaskVolume'),
  tp: count('voxels in both masks'),
  fp: count('voxels in the prediction only'),
  fn: count('voxels in the reference only'),
  dice: ratio('2tp / (2tp + fp + fn)'),
  iou: ratio('tp / (tp + fp + fn)'),
  precision: ratio('tp / (tp + fp)'),
  recall: ratio('tp / (tp + fn)'),
  nsd: Type.Object({ toleranceMm: Type.Number({ examples: [3] }), value: ratio('share of both surfaces within the tolerance') }),
  hd95Mm: mm('95th percentile of the surface distances in mm'),
  assdMm: mm('mean surface distance in mm, over both surfaces'),
  volumeErrorMl: Type.Number({ description: 'predicted minus reference volume, in mL', examples: [-12.5] }),
  relativeVolumeError: nullable(Type.Number({ description: 'volume error / reference volume', examples: [-0.04] })),
  lesions: Type.Ref('LesionScore'),
  slices: Type.Array(Type.Ref('SliceOverlap'), { description: 'axial slices in which either mask has lesion' }),
  definitions
}, { $id: 'MaskScore', description: 'A predicted mask compared with the reference mask of the dataset. An undefined figure is null.' })

export const MASK_SCHEMAS = [MaskVolume, LesionMatch, MissedLesion, LesionScore, SliceOverlap, MaskScore]
