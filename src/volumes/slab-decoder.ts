import { setTimeout } from 'node:timers/promises'
import type { Catalog, PointEntry } from '../catalog/catalog.js'
import { CatalogBuilding, ClientGone, Overloaded, VolumeUnreadable } from '../errors.js'
import { halfSlab } from '../nifti/volume.js'
import type { DecodeTask, StoredForm, VoxelPiece } from '../threads/tasks.js'
import { DamagedSince } from '../threads/faults.js'
import type { Priority, Ticket, VoxelPool } from '../threads/voxel-pool.js'
import { middlePoint, planDecode } from './decode-plan.js'
import type { DecodePlan } from './decode-plan.js'
import type { OpenVolume, OpenVolumes } from './open-volumes.js'
import type { Slab, SlabCache } from './slab-cache.js'

/** A volume's voxels as they are kept: one form per cache key, so that a mask's bits and its file's bytes do not meet. */
export interface VoxelForm { volume: OpenVolume, key: string, slabBytes: number, form: StoredForm }

/** What is pinned leaves no room for a slab. Unlike a full queue this passes when a slab that is being decoded was read. */
class NoRoom extends Overloaded {}

/** Slabs on their way into the cache, and how many wait for them. */
interface Job {
  slabs: Map<number, Slab>
  priority: Priority
  waiters: number
  ticket: Ticket<{ decodeMs: number }>
  /** settles when the slabs can be taken from the cache, where they stay pinned until the turn's microtasks are done */
  done: Promise<{ decodeMs: number }>
  /** nobody can join any more */
  unlist: () => void
}

/**
 * How long a read waits for others to let go of slabs before it is refused: a stream under way is not broken off for a
 * moment's crowd. Less than the shortest CLIENT_TIMEOUT, a second: at the same moment, half of those who waited were cut off
 * instead of told.
 */
const ROOM_WAIT_MS = 900

/** What one stretch between access points may occupy when it is kept whole: a quarter of the cache. */
const STRETCH_SHARE = 4

/**
 * Gets slabs decoded, each once however many ask for it. A job ends early only when it has not begun and nobody waits
 * for it any more; one client that leaves takes nothing from the others.
 */
export class SlabDecoder {
  private readonly jobs = new Map<string, Map<number, Job>>()

  constructor (
    private readonly catalog: Catalog, private readonly volumes: OpenVolumes,
    private readonly pool: VoxelPool, private readonly cache: SlabCache
  ) {}

