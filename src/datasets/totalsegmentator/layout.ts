import { parse } from 'csv-parse/sync'
import type { ListedStudy, Listing, Tree } from '../dataset.js'
import { stemOf } from '../file-names.js'
import { listingOf, Studies } from '../listing.js'

const META = 'meta.csv'
const SET = 'segmentations'

/**
 * TotalSegmentator: one folder per subject with `ct.nii.gz`, and up to 117 binary files, one per structure, in
 * `segmentations/`. `meta.csv` gives each subject's part of the split. A structure's value is its place, from 1, among
 * the sorted names of all structures of the dataset.
 *
 * Source: Wasserthal et al., https://doi.org/10.5281/zenodo.10047292.
 */
export function findTotalSegmentator (tree: Tree): Listing | undefined {
  const subjects = new Map<string, { image: string | undefined, structures: Map<string, string> }>()
  for (const key of tree.keys) {
    const [, folder, file, structure] = /^(.+)\/(?:(ct\.nii(?:\.gz)?)|segmentations\/([^/]+)\.nii(?:\.gz)?)$/.exec(key) ?? []
    if (folder === undefined) continue
    let subject = subjects.get(folder)
    if (subject === undefined) subjects.set(folder, subject = { image: undefined, structures: new Map() })
    if (file !== undefined) subject.image = key
    else subject.structures.set(structure!, key)
  }
  const complete = [...subjects].filter(([, { image, structures }]) => image !== undefined && structures.size > 0)
  if (complete.length === 0) return undefined
  const names = [...new Set(complete.flatMap(([, { structures }]) => [...structures.keys()]))].sort()
  const splits = splitsOf(tree.keys.filter((key) => key === META || key.endsWith(`/${META}`)).map((key) => tree.text(key))[0])
  const studies = new Studies()
  const subjectOf = (folder: string) => folder.slice(folder.lastIndexOf('/') + 1)
  const isInOneFolder = new Set(complete.map(([folder]) => folder.slice(0, Math.max(0, folder.lastIndexOf('/'))))).size === 1
  for (const [folder, { image, structures }] of subjects) {
    const id = isInOneFolder ? subjectOf(folder) : folder.replaceAll('/', '.')
    if (image !== undefined) studies.add({ id, imageKey: image, ...(structures.size > 0 && { labels: new Map([[SET, structures]]) }), ...splits.get(subjectOf(folder)) })
  }
  for (const key of tree.keys) {
    if (stemOf(key) !== undefined && !/\/(?:ct\.nii(?:\.gz)?|segmentations\/[^/]+)$/.test(key)) studies.report(`${key} is neither a subject's ct.nii.gz nor one of its segmentations and is not served`)
  }
  return listingOf('totalsegmentator', `folders with ct.nii.gz and segmentations/, such as ${complete[0]![0]}`, studies, [
    { name: SET, labels: names.map((name, n) => ({ value: n + 1, name })) }
  ])
}

/** `image_id;age;gender;institute;study_type;split;…` */
function splitsOf (meta: string | undefined): Map<string, Pick<ListedStudy, 'split'>> {
  const rows = parse(meta ?? '', { columns: true, delimiter: [';', ','], relax_column_count: true, relax_quotes: true, skip_empty_lines: true }) as Array<Record<string, string>>
  return new Map(rows.flatMap(({ image_id: id, split }) => id === undefined || (split !== 'train' && split !== 'val' && split !== 'test') ? [] : [[id.trim(), { split }] as const]))
}
