import type { PickedSlices, SliceConditions } from '../catalog/slice-query.js'
import { SliceSet } from './slice-set.js'
import { balancedOrder, wholeOrder } from './whole-order.js'

/** What to put in order, as a thread gets it. */
export interface OrderTask {
  /** where the catalog is */
  file: string
  /** of the studies that may have slices, one a line */
  ids: string
  /** how many slices each has, if all of them match; null where single slices must be looked at */
  counts: Uint32Array | null
  conditions: SliceConditions
  /** undefined: by study and index */
  seed: string | undefined
  /** `lesion`: by whether a slice shows lesion; else the group of each study, numbered in order of names */
  balance: 'lesion' | Uint16Array | undefined
}

/** How many slices each study has, their indexes (null: all from 0 on), and their numbers in order (null: their own). */
export interface Ordered { counts: Uint32Array, indexes: Uint16Array | null, order: Uint32Array | null }

/** @param pick reads slices from the catalog, as `pickSlices` */
export function orderOf (task: OrderTask, pick: (ids: readonly string[], conditions: SliceConditions, annotatedOnly: boolean) => PickedSlices): Ordered {
  const ids = task.ids === '' ? [] : task.ids.split('\n')
  const picked = task.counts === null ? pick(ids, task.conditions, task.balance === 'lesion') : undefined
  const counts = picked?.counts ?? task.counts!
  const indexes = picked?.indexes ?? null
  if (task.seed === undefined) return { counts, indexes, order: null }
  const set = SliceSet.of(ids, counts, indexes)
  const order = wholeOrder(set, task.seed)
  if (task.balance === undefined) return { counts, indexes, order }
  return { counts, indexes, order: balancedOrder(order, task.balance === 'lesion' ? picked!.lesion : groupOfEachSlice(set, task.balance), task.seed) }
}

function groupOfEachSlice (set: SliceSet, groupOfStudy: Uint16Array): Uint16Array {
  const groups = new Uint16Array(set.length)
  for (let study = 0; study < groupOfStudy.length; study++) groups.fill(groupOfStudy[study]!, set.firstOf(study), set.firstOf(study + 1))
  return groups
}
