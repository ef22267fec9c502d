import { openReader } from '../catalog/database.js'
import { pickSlices } from '../catalog/slice-query.js'
import { sayLoaded } from '../threads/loaded.js'
import { orderOf } from './order-task.js'
import type { Ordered, OrderTask } from './order-task.js'

/** Put slices in order. The catalog is read with a connection of its own, and only where single slices must be looked at. */
export default function order (task: OrderTask): Ordered {
  if (task.counts !== null) return orderOf(task, () => { throw new Error('there is nothing to look at') })
  const database = openReader(task.file)
  try {
    return orderOf(task, (...asked) => pickSlices(database, ...asked))
  } finally {
    database.close()
  }
}

sayLoaded()
