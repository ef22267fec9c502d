import { Type } from 'typebox'
import { GEOMETRIES } from '../../evaluation/masks/mask-geometry.js'
import { MOST_LISTED } from '../../evaluation/masks/lesion-score.js'
import { DEFAULT_MIN_LESION_ML, DEFAULT_TOLERANCE_MM } from '../../evaluation/scoring/mask-scoring.js'
import { nullable, numbers, oneOf } from '../../http/contract/schemas.js'
import { definitions } from './figure-schemas.js'

/** In bytes: the largest predicted mask, as sent. */
export const MOST_PREDICTION_BYTES = 64 * 2 ** 20

export const maskSettings = {
  tolerance: Type.Number({ minimum: 0.001, maximum: 1000, default: DEFAULT_TOLERANCE_MM, description: 'of the surface Dice (`nsd`), in mm' }),
  minLesionMl: Type.Number({ minimum: 0, maximum: 10_000, default: DEFAULT_MIN_LESION_ML, description: 'lesions smaller than this, in mL, count on neither side' })
}

/** A predicted mask. Ajv sees a Buffer, which fits no JSON type; the contract calls it a binary string. */
export const PREDICTION_BODY = {
  content: { 'application/octet-stream': { schema: Type.Unsafe<Uint8Array>({ contentMediaType: 'application/octet-stream', description: '`.nii.gz`, `.nii`, or `.npy` of shape [k, j, i]; at most 64 MiB, and 512 MiB decoded' }) } }
}

const ratio = (description: string) => nullable(Type.Number({ description, examples: [0.82] }))
const mm = (description: string) => nullable(Type.Number({ description, examples: [2.1] }))
const count = (description: string) => Type.Integer({ description, examples: [3] })

export const MaskVolume = Type.Object({
  voxels: Type.Integer({ description: 'of lesion', examples: [92131] }),
  volumeMl: Type.Number({ examples: [342.8] })
}, { $id: 'MaskVolume', description: 'How much lesion a mask has.' })

export const LesionMatch = Type.Object({
  reference: count('number of the reference lesion, from 1, the largest first'),
  predicted: count('number of the predicted one'),
  overlapVoxels: count('that both have')
}, { $id: 'LesionMatch', description: 'Two lesions that overlap.' })

export const MissedLesion = Type.Object({
  volumeMl: Type.Number({ examples: [0.8] }),
  centroid: numbers(3, 'voxel i, j, k', [210.5, 301, 17]),
  slice: Type.Integer({ description: 'axial slice of the centroid', examples: [17] })
}, { $id: 'MissedLesion', description: 'A reference lesion that no predicted one overlaps.' })

export const LesionScore = Type.Object({
  reference: count('lesions of the reference'),
  predicted: count('lesions of the prediction'),
  detected: count('reference lesions that a predicted one overlaps'),
  missed: count('reference lesions that none overlaps'),
  falsePositives: count('predicted lesions that overlap none'),
  ignored: Type.Object({ reference: count('too small to count'), predicted: count('too small to count') }),
  recall: ratio('detected / reference'),
  precision: ratio('detected / (detected + falsePositives)'),
  f1: ratio('2 detected / (2 detected + falsePositives + missed)'),
  matches: Type.Array(Type.Ref('LesionMatch'), { description: `the largest overlap first, at most ${MOST_LISTED}` }),
  missedList: Type.Array(Type.Ref('MissedLesion'), { description: `the largest first, at most ${MOST_LISTED}` })
}, { $id: 'LesionScore', description: 'Lesion by lesion: 26-connected components.' })

export const SliceOverlap = Type.Object({
  index: Type.Integer({ description: 'axial slice', examples: [17] }),
  tp: count('pixels that both have'),
  fp: count('pixels of the prediction only'),
  fn: count('pixels of the reference only')
}, { $id: 'SliceOverlap', description: 'One axial slice.' })

export const MaskScore = Type.Object({
  study: Type.String({ examples: ['study_0004'] }),
  geometry: oneOf(GEOMETRIES, { description: '`same` grid; the same `reoriented`; `assumed`, of an `.npy`' }),
  prediction: Type.Ref('MaskVolume'),
  reference: Type.Ref('MaskVolume'),
  tp: count('voxels that both have'),
  fp: count('voxels of the prediction only'),
  fn: count('voxels of the reference only'),
  dice: ratio('2tp / (2tp + fp + fn)'),
  iou: ratio('tp / (tp + fp + fn)'),
  precision: ratio('tp / (tp + fp)'),
  recall: ratio('tp / (tp + fn)'),
  nsd: Type.Object({ toleranceMm: Type.Number({ examples: [3] }), value: ratio('share of both surfaces within the tolerance') }),
  hd95Mm: mm('95th percentile of surface distance'),
  assdMm: mm('mean surface distance'),
  volumeErrorMl: Type.Number({ description: 'predicted less reference', examples: [-12.5] }),
  relativeVolumeError: nullable(Type.Number({ description: 'of the reference', examples: [-0.04] })),
  lesions: Type.Ref('LesionScore'),
  slices: Type.Array(Type.Ref('SliceOverlap'), { description: 'where either mask has lesion' }),
  definitions
}, { $id: 'MaskScore', description: 'A predicted mask against the dataset\'s. Null where a figure is not defined.' })

export const MASK_SCHEMAS = [MaskVolume, LesionMatch, MissedLesion, LesionScore, SliceOverlap, MaskScore]
