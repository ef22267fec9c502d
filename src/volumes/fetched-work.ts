import { ClientGone } from '../errors.js'
import type { RangeRead, RemoteFiles } from '../storage/remote/remote-files.js'
import { DamagedSince } from '../threads/faults.js'
import type { DecodeTask, HeadTask, PaintTask } from '../threads/tasks.js'
import type { Priority, Ticket, VoxelPool } from '../threads/voxel-pool.js'
import type { SlabWork } from './slab-work.js'

type Decoded = Ticket<{ decodeMs: number }>

/**
 * Remote files: the event loop fetches the bytes that a task needs, one range of each file, and a thread gets them with the
 * task. So no thread waits for the network, and any number of reads can be under way.
 */
export class FetchedWork implements SlabWork {
  readonly splits = false

  constructor (private readonly pool: VoxelPool, private readonly files: Pick<RemoteFiles, 'fetch'>) {}

  decode (task: DecodeTask, priority: Priority): Decoded {
    return this.fetched([task], priority, ([one], then, moved) => this.pool.submit('decode', one!, then, moved))
  }

  paint ({ clear, layers }: PaintTask, priority: Priority): Decoded {
    return this.fetched(layers, priority, (all, then, moved) => this.pool.submit('paint', { clear, layers: all }, then, moved))
  }

  /** The bytes before the voxels. @param stop the file's bytes up to which suffice @throws as `RemoteFiles.fetch` */
  async head (task: HeadTask, stop: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (signal?.aborted === true) throw new ClientGone()
    const { reads, release } = this.files.fetch([{ key: task.key, state: task.state, range: [0, stop] }], 'now')
    try {
      const [bytes] = await reads
      return await this.pool.submit('head', { ...task, fetched: { start: 0, bytes: bytes! } }, 'promised', [bytes!.buffer]).done
    } finally {
      release()
    }
  }

  private fetched (tasks: readonly DecodeTask[], priority: Priority, submit: (tasks: DecodeTask[], then: Priority, moved: ArrayBuffer[]) => Decoded): Decoded {
    let now: Pick<Decoded, 'cancel' | 'promote'> = { cancel: () => false, promote: () => {} }
    const attempt = async (ones: readonly DecodeTask[]) => {
      const ranges = ones.map(rangeRead)
      const { reads, cancel, promote, release } = this.files.fetch(ranges, priority)
      now = { cancel: () => { cancel(); return true }, promote }
      try {
        const bytes = await reads
        const ticket = submit(ones.map((one, n) => ({ ...one, fetched: { start: ranges[n]!.range[0], bytes: bytes[n]! } })), priority === 'ahead' ? 'ahead' : 'promised', bytes.map(({ buffer }) => buffer))
        now = ticket
        return await ticket.done
      } finally {
        release()
      }
    }
    const done = attempt(tasks).catch(async (error) => {
      // A damaged history in the catalog costs time, but no answer: the file is then read from its start.
      if (!(error instanceof DamagedSince) || tasks.every(({ gzip }) => gzip === null || gzip.from === null)) throw error
      return await attempt(tasks.map((task) => task.gzip === null ? task : { ...task, gzip: { ...task.gzip, from: null } }))
    })
    return { done, cancel: () => now.cancel(), promote: () => now.promote() }
  }
}

/** The bytes of its file that a task reads. */
function rangeRead ({ key, state, gzip, voxOffset, pieces }: DecodeTask): RangeRead {
  if (gzip !== null) return { key, state, range: [gzip.from?.inOffset ?? 0, gzip.stop] }
  const [first, last] = [pieces[0]!, pieces.at(-1)!]
  return { key, state, range: [voxOffset + first.at, voxOffset + last.at + last.bytes] }
}
