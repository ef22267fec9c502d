import type { Catalog } from '../catalog/catalog.js'

/** The axial slice that tells most of a study: the one with most lesion; without a lesion, the middle one of `count`. */
export function tellingSlice (catalog: Catalog, studyId: string, count: number): number {
  let telling = Math.floor(count / 2)
  let most = 0
  for (const { index, lesionPixels } of catalog.slices(studyId)) {
    if ((lesionPixels ?? 0) <= most) continue
    most = lesionPixels!
    telling = index
  }
  return telling
}
