import type { TreeFiles } from '../../storage/object-store.js'
import type { LabelSet, Listing, Scale } from '../dataset.js'
import { CATEGORIES, isMosMedData, MOSMEDDATA } from './mosmed.js'
import { readDataset, recognised } from './registry.js'

const MASK: LabelSet = { name: 'mask', labels: [{ value: 1, name: 'lesion', color: [255, 64, 64] }] }

const SEVERITY: Scale = {
  grades: CATEGORIES,
  caveat: 'Grades were given by people on full studies; of the dataset as published every tenth image is served, so an algorithm sees less than they did.'
}

/** The layout of MosMedData COVID19_1110: its registry, or folders CT-0 to CT-4; masks by name. @throws as `readDataset` */
export async function findMosMed (store: TreeFiles): Promise<Listing | undefined> {
  const reason = recognised(store)
  if (reason === undefined) return undefined
  const listing = await readDataset(store)
  return {
    layout: 'mosmed',
    reason,
    ...listing,
    labelSets: [MASK],
    scale: SEVERITY,
    ...(isMosMedData(store, listing.studies) && { description: MOSMEDDATA })
  }
}
