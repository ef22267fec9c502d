import { ClientGone } from '../errors.js'
import type { RemoteFiles } from '../storage/remote/remote-files.js'
import { DamagedSince } from '../threads/faults.js'
import type { DecodeTask, HeadTask } from '../threads/tasks.js'
import type { Priority, Ticket, VoxelPool } from '../threads/voxel-pool.js'

/**
 * Work on remote files: the event loop fetches the bytes that a task needs, all of them in one range, and a thread gets
 * them with the task. So no thread waits for the network, and any number of reads can be under way.
 */
export class FetchedDecoding {
  constructor (private readonly pool: VoxelPool, private readonly store: Pick<RemoteFiles, 'fetch'>) {}

  /** As `VoxelPool.submit('decode', …)`. The bytes of an unusable access point are those of the whole file before it. */
  decode (task: DecodeTask, priority: Priority): Ticket<{ decodeMs: number }> {
    let current: Pick<Ticket<unknown>, 'cancel' | 'promote'> | undefined
    const fetched = (one: DecodeTask, range: readonly [number, number]): Ticket<{ decodeMs: number }>['done'] => {
      const fetch = this.store.fetch(one.key, one.state, range, priority)
      current = { cancel: () => { fetch.cancel(); return true }, promote: fetch.promote }
      return fetch.bytes.then(async (bytes) => {
        const ticket = this.pool.submit('decode', { ...one, fetched: { start: range[0], bytes } }, priority === 'ahead' ? 'ahead' : 'promised', [bytes.buffer])
        current = ticket
        return await ticket.done
      }).finally(fetch.release)
    }
    const done = fetched(task, rangeOf(task)).catch(async (error) => {
      // A damaged history in the catalog costs time, but no answer.
      if (!(error instanceof DamagedSince) || task.gzip === null || task.gzip.from === null) throw error
      return await fetched({ ...task, gzip: { ...task.gzip, from: null } }, [0, task.gzip.stop])
    })
    return { done, cancel: () => current!.cancel(), promote: () => current!.promote() }
  }

  /** @param stop the file's bytes up to which suffice */
  async head (task: HeadTask, stop: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (signal?.aborted === true) throw new ClientGone()
    const fetch = this.store.fetch(task.key, task.state, [0, stop], 'now')
    try {
      const bytes = await fetch.bytes
      return await this.pool.submit('head', { ...task, fetched: { start: 0, bytes } }, 'promised', [bytes.buffer]).done
    } finally {
      fetch.release()
    }
  }
}

/** The bytes of the file that a task reads. */
function rangeOf ({ gzip, voxOffset, pieces }: DecodeTask): readonly [number, number] {
  if (gzip !== null) return [gzip.from?.inOffset ?? 0, gzip.stop]
  const [first, last] = [pieces[0]!, pieces.at(-1)!]
  return [voxOffset + first.at, voxOffset + last.at + last.bytes]
}
