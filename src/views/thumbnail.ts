import type { SliceFacts } from '../catalog/study.js'
import { sliceGeometry } from '../nifti/slice.js'
import type { OpenVolume } from '../volumes/open-volumes.js'
import { planPicture } from './slice-plan.js'
import type { PicturePlan, PictureQuery } from './slice-plan.js'

/**
 * The slice that shows a study best: the axial slice with the most lesion pixels (the first of equal ones), or the
 * middle one if there is no lesion.
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

/** How a thumbnail looks; `size` is the longer side in pixels. */
export type ThumbnailQuery = Pick<PictureQuery, 'window' | 'overlay' | 'overlayColor' | 'overlayOpacity' | 'looks' | 'legend'> & { size: number }

/**
 * The telling slice as a picture: radiological, with pixels square in mm.
 *
 * @param mask the study's mask to lay over the image, or null for no overlay
 * @throws as `planPicture`
 */
export function planThumbnail (volume: OpenVolume, mask: OpenVolume | null, facts: Iterable<SliceFacts>, { size, ...look }: ThumbnailQuery): PicturePlan {
  return planPicture(volume, mask, {
    ...look,
    plane: 'axial',
    index: tellingSlice(facts, sliceGeometry(volume.layout, 'axial', 0, 'native').count),
    orientation: undefined,
    size: { longer: size },
    aspect: 'physical',
    format: 'png',
    bits: 8,
    labels: false
  })
}