  /**
   * Have absent slabs decoded. `onReady` is called with each k while its slab is pinned, so it can be taken at once.
   *
   * @param signal the client's: when it fires the wait ends with ClientGone
   * @returns time the threads spent for these slabs
   * @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone
   */
  async decode (form: VoxelForm, ks: readonly number[], onReady: (k: number) => void, signal?: AbortSignal): Promise<number> {
    const deadline = performance.now() + ROOM_WAIT_MS
    let jobs = this.jobsIfRoom(form, ks, deadline)
    while (jobs === undefined) {
      await this.roomToCome(deadline, signal)
      for (const k of ks) onReady(k)
      jobs = this.jobsIfRoom(form, ks, deadline)
    }
    const waits = jobs.map(async (job) => {
      const { decodeMs } = await this.waitFor(job, signal)
      for (const k of ks) if (job.slabs.has(k)) onReady(k)
      return decodeMs
    })
    const times = await Promise.allSettled(waits)
    const failed = times.find((time) => time.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return times.reduce((sum, time) => sum + (time as PromiseFulfilledResult<number>).value, 0)
  }

  /** Decode what will probably be asked for next, as far as nothing else is to be done; nobody is told. */
  ahead (form: VoxelForm, ks: readonly number[]): void {
    if (this.pool.stats.waiting > 0) return
    try {
      for (const job of this.jobsFor(form, ks, 'ahead')) job.done.catch(() => {})
    } catch (error) {
      if (!(error instanceof Overloaded || error instanceof CatalogBuilding)) throw error
    }
  }

  /** The jobs for slabs that are waited for; undefined while there is no room and still time to wait for some. */
  private jobsIfRoom (form: VoxelForm, ks: readonly number[], deadline: number): Job[] | undefined {
    try {
      return this.jobsFor(form, ks, 'now')
    } catch (error) {
      if (error instanceof NoRoom && performance.now() < deadline) return undefined
      throw error
    }
  }

  /** Until a slab is let go of, or it is too late. What is only decoded ahead is given up for it. */
  private async roomToCome (deadline: number, signal: AbortSignal | undefined): Promise<void> {
    const underWay = new Set([...this.jobs.values()].flatMap((jobs) => [...jobs.values()]))
    for (const job of underWay) if (job.priority === 'ahead' && job.waiters === 0 && job.ticket.cancel()) job.unlist()
    const late = new AbortController()
    await Promise.race([this.cache.nextRelease(), setTimeout(deadline - performance.now(), undefined, { signal: late.signal }).catch(() => {})])
    late.abort()
    if (signal?.aborted === true) throw new ClientGone()
  }

  /** Whether a slab is neither decoded nor on its way. */
  isAbsent ({ key }: VoxelForm, k: number): boolean {
    return !this.cache.has(key, k) && this.jobs.get(key)?.has(k) !== true
  }

  /** The jobs, running or begun for this, that bring the slabs which are not in the cache. */
  private jobsFor (form: VoxelForm, ks: readonly number[], priority: Priority): Job[] {
    const absent = (k: number) => this.isAbsent(form, k)
    const asked = new Set(ks)
    const jobs = new Set<Job>()
    for (const k of ks) {
      if (this.cache.has(form.key, k)) continue
      const job = this.jobs.get(form.key)?.get(k)
      if (job !== undefined) {
        jobs.add(job)
        continue
      }
      const { layout, slabMap } = form.volume
      const plan = planDecode(layout, slabMap, k, this.cache.stats.capacity / STRETCH_SHARE, (n) => asked.has(n) && absent(n), absent)
      jobs.add(this.begin(form, plan, k, priority))
    }
    return [...jobs]
  }

  private begin (form: VoxelForm, plan: DecodePlan, needed: number, priority: Priority): Job {
    const { volume, key, slabBytes } = form
    const slabs = new Map<number, Slab>()
    for (const k of plan.ks) {
      const slab = this.cache.reserve(key, k, slabBytes)
      if (slab !== undefined) slabs.set(k, slab)
    }
    try {
      if (!slabs.has(needed)) throw this.noRoom(slabBytes)
      const tickets = this.runsOf(form, plan, slabs, priority).map(({ gzip, pieces }) => this.pool.submit('decode', {
        key: volume.record.file, state: volume.state, form: form.form, voxOffset: volume.layout.voxOffset, gzip, pieces
      }, priority))
      return this.register(form, slabs, together(tickets), priority)
    } catch (error) {
      for (const slab of slabs.values()) this.cache.abandon(slab)
      throw error
    }
  }

  /** What threads are to inflate: all of it in one go; or the halves of a single slab at once, where two threads are free for it. */
  private runsOf ({ volume, slabBytes }: VoxelForm, { point }: DecodePlan, slabs: Map<number, Slab>, priority: Priority): Pick<DecodeTask, 'gzip' | 'pieces'>[] {
    const { layout: { sliceBytes }, slabMap } = volume
    const half = halfSlab(sliceBytes)
    const pieces = [...slabs.values()].flatMap(({ k, offset }) => [
      { at: k * sliceBytes, bytes: half, crc: slabMap.crcs[2 * k]!, offset },
      { at: k * sliceBytes + half, bytes: sliceBytes - half, crc: slabMap.crcs[2 * k + 1]!, offset: offset + half * slabBytes / sliceBytes }
    ]).filter(({ bytes }) => bytes > 0)
    const [first, second] = pieces
    if (first !== undefined && second !== undefined && pieces.length === 2 && priority === 'now' && this.pool.stats.idle >= 2) {
      const middle = middlePoint(volume.layout, slabMap, second.at)
      if (middle !== undefined) {
        return [{ gzip: this.gzipStart(volume, point, first), pieces: [first] }, { gzip: this.gzipStart(volume, middle, second), pieces: [second] }]
      }
    }
    return [{ gzip: this.gzipStart(volume, point, pieces.at(-1)!), pieces }]
  }

  private gzipStart ({ slabMap, study, layout }: OpenVolume, point: PointEntry | null, last: VoxelPiece): DecodeTask['gzip'] {
    if (slabMap.ends === null) return null
    const k = Math.floor(last.at / layout.sliceBytes)
    const stop = slabMap.ends[2 * k + (last.at + last.bytes === (k + 1) * layout.sliceBytes ? 1 : 0)]!
    if (point === null) return { from: null, stop }
    const history = this.catalog.history(point.id)
    if (history === undefined) throw new CatalogBuilding(`Study ${study.id}`)
    return { from: { outOffset: point.outOffset, inOffset: point.inOffset, bit: point.bit, history }, stop }
  }

  private register (form: VoxelForm, slabs: Map<number, Slab>, ticket: Job['ticket'], priority: Priority): Job {
    const underWay = this.jobs.get(form.key) ?? new Map<number, Job>()
    this.jobs.set(form.key, underWay)
    const unlist = () => {
      for (const k of slabs.keys()) if (underWay.get(k) === job) underWay.delete(k)
      if (underWay.size === 0 && this.jobs.get(form.key) === underWay) this.jobs.delete(form.key)
    }
    const done = ticket.done.then((result) => {
      unlist()
      for (const slab of slabs.values()) this.cache.publish(slab)
      // Those who wait are resumed as microtasks, before this.
      setImmediate(() => { for (const slab of slabs.values()) this.cache.release(slab) })
      return result
    }, (error) => {
      unlist()
      for (const slab of slabs.values()) this.cache.abandon(slab)
      throw this.explained(form.volume, error)
    })
    done.catch(() => {}) // all who waited may have left
    const job: Job = { slabs, priority, waiters: 0, ticket, done, unlist }
    for (const k of slabs.keys()) underWay.set(k, job)
    return job
  }

  /** Wait for a job on behalf of one client. The last one to leave takes it out of the queue, if it is still there. */
  private async waitFor (job: Job, signal: AbortSignal | undefined): Promise<{ decodeMs: number }> {
    job.waiters++
    job.ticket.promote()
    if (signal === undefined) return await job.done
    return await new Promise((resolve, reject) => {
      const leave = () => {
        if (--job.waiters === 0 && job.ticket.cancel()) job.unlist()
        reject(new ClientGone())
      }
      if (signal.aborted) return leave()
      signal.addEventListener('abort', leave, { once: true })
      job.done.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
    })
  }

  private explained (volume: OpenVolume, error: Error): Error {
    if (error instanceof CatalogBuilding || error instanceof DamagedSince) this.volumes.distrust(volume)
    if (!(error instanceof DamagedSince)) return error
    return new VolumeUnreadable(`${volume.record.file} is damaged since it was read into the catalog: ${error.message}.`)
  }

  private noRoom (slabBytes: number): Error {
    const { capacity } = this.cache.stats
    if (slabBytes <= capacity) return new NoRoom('memory for decoded volumes')
    return new VolumeUnreadable(`One k of the volume takes ${slabBytes} bytes; CACHE_BYTES is ${capacity}.`)
  }
}

/** Several tickets as one: done when all are, for then nothing writes into the slabs any more. */
function together (tickets: Ticket<{ decodeMs: number }>[]): Ticket<{ decodeMs: number }> {
  const [only] = tickets
  if (only !== undefined && tickets.length === 1) return only
  const done = Promise.allSettled(tickets.map((ticket) => ticket.done)).then((results) => {
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return { decodeMs: Math.max(...results.map((result) => (result as PromiseFulfilledResult<{ decodeMs: number }>).value.decodeMs)) }
  })
  // They were begun together on threads that were free, so there is nothing to take out of a queue.
  return { done, cancel: () => false, promote: () => {} }
}
