import { createHash } from 'node:crypto'
import type { FoundDataset } from '../datasets/layouts.js'
import type { DatasetDescription, Listing } from '../datasets/dataset.js'
import { entriesOf } from '../ingest/study-entries.js'

/** What is said of a dataset besides its catalog. With it a replica need not list the data root, which may hold a million files. */
export interface ServedDataset {
  description: DatasetDescription
  listing: Omit<Listing, 'studies' | 'faults'>
}

export function servedDataset ({ description, listing: { studies, faults, ...listing } }: FoundDataset): ServedDataset {
  return { description, listing }
}

/** A listing without its studies, which are in the catalog. */
export function listingOf ({ listing }: ServedDataset): Listing {
  return { ...listing, studies: [], faults: [] }
}

/**
 * A hash of all that a registry says: two tasks with the same hash read the same studies from the same files. What is
 * missing on the disk is not part of it.
 */
export function listingDigest ({ description, listing }: FoundDataset): string {
  const { labelSets, scale, folds, channels } = listing
  return createHash('sha256').update(JSON.stringify([description, labelSets, scale ?? null, folds ?? null, channels ?? null, entriesOf(listing)])).digest('hex')
}
