import { ClientGone, Overloaded } from '../errors.js'
import type { Answer, AnswerStream } from '../views/answer.js'
import { boxWeight } from '../views/box-answers.js'
import type { BoxAnswers } from '../views/box-answers.js'
import type { BoxPlan } from '../views/box-plan.js'
import type { SliceAnswers } from '../views/slice-answers.js'
import type { ArrayPlan } from '../views/slice-plan.js'
import { ksOfSlice } from '../views/slice-plan.js'
import type { Admission } from '../volumes/admission.js'
import { onceBegun } from '../volumes/caller.js'
import type { Caller } from '../volumes/caller.js'
import { FORMS, roomOf } from '../volumes/voxel-form.js'
import type { VoxelForm, WantedKs } from '../volumes/voxel-form.js'
import type { CacheUse, Lease, Leases, ReadFacts, VoxelReader } from '../volumes/voxel-reader.js'
import { Turns } from './turns.js'

/** A part of a bulk answer: known bytes around a slice or box that is read shortly before it is sent. */
export interface Part {
  before?: Uint8Array
  slice?: ArrayPlan
  box?: BoxPlan
  after?: Uint8Array
  /** what to wait for before the slice is read */
  gate?: Promise<unknown>
  /** adds which part it is to the error of a failed read */
  explain?: (error: Error) => Error
}

/** In bytes: large enough to keep the threads busy one block ahead, and to make long writes; smaller for a small cache. */
const MAX_BLOCK_BYTES = 4 * 2 ** 20
const CACHE_SHARE_OF_BLOCK = 32

/** Blocks of one answer that hold memory at a time: two on their way to the client, one being read. */
const BLOCKS_IN_FLIGHT = 3

/** Bulk reads queued at the threads at a time, per thread: the rest of the queue is for single slices. */
const TURNS_PER_THREAD = 16

/** In ms: how long the first block waits when the service is at its limit; a 503 is still possible. */
const PATIENCE_MS = 3_000

/** A block (parts sent together) that is being read. Wrapped: an async function would flatten a bare promise. */
interface Begun { block: Promise<Answer> }

/**
 * Reads many slices in order, uncached ones in parallel, a bounded number ahead of the client; the memory of an answer
 * does not depend on its length.
 */
export class BulkReader {
  private readonly blockBytes: number
  private readonly turns: Turns

  constructor (private readonly slices: SliceAnswers, private readonly boxes: BoxAnswers, private readonly reader: VoxelReader, private readonly admission: Admission, cacheBytes: number, threads: number) {
    this.blockBytes = Math.min(MAX_BLOCK_BYTES, cacheBytes / CACHE_SHARE_OF_BLOCK)
    this.turns = new Turns(threads * TURNS_PER_THREAD)
  }

  /**
   * A bulk answer: admitted before its first block, then read to its end.
   *
   * @param heaviest bytes of its heaviest slice, see `weightOf`
   * @param make makes its blocks
   * @throws Overloaded when other answers hold all the memory for streams; what `make` throws; ClientGone
   */
  async * stream (heaviest: number, signal: AbortSignal, make: () => AnswerStream): AnswerStream {
    const leave = await this.admission.admit(BLOCKS_IN_FLIGHT * Math.max(this.blockBytes, heaviest), signal)
    try {
      yield * make()
    } finally {
      leave()
    }
  }

  /**
   * The parts, as blocks, in order; the next block is read while one is sent. The caller releases each block.
   *
   * @throws what reading a slice throws, when its block is due
   */
  async * blocks (parts: Iterable<Part> | AsyncIterable<Part>, signal?: AbortSignal): AnswerStream {
    const groups = this.grouped(parts)
    const caller = { signal, until: performance.now() + PATIENCE_MS }
    let current = await this.begin(groups, caller)
    let next: Begun | undefined
    try {
      while (current !== undefined) {
        next = await this.begin(groups, onceBegun(caller))
        const block = await current.block
        current = next
        next = undefined
        yield block
      }
    } finally {
      for (const begun of [current, next]) begun?.block.then(({ release }) => release(), () => {})
      await groups.return(undefined)
    }
  }

  private async begin (groups: AsyncGenerator<Part[], undefined>, caller: Caller): Promise<Begun | undefined> {
    const { done, value } = await groups.next()
    if (done === true) return undefined
    const block = this.read(value, caller)
    block.catch(() => {}) // the error is thrown when the block is due, not as an unhandled rejection
    return { block }
  }

  private async * grouped (parts: Iterable<Part> | AsyncIterable<Part>): AsyncGenerator<Part[], undefined> {
    let group: Part[] = []
    let bytes = 0
    for await (const part of parts) {
      const weight = weightOf(part)
      if (group.length > 0 && bytes + weight > this.blockBytes) {
        yield group
        group = []
        bytes = 0
      }
      group.push(part)
      bytes += weight
    }
    if (group.length > 0) yield group
    return undefined
  }

