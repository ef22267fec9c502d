import type { SliceFacts } from '../catalog/study.js'
import { sliceGeometry } from '../nifti/slice.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import { planPicture } from './slice-plan.js'
import type { PicturePlan } from './slice-plan.js'

/**
 * The one slice that tells most of a study: the axial one with most lesion pixels, the first of equals; the middle one
 * where there is no lesion.
 *
 * @param count axial slices of the image
 */
export function tellingSlice (facts: Iterable<SliceFacts>, count: number): number {
  let telling = Math.floor(count / 2)
  let most = 0
  for (const { index, lesionPixels } of facts) {
    if (lesionPixels === null || lesionPixels <= most) continue
    most = lesionPixels
    telling = index
  }
  return telling
}

/**
 * The telling slice as a picture through the lung window, radiological, its pixels square in mm.
 *
 * @param size the longer side in pixels
 */
export function planThumbnail (volume: OpenVolume, facts: Iterable<SliceFacts>, size: number): PicturePlan {
  return planPicture(volume, null, {
    plane: 'axial',
    index: tellingSlice(facts, sliceGeometry(volume.layout, 'axial', 0, 'native').count),
    orientation: undefined,
    size: { longer: size },
    aspect: 'physical',
    format: 'png',
    window: undefined,
    bits: 8,
    overlay: 'none',
    overlayColor: undefined,
    overlayOpacity: undefined,
    labels: false
  })
}
