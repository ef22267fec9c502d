import { setTimeout as sleep } from 'node:timers/promises'
import type { PointEntry } from '../catalog/catalog.js'
import { CatalogBuilding, ClientGone, Overloaded, VolumeUnreadable } from '../errors.js'
import type { DecodeTask, VoxelPiece } from '../threads/tasks.js'
import { DamagedSince } from '../threads/faults.js'
import type { Priority, Ticket, VoxelPool } from '../threads/voxel-pool.js'
import type { Caller } from './caller.js'
import { middlePoint, planDecode } from './decode-plan.js'
import type { DecodePlan } from './decode-plan.js'
import type { DiskCache } from './disk-cache.js'
import type { Histories } from './histories.js'
import type { LabelPart, OpenVolume, OpenVolumes } from './open-volumes.js'
import { isOn } from './painted-labels.js'
import { RoomQueue } from './room-queue.js'
import type { Slab, SlabCache } from './slab-cache.js'
import { piecesOf, roomsOf } from './slab-pieces.js'
import type { SlabWork } from './slab-work.js'
import { ksOf, slabRoom } from './voxel-form.js'
import type { VoxelForm } from './voxel-form.js'

/** Slabs of one volume, by number, ascending. */
export interface WantedSlabs { form: VoxelForm, slabs: readonly number[] }

/** Decoded and pinned slabs, by number, for each volume asked for; and the time threads spent on them. */
export interface HeldSlabs { held: Map<number, Slab>[], decodeMs: number }

/** Slabs being decoded into the cache, and the number of callers that wait for them. */
interface Job {
  slabs: Map<number, Slab>
  priority: Priority
  waiters: number
  ticket: Ticket<{ decodeMs: number }>
  /** settles when the slabs are decoded */
  done: Promise<{ decodeMs: number }>
  /** lets no more callers join */
  unlist: () => void
}

/** Slabs pinned for a caller, and the jobs that will fill some of them. */
interface Taken { held: Map<number, Slab>[], jobs: Set<Job> }

/** A run to be decoded: its room is reserved, but it was not given to a thread yet. */
interface Reserved { form: VoxelForm, plan: DecodePlan, slabs: Map<number, Slab>, isOnDisk: boolean }

/** A whole stretch between two access points is decoded together if it takes at most one part in this many of the cache. */
const STRETCH_SHARE = 4

/** Milliseconds before a promised read tries again to open its file, when the system has no free file descriptor. */
const RETRY_MS = { first: 20, longest: 500 }

/**
 * Has slabs decoded, each once however many callers ask for it. A job is cancelled only if it has not begun and nobody
 * waits for it any more, so a client that leaves does not affect the others.
 */
export class SlabDecoder {
  private readonly jobs = new Map<string, Map<number, Job>>()
  private readonly room: RoomQueue

  constructor (
    private readonly histories: Histories, private readonly volumes: OpenVolumes,
    private readonly pool: VoxelPool, private readonly cache: SlabCache, private readonly work: SlabWork, private readonly disk?: DiskCache
  ) {
    this.room = new RoomQueue(() => cache.isHeld)
    cache.onRoom = () => this.room.look()
  }

  /**
   * Slabs, pinned and decoded: from the cache, from jobs already under way, and by new jobs for the rest. Room for all of
   * them is taken at once or not at all. The caller releases them.
   *
   * @throws VolumeUnreadable, CatalogBuilding, Overloaded, ClientGone; nothing is held then
   */
  async decode (wanted: readonly WantedSlabs[], caller: Caller): Promise<HeldSlabs> {
    for (let pause = RETRY_MS.first; ; pause = Math.min(RETRY_MS.longest, pause * 2)) {
      try {
        return await this.attempt(wanted, caller)
      } catch (error) {
        if (!(error instanceof Overloaded) || (caller.until ?? 0) < performance.now() + pause) throw error
        await sleep(pause, undefined, caller.signal === undefined ? {} : { signal: caller.signal }).catch(() => { throw new ClientGone() })
      }
    }
  }

  private async attempt (wanted: readonly WantedSlabs[], caller: Caller): Promise<HeldSlabs> {
    const priority = caller.until === undefined ? 'now' : 'promised'
    const { held, jobs } = this.histories.areInCatalog ? await this.taken(wanted, priority, caller) : await this.takenWithSidecars(wanted, priority, caller)
    const times = await Promise.allSettled([...jobs].map(async (job) => (await this.waitFor(job, caller.signal)).decodeMs))
    const failed = times.find((time) => time.status === 'rejected')
    try {
      if (failed !== undefined) throw failed.reason
      // A file that was read just now is known to be unchanged; of what was in memory, the store must say so.
      if (this.volumes.areAfar) for (const { form } of wanted) await this.volumes.confirm(form.volume)
    } catch (error) {
      this.release(held)
      throw error
    }
    return { held, decodeMs: times.reduce((sum, time) => sum + (time as PromiseFulfilledResult<number>).value, 0) }
  }

