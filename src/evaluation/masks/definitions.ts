/** Each mask metric: one line, and a version to raise when a change to the definition changes its values. */
export const MASK_DEFINITIONS = {
  dice: '2tp / (2tp + fp + fn) on voxels; null where both masks are empty, /1',
  iou: 'tp / (tp + fp + fn) on voxels, /1',
  voxelPrecision: 'tp / (tp + fp) on voxels, /1',
  voxelRecall: 'tp / (tp + fn) on voxels, /1',
  nsd: 'share of both surfaces within the tolerance of the other; surfels of 2x2x2 neighbourhoods, by area, spacing of the reference (DeepMind surface-distance), /1',
  hd95Mm: 'larger of the two directed 95th percentiles of surface distance, by area, in mm; null where either mask is empty, /1',
  assdMm: 'mean of the two directed mean surface distances, by area, in mm; null where either mask is empty, /1',
  volumeErrorMl: 'predicted less reference volume, in mL, /1',
  relativeVolumeError: '(predicted - reference) / reference volume, /1',
  lesions: '26-connected components; a reference lesion is detected by any overlap with a predicted one; smaller than minLesionMl is ignored on both sides, /1',
  lesionPrecision: 'detected / (detected + predicted lesions that overlap no reference lesion), /1',
  lesionF1: '2 detected / (2 detected + false positives + missed), /1'
} as const
