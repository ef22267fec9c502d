import type { DecodeTask, PaintTask } from '../threads/tasks.js'
import type { Priority, Ticket, VoxelPool } from '../threads/voxel-pool.js'

/** How slabs get into the arena. */
export interface SlabWork {
  /** whether two threads may decode the halves of one slab: of a remote file this would cost a second request */
  readonly splits: boolean
  decode (task: DecodeTask, priority: Priority): Ticket<{ decodeMs: number }>
  paint (task: PaintTask, priority: Priority): Ticket<{ decodeMs: number }>
}

/** Files of this machine: the threads read them themselves. */
export function workOnFiles (pool: VoxelPool): SlabWork {
  return {
    splits: true,
    decode: (task, priority) => pool.submit('decode', task, priority),
    paint: (task, priority) => pool.submit('paint', task, priority)
  }
}