  private async taken (wanted: readonly WantedSlabs[], priority: Priority, caller: Caller): Promise<Taken> {
    return await this.room.pass(() => {
      const taken = this.take(wanted, priority)
      if (taken === undefined) this.giveUpAhead()
      return taken
    }, caller)
  }

  private async takenWithSidecars (wanted: readonly WantedSlabs[], priority: Priority, caller: Caller): Promise<Taken> {
    const release = await this.histories.hold(wanted.map(({ form }) => form.volume))
    try {
      return await this.taken(wanted, priority, caller)
    } finally {
      release()
    }
  }

  /** Decode slabs that will probably be asked for next, if threads are idle; the result is not reported. */
  ahead (form: VoxelForm, slabs: readonly number[]): void {
    if (this.pool.stats.waiting > 0 || !this.room.isEmpty || !this.histories.areAtHand(form.volume)) return
    try {
      const taken = this.take([{ form, slabs }], 'ahead')
      if (taken !== undefined) this.release(taken.held)
    } catch (error) {
      if (!(error instanceof Overloaded || error instanceof CatalogBuilding)) throw error
    }
  }

  /**
   * Pin slabs that are decoded or being decoded, and begin to decode the rest; undefined, and nothing held, without room.
   *
   * @throws VolumeUnreadable for a slab larger than the cache; Overloaded when the queue of the threads is full
   */
  private take (wanted: readonly WantedSlabs[], priority: Priority): Taken | undefined {
    const held = wanted.map(() => new Map<number, Slab>())
    const jobs = new Set<Job>()
    const reserved: Reserved[] = []
    try {
      for (const [w, { form, slabs }] of wanted.entries()) {
        const asked = new Set(slabs)
        for (const n of slabs) {
          if (held[w]!.has(n)) continue
          const there = this.cache.take(form.key, n) ?? this.join(form, n, jobs)
          if (there !== undefined) {
            held[w]!.set(n, there)
            continue
          }
          const run = this.reserve(form, n, asked, held[w]!)
          if (run === undefined) return undefined
          reserved.push(run)
          for (const [of, slab] of run.slabs) {
            if (!asked.has(of)) continue
            this.cache.pin(slab)
            held[w]!.set(of, slab)
          }
        }
      }
      // A run's other slabs are kept too, if room is left after everything that was asked for has its own.
      for (const run of reserved) this.reserveRest(run, reserved)
      while (reserved.length > 0) jobs.add(this.begin(reserved[0]!, priority, () => reserved.shift()))
      if (priority !== 'ahead') for (const job of jobs) job.waiters++
      return { held, jobs }
    } finally {
      // Unless everything was begun, undo what was.
      if (reserved.length > 0 || held.some((slabs, w) => slabs.size < wanted[w]!.slabs.length)) this.release(held)
      for (const { slabs } of reserved) for (const slab of slabs.values()) this.cache.abandon(slab)
    }
  }

  private join ({ key }: VoxelForm, n: number, jobs: Set<Job>): Slab | undefined {
    const job = this.jobs.get(key)?.get(n)
    const slab = job?.slabs.get(n)
    if (job === undefined || slab === undefined) return undefined
    this.cache.pin(slab)
    jobs.add(job)
    return slab
  }

  private release (held: readonly Map<number, Slab>[]): void {
    for (const slabs of held) for (const slab of slabs.values()) this.cache.release(slab)
  }

  /** Cancel decoding ahead that has not begun, to free its room for waiting callers. */
  private giveUpAhead (): void {
    const underWay = new Set([...this.jobs.values()].flatMap((jobs) => [...jobs.values()]))
    for (const job of underWay) if (job.priority === 'ahead' && job.waiters === 0 && job.ticket.cancel()) job.unlist()
  }

  /** Whether the volume's files were found unchanged recently enough to answer from memory. */
  isFresh (volume: OpenVolume): boolean {
    return this.volumes.isFresh(volume)
  }

  /** Whether a slab is neither decoded nor being decoded. */
  isAbsent ({ key }: VoxelForm, n: number): boolean {
    return !this.cache.has(key, n) && this.jobs.get(key)?.has(n) !== true
  }

