import type { LabelSet, ListedStudy, Listing, Tree } from '../dataset.js'
import { stemOf } from '../file-names.js'
import { listingOf, Studies } from '../listing.js'
import { filesIn } from '../tree.js'

const SCANS = 'COVID-19-CT-Seg_20cases'

const LUNGS = [{ value: 1, name: 'left lung', color: [255, 196, 64] as const }, { value: 2, name: 'right lung', color: [64, 196, 255] as const }]
const infection = (value: number) => ({ value, name: 'infection', color: [255, 64, 64] as const })

/** The sets, one folder each. Infection comes first, as the mask: the union of the second set would be mostly lung. */
const SETS: readonly LabelSet[] = [
  { name: 'Infection_Mask', labels: [infection(1)] },
  { name: 'Lung_and_Infection_Mask', labels: [...LUNGS, infection(3)] },
  { name: 'Lung_Mask', labels: LUNGS }
]

/**
 * COVID-19 CT Lung and Infection Segmentation Dataset, 20 scans from Coronacases and Radiopaedia.
 *
 * Source: Ma et al., https://doi.org/10.5281/zenodo.3757476.
 */
export function findCovid19CtSeg (tree: Tree): Listing | undefined {
  const scans = filesIn(tree, SCANS)
  const sets = SETS.map((set) => ({ set, files: new Map(filesIn(tree, set.name).map((name) => [stemOf(name), `${set.name}/${name}`])) })).filter(({ files }) => files.size > 0)
  if (scans.length === 0 || sets.length === 0) return undefined
  const studies = new Studies()
  for (const name of scans) {
    const id = stemOf(name)
    if (id === undefined) continue
    const labels = new Map(sets.flatMap(({ set, files }) => {
      const key = files.get(id)
      return key === undefined ? [] : [[set.name, key] as const]
    }))
    studies.add({ id, imageKey: `${SCANS}/${name}`, maskKey: labels.get(SETS[0]!.name) ?? null, labels, ...patientOf(id) })
  }
  return listingOf('covid19-ct-seg', `the folders ${SCANS} and ${sets.map(({ set }) => set.name).join(', ')}`, studies, SETS, {
    description: {
      title: 'COVID-19 CT Lung and Infection Segmentation Dataset',
      citation: 'Ma, J. et al., 2020. COVID-19 CT Lung and Infection Segmentation Dataset. Zenodo. https://doi.org/10.5281/zenodo.3757476',
      url: 'https://doi.org/10.5281/zenodo.3757476'
    }
  })
}

/** `radiopaedia_10_85902_1` is case 10 of Radiopaedia, study 85902, series 1: a case is one patient. */
function patientOf (id: string): Pick<ListedStudy, 'patient'> {
  const patient = /^(radiopaedia_\d+)_/.exec(id)?.[1]
  return patient === undefined ? {} : { patient }
}
