import type { LabelSet, Listing, Tree } from '../dataset.js'
import { annotated, listingOf, Studies } from '../listing.js'

const SET: LabelSet = {
  name: 'segmentation',
  labels: [
    { value: 1, name: 'kidney', color: [64, 196, 96] },
    { value: 2, name: 'tumour', color: [255, 64, 64] },
    { value: 3, name: 'cyst', color: [64, 128, 255] }
  ]
}

/**
 * KiTS19, 21 and 23: `case_00000/imaging.nii.gz` and `segmentation.nii.gz`, at the top or in `data/` or `dataset/`.
 * The first stored axis is the slice axis; this needs no code here, since planes follow the affine.
 *
 * Source: https://github.com/neheller/kits23.
 */
export function findKits (tree: Tree): Listing | undefined {
  const there = new Set(tree.keys)
  const studies = new Studies()
  for (const key of tree.keys) {
    const [, folder, id, ending] = /^((?:[^/]+\/)?(case_\d+)\/)imaging(\.nii(?:\.gz)?)$/.exec(key) ?? []
    if (folder === undefined) continue
    const mask = [`${folder}segmentation${ending}`, `${folder}segmentation.nii.gz`, `${folder}segmentation.nii`].find((one) => there.has(one))
    studies.add({ id: id!, imageKey: key, ...annotated(SET, mask) })
  }
  if (studies.all.length === 0) return undefined
  return listingOf('kits', `folders case_* with imaging.nii.gz, such as ${studies.all[0]!.imageKey}`, studies, [SET])
}