  /** A run that decodes slab `n` and adjacent asked-for slabs, with its room reserved; undefined if there is no room. */
  private reserve (form: VoxelForm, n: number, asked: ReadonlySet<number>, held: ReadonlyMap<number, Slab>): Reserved | undefined {
    const { volume: { layout, slabMap }, ksPerSlab } = form
    const { capacity } = this.cache.stats
    if (slabRoom(form) > capacity) throw new VolumeUnreadable(`One slice along k needs ${slabRoom(form)} bytes of memory; CACHE_BYTES is ${capacity}.`)
    const absent = (slab: number) => !held.has(slab) && this.isAbsent(form, slab)
    const grid = { voxOffset: layout.voxOffset, sliceBytes: layout.sliceBytes * ksPerSlab, shape: [layout.shape[0], layout.shape[1], Math.ceil(layout.shape[2] / ksPerSlab)] as [number, number, number] }
    const maxSlabs = Math.floor(capacity / STRETCH_SHARE / slabRoom(form))
    const isOnDisk = this.isOnDisk(form, n)
    // What the disk cache has is read from there, and what it has not is decoded: a run is one or the other.
    const alike = (slab: number) => absent(slab) && this.isOnDisk(form, slab) === isOnDisk
    const wanted = (slab: number) => asked.has(slab) && alike(slab)
    const plan = planDecode(grid, isOnDisk ? { ...slabMap, ends: null } : slabMap, n, maxSlabs * grid.sliceBytes, wanted, alike)
    const run: Reserved = { form, plan, slabs: new Map(), isOnDisk }
    for (const slab of plan.ks) {
      if (!asked.has(slab) || this.reserveSlab(run, slab)) continue
      for (const one of run.slabs.values()) this.cache.abandon(one)
      return undefined
    }
    return run
  }

  private isOnDisk (form: VoxelForm, n: number): boolean {
    return this.disk !== undefined && this.disk.has(form, n)
  }

  private reserveRest (run: Reserved, all: readonly Reserved[]): void {
    const isReserved = (n: number) => all.some(({ form, slabs }) => form.key === run.form.key && slabs.has(n))
    for (const n of run.plan.ks) if (!isReserved(n) && this.isAbsent(run.form, n)) this.reserveSlab(run, n)
    run.slabs = new Map([...run.slabs].sort(([a], [b]) => a - b))
  }

  private reserveSlab ({ form, slabs }: Reserved, n: number): boolean {
    const [first, end] = ksOf(form, n)
    const slab = this.cache.reserve(form.key, n, (end - first) * form.kBytes)
    if (slab !== undefined) slabs.set(n, slab)
    return slab !== undefined
  }

  /** @param begun called when the threads have the work: from then on they own the slabs */
  private begin (run: Reserved, priority: Priority, begun: () => void): Job {
    const { form, slabs } = run
    const ticket = this.disk === undefined || !run.isOnDisk
      ? this.decodeRun(run, priority)
      : this.disk.load(form, slabs, piecesOf(form, form.volume, slabs), priority, () => this.decodeRun({ ...run, plan: this.replanned(run) }, 'promised'))
    begun()
    return this.register(run, ticket, priority)
  }

  /** The plan of a run that was to be read from disk, and is decoded after all. */
  private replanned ({ form: { volume: { layout, slabMap }, ksPerSlab }, plan: { ks } }: Reserved): DecodePlan {
    const { point } = planDecode(layout, slabMap, ks[0]! * ksPerSlab, 0, () => false, () => false)
    return { ks, point }
  }

  private decodeRun ({ form, plan, slabs }: Reserved, priority: Priority): Job['ticket'] {
    const { volume } = form
    const tickets = volume.parts === undefined
      ? this.runsOf(form, plan, slabs, priority).map(({ gzip, pieces }, n) => this.work.decode({
        key: volume.record.key, state: volume.state, form: form.form, voxOffset: volume.layout.voxOffset, gzip, pieces
      }, n > 0 ? 'promised' : priority))
      : [this.work.paint({ clear: roomsOf(form, slabs), layers: volume.parts.flatMap((part) => this.layerOf(form, part, slabs)) }, priority)]
    return together(tickets)
  }