  private async read (parts: readonly Part[], caller: Caller): Promise<Answer> {
    // Boxes and slices across the slabs come first: their copies are made before the rest of the block is held.
    const answers = new Map<Part, Answer>()
    const release = () => { for (const answer of answers.values()) answer.release() }
    try {
      const [along, across] = [parts.filter(isAlongSlabs), parts.filter((part) => part.box !== undefined || (part.slice !== undefined && !isAlongSlabs(part)))]
      await this.answer(across, caller, answers)
      const facts: ReadFacts[] = [...answers.values()]
      const leases = await this.hold(along, caller)
      try {
        await this.answer(along, caller, answers)
      } finally {
        leases?.release()
      }
      // Report the cache facts of the leases: the answers made from them would always report a hit.
      if (leases !== undefined) facts.push(leases)
      const chunks = parts.flatMap((part) => [part.before, ...answers.get(part)?.chunks ?? [], part.after].filter((chunk) => chunk !== undefined && chunk.length > 0) as Uint8Array[])
      return { chunks, release, cache: together(facts.map(({ cache }) => cache)), decodeMs: facts.reduce((sum, { decodeMs }) => sum + decodeMs, 0) }
    } catch (error) {
      release()
      throw error
    }
  }

  /**
   * Hold all slices of a block: room for them is taken together, and neighbouring slices are decoded as one run.
   * Undefined where that failed: each slice is then read alone, and the failing one reports its error.
   */
  private async hold (parts: readonly Part[], caller: Caller): Promise<Leases | undefined> {
    const byVolume = new Map<string, { form: VoxelForm, ks: Set<number> }>()
    for (const { slice } of parts) {
      const form = FORMS.voxels(slice!.volume)
      const wanted = byVolume.get(form.key) ?? { form, ks: new Set() }
      byVolume.set(form.key, wanted)
      wanted.ks.add(slice!.geometry.index)
    }
    if (byVolume.size === 0) return undefined
    await Promise.all(parts.map(({ gate }) => gate))
    const wanted = [...byVolume.values()].map(({ form, ks }) => ({ form, ks: [...ks].sort((a, b) => a - b) }))
    try {
      return this.held(wanted) ?? await this.turns.take(caller.signal, async () => await this.reader.readTogether(wanted, caller))
    } catch (error) {
      if (error instanceof ClientGone || error instanceof Overloaded) throw error
      return undefined
    }
  }

  /** The slices of a block if all of them are decoded, else undefined. */
  private held (wanted: readonly WantedKs[]): Leases | undefined {
    const leases: Lease[] = []
    const release = () => { for (const lease of leases) lease.release() }
    for (const { form, ks } of wanted) {
      const lease = this.reader.held(form, ks)
      if (lease === undefined) {
        release()
        return undefined
      }
      leases.push(lease)
    }
    return { leases, release, cache: 'hit', decodeMs: 0 }
  }

  /** Read slices and boxes in parallel. @throws after all have ended, the first failure in order, naming its part */
  private async answer (parts: readonly Part[], caller: Caller, answers: Map<Part, Answer>): Promise<void> {
    const settled = await Promise.allSettled(parts.map(async (part) => {
      try {
        answers.set(part, await this.answerOf(part, caller))
      } catch (error) {
        throw part.explain?.(error as Error) ?? error
      }
    }))
    const failed = settled.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  private async answerOf ({ slice, box }: Part, caller: Caller): Promise<Answer> {
    if (box !== undefined) return await this.turns.take(caller.signal, async () => await this.boxes.read(box, caller))
    return this.slices.heldArray(slice!) ?? await this.turns.take(caller.signal, async () => await this.slices.array(slice!, caller))
  }
}

/** Whether a part is a slice within one slab. */
function isAlongSlabs ({ slice }: Part): boolean {
  return slice?.geometry.normalAxis === 2
}

/** Bytes a part holds while it is in flight; a slice across the slabs holds its whole volume while it is gathered. */
export function weightOf ({ before, slice, box, after }: Part): number {
  const known = (before?.length ?? 0) + (after?.length ?? 0)
  if (box !== undefined) return known + boxWeight(box)
  if (slice === undefined) return known
  return known + Math.max(slice.length, roomOf([{ form: FORMS.voxels(slice.volume), ks: ksOfSlice(slice) }]))
}

function together (uses: readonly CacheUse[]): CacheUse {
  const [only = 'hit', ...others] = new Set(uses)
  return others.length > 0 ? 'partial' : only
}
