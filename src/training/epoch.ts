import type { Catalog } from '../catalog/catalog.js'
import { countSlices, slicesOfStudy } from '../catalog/slice-query.js'
import type { SliceFilter, SliceRow } from '../catalog/slice-query.js'
import { studyIds } from '../catalog/study-query.js'
import { shuffledIds } from './splits.js'
import { shuffledSlices } from './slice-order.js'

/** One pass over slices, in the order of the WebDataset stream. */
export interface EpochQuery {
  filter: SliceFilter
  /** the seed; undefined: by study and index */
  shuffle: number | undefined
  shard: number
  shards: number
  /** studies whose slices are mixed */
  buffer: number
  /** samples to skip */
  start: number
}

/**
 * The samples of an epoch, a group of studies at a time (docs/contract.md, Training): studies in the order of the seed, every
 * n-th of them for a shard, `buffer` of them to a group, and the group's slices in the order of their hashes.
 * Every study that passes the filter counts, ready or not, so that the order does not move while a dataset is read.
 */
export async function * epochGroups (catalog: Catalog, { filter, shuffle, shard, shards, buffer, start }: EpochQuery): AsyncGenerator<SliceRow[]> {
  const inOrder = studyIds(catalog.database, filter.studies)
  const ordered = shuffle === undefined ? inOrder : shuffledIds(inOrder, shuffle)
  const studies = ordered.filter((_, n) => n % shards === shard)
  let left = start
  for (let first = 0; first < studies.length; first += buffer) {
    const ids = studies.slice(first, first + buffer)
    if (left > 0) {
      const count = countSlices(catalog.database, { ...filter, studies: { ids } })
      if (count <= left) {
        left -= count
        continue
      }
    }
    const rows = ids.flatMap((id) => rowsOf(catalog, id, filter))
    const group = shuffle === undefined ? rows : await shuffledSlices(rows, shuffle)
    if (group.length > left) yield group.slice(left)
    left = Math.max(0, left - group.length)
  }
}

function rowsOf (catalog: Catalog, id: string, filter: SliceFilter): SliceRow[] {
  const study = catalog.study(id)
  if (study?.status !== 'ready') return []
  return slicesOfStudy(catalog.database, id, filter).map(({ index, ...facts }) => ({ study: id, index, category: study.category, ...facts }))
}