  /** How one file of a label set is painted over slabs; nothing where it has no voxel on them. */
  private layerOf (form: VoxelForm, { volume, value }: LabelPart, slabs: ReadonlyMap<number, Slab>): DecodeTask[] {
    const { layout, slabMap, record, state } = volume
    const pieces = piecesOf(form, volume, slabs).filter(({ k }) => isOn(volume, new Set([k])))
    const [first, last] = [pieces[0], pieces.at(-1)]
    if (first === undefined || last === undefined) return []
    const { point } = planDecode(layout, slabMap, first.k, 0, () => false, () => false)
    return [{
      key: record.key,
      state,
      form: { datatype: layout.datatype.name, littleEndian: layout.littleEndian, maskScaling: { slope: layout.slope, inter: layout.inter, scales: layout.scales }, paint: { value, datatype: form.volume.layout.datatype.name } },
      voxOffset: layout.voxOffset,
      gzip: this.gzipStart(volume, point, last),
      pieces
    }]
  }

  /** Work for the threads: all pieces in one task; or, for a single slab and two idle threads that wake at once, one task for each half. */
  private runsOf (form: VoxelForm, { point }: DecodePlan, slabs: Map<number, Slab>, priority: Priority): Pick<DecodeTask, 'gzip' | 'pieces'>[] {
    const { volume } = form
    const { slabMap } = volume
    const pieces = piecesOf(form, volume, slabs)
    const [first, second] = pieces
    if (first !== undefined && second !== undefined && pieces.length === 2 && priority !== 'ahead' && this.work.splits && this.pool.stats.idle >= 2 && !this.pool.wakesLate) {
      const middle = middlePoint(volume.layout, slabMap, second.at)
      if (middle !== undefined) {
        return [{ gzip: this.gzipStart(volume, point, first), pieces: [first] }, { gzip: this.gzipStart(volume, middle, second), pieces: [second] }]
      }
    }
    return [{ gzip: this.gzipStart(volume, point, pieces.at(-1)!), pieces }]
  }

  private gzipStart (volume: OpenVolume, point: PointEntry | null, last: VoxelPiece): DecodeTask['gzip'] {
    const { slabMap, layout } = volume
    if (slabMap.ends === null) return null
    const k = Math.floor(last.at / layout.sliceBytes)
    const stop = slabMap.ends[2 * k + (last.at + last.bytes === (k + 1) * layout.sliceBytes ? 1 : 0)]!
    if (point === null) return { from: null, stop }
    const history = this.histories.of(volume, point.id)
    // The file was read again or a newer catalog taken in the meantime, or a sidecar is lost: the file's start is right too, only farther.
    if (history === undefined) return { from: null, stop }
    return { from: { outOffset: point.outOffset, inOffset: point.inOffset, bit: point.bit, history }, stop }
  }

  private register ({ form, slabs, isOnDisk }: Reserved, ticket: Job['ticket'], priority: Priority): Job {
    const underWay = this.jobs.get(form.key) ?? new Map<number, Job>()
    this.jobs.set(form.key, underWay)
    const unlist = () => {
      for (const n of slabs.keys()) if (underWay.get(n) === job) underWay.delete(n)
      if (underWay.size === 0 && this.jobs.get(form.key) === underWay) this.jobs.delete(form.key)
    }
    const done = ticket.done.then((result) => {
      unlist()
      for (const slab of slabs.values()) {
        this.cache.publish(slab)
        if (!isOnDisk) this.disk?.keep(form, slab)
        this.cache.release(slab) // each waiting caller has its own pin
      }
      return result
    }, (error) => {
      unlist()
      for (const slab of slabs.values()) this.cache.abandon(slab)
      throw this.explained(form.volume, error)
    })
    done.catch(() => {}) // all waiting callers may have left
    const job: Job = { slabs, priority, waiters: 0, ticket, done, unlist }
    for (const n of slabs.keys()) underWay.set(n, job)
    return job
  }

  /** Wait for a job as one of its waiters, for one client. When the last waiter leaves, a queued job is cancelled. */
  private async waitFor (job: Job, signal: AbortSignal | undefined): Promise<{ decodeMs: number }> {
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
    return new VolumeUnreadable(`${volume.record.key} is damaged since it was read into the catalog: ${error.message}.`)
  }
}

/** Several tickets as one, done when all are done: only then does no thread write into the slabs any more. */
function together (tickets: Ticket<{ decodeMs: number }>[]): Ticket<{ decodeMs: number }> {
  const [only] = tickets
  if (only !== undefined && tickets.length === 1) return only
  const done = Promise.allSettled(tickets.map((ticket) => ticket.done)).then((results) => {
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return { decodeMs: Math.max(...results.map((result) => (result as PromiseFulfilledResult<{ decodeMs: number }>).value.decodeMs)) }
  })
  // They were begun together on idle threads, so none is queued and none can be cancelled.
  return { done, cancel: () => false, promote: () => {} }
}
