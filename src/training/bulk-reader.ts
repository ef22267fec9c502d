import { setTimeout as sleep } from 'node:timers/promises'
import { ClientGone, Overloaded } from '../errors.js'
import type { Answer, AnswerStream } from '../views/answer.js'
import type { BoxAnswers } from '../views/box-answers.js'
import type { BoxPlan } from '../views/box-plan.js'
import type { SliceAnswers } from '../views/slice-answers.js'
import type { ArrayPlan } from '../views/slice-plan.js'
import { FORMS } from '../volumes/voxel-reader.js'
import type { CacheUse, Lease, ReadFacts, VoxelReader } from '../volumes/voxel-reader.js'
import { Turns } from './turns.js'

/** A part of a bulk answer: bytes that are known, and a slice or a box among them that is read when its turn comes near. */
export interface Part {
  before?: Uint8Array
  slice?: ArrayPlan
  box?: BoxPlan
  after?: Uint8Array
  /** what to wait for before the slice is read */
  gate?: Promise<unknown>
  /** tells which part it is, where reading it fails */
  explain?: (error: Error) => Error
}

/** Blocks of this size keep the threads busy one block ahead, and make writes long; a smaller cache has smaller ones. */
const MAX_BLOCK_BYTES = 4 * 2 ** 20
const CACHE_SHARE_OF_BLOCK = 32

/** Blocks of one answer that hold memory at a time: two on their way to the client, one that is read meanwhile. */
const BLOCKS_IN_FLIGHT = 3
/** All bulk answers together hold at most this share of the cache; the rest is for what they decode, and for others. */
const CACHE_SHARE_OF_ALL = 2

/** Reads of bulk answers that are with the threads at a time, for each: the rest of the queue is for single slices. */
const TURNS_PER_THREAD = 16

/** For so long a full queue is waited for before the first byte, when 503 can still be said, and after it. */
const PATIENCE_MS = { before: 3_000, after: 60_000 }

/** A block, parts that are sent together, that is being read. Wrapped: an async function would flatten a bare promise. */
interface Begun { block: Promise<Answer> }

/**
 * Reads many slices in order, cold ones in parallel, a bounded number ahead of the client; the memory of an answer
 * does not depend on its length.
 */
export class BulkReader {
  private readonly blockBytes: number
  private readonly turns: Turns
  private admittedBytes = 0

  constructor (private readonly slices: SliceAnswers, private readonly boxes: BoxAnswers, private readonly reader: VoxelReader, private readonly cacheBytes: number, threads: number) {
    this.blockBytes = Math.min(MAX_BLOCK_BYTES, cacheBytes / CACHE_SHARE_OF_BLOCK)
    this.turns = new Turns(threads * TURNS_PER_THREAD)
  }

  /**
   * A bulk answer: let in before its first block, and read to its end.
   *
   * @param heaviest bytes of its heaviest slice, see `weightOf`
   * @param make its blocks
   * @throws Overloaded when other answers hold all the memory there is for them; what `make` throws; ClientGone
   */
  async * stream (heaviest: number, signal: AbortSignal, make: () => AnswerStream): AnswerStream {
    const leave = await this.admit(heaviest, signal)
    try {
      yield * make()
    } finally {
      leave()
    }
  }

  /** Reserve what an answer will hold; one answer is always let in, others wait a little. @returns gives it back */
  private async admit (heaviest: number, signal?: AbortSignal): Promise<() => void> {
    const bytes = Math.min(BLOCKS_IN_FLIGHT * Math.max(this.blockBytes, heaviest), this.cacheBytes / CACHE_SHARE_OF_ALL)
    await retried(PATIENCE_MS.before, signal, async () => {
      if (this.admittedBytes > 0 && this.admittedBytes + bytes > this.cacheBytes / CACHE_SHARE_OF_ALL) throw new Overloaded('memory for batches and streams')
      this.admittedBytes += bytes
    })
    let admitted = true
    return () => {
      if (admitted) this.admittedBytes -= bytes
      admitted = false
    }
  }

  /**
   * The parts, as blocks, in order; the next block is read while one is sent. Whoever takes a block releases it.
   *
   * @throws what reading a slice throws, when its block's turn comes
   */
  async * blocks (parts: Iterable<Part> | AsyncIterable<Part>, signal?: AbortSignal): AnswerStream {
    const groups = this.grouped(parts)
    let current = await this.begin(groups, PATIENCE_MS.before, signal)
    let next: Begun | undefined
    try {
      while (current !== undefined) {
        next = await this.begin(groups, PATIENCE_MS.after, signal)
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

  private async begin (groups: AsyncGenerator<Part[], undefined>, patience: number, signal: AbortSignal | undefined): Promise<Begun | undefined> {
    const { done, value } = await groups.next()
    if (done === true) return undefined
    const block = this.read(value, patience, signal)
    block.catch(() => {}) // its turn to fail has not come yet
    return { block }
  }

  private async * grouped (parts: Iterable<Part> | AsyncIterable<Part>): AsyncGenerator<Part[], undefined> {
    let group: Part[] = []
    let bytes = 0
    for await (const part of parts) {
      const weight = this.weightOf(part)
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

  private async read (parts: readonly Part[], patience: number, signal: AbortSignal | undefined): Promise<Answer> {
    const leases = this.volumeLeases(parts, patience, signal)
    const read = parts.map(async (part) => await this.answer(part, leases.get(part), patience, signal))
    const settled = await Promise.allSettled(read)
    for (const lease of new Set(leases.values())) lease.then(({ release }) => release(), () => {})
    const answers = settled.map((one) => one.status === 'fulfilled' ? one.value : undefined)
    const release = () => { for (const answer of answers) answer?.release() }
    const failed = settled.find((one) => one.status === 'rejected')
    if (failed !== undefined) {
      release()
      throw failed.reason
    }
    const chunks = parts.flatMap(({ before, after }, n) => [before, ...answers[n]?.chunks ?? [], after].filter((chunk) => chunk !== undefined && chunk.length > 0) as Uint8Array[])
    // What a lease brought, the answers made from it find: theirs would always be a hit.
    const facts: ReadFacts[] = [...await Promise.all(new Set(leases.values())), ...answers.filter((answer, n) => answer !== undefined && !leases.has(parts[n]!)) as Answer[]]
    return { chunks, release, cache: together(facts.map(({ cache }) => cache)), decodeMs: facts.reduce((sum, { decodeMs }) => sum + decodeMs, 0) }
  }

  /** Slices of one volume that are cold are decoded together: what lies side by side is one run. */
  private volumeLeases (parts: readonly Part[], patience: number, signal: AbortSignal | undefined): Map<Part, Promise<Lease>> {
    const byVolume = new Map<string, Part[]>()
    for (const part of parts) {
      if (part.slice === undefined || part.slice.geometry.normalAxis !== 2) continue
      const { key } = FORMS.voxels(part.slice.volume)
      byVolume.set(key, [...byVolume.get(key) ?? [], part])
    }
    const leases = new Map<Part, Promise<Lease>>()
    for (const group of byVolume.values()) {
      const form = FORMS.voxels(group[0]!.slice!.volume)
      const ks = [...new Set(group.map(({ slice }) => slice!.geometry.index))].sort((a, b) => a - b)
      const held = this.reader.held(form, ks)
      const lease = held !== undefined
        ? Promise.resolve(held)
        : this.patiently(patience, signal, async () => {
          await Promise.all(group.map(({ gate }) => gate))
          return await this.reader.read(form, ks, signal)
        })
      lease.catch(() => {}) // each part of it tells
      for (const part of group) leases.set(part, lease)
    }
    return leases
  }

  private async answer (part: Part, lease: Promise<Lease> | undefined, patience: number, signal: AbortSignal | undefined): Promise<Answer | undefined> {
    const { slice: plan, box } = part
    try {
      if (box !== undefined) return await this.patiently(patience, signal, async () => await this.boxes.read(box, signal))
      if (plan === undefined) return undefined
      await lease
      return this.slices.heldArray(plan) ?? await this.patiently(patience, signal, async () => await this.slices.array(plan, signal))
    } catch (error) {
      throw part.explain?.(error as Error) ?? error
    }
  }

  /** What a part holds while it is in flight. */
  weightOf ({ before, slice, box, after }: Part): number {
    const known = (before?.length ?? 0) + (after?.length ?? 0)
    if (box !== undefined) return known + this.boxes.weightOf(box)
    if (slice === undefined) return known
    // A slice across the slabs holds its whole volume while it is gathered.
    return known + Math.max(slice.length, slice.geometry.normalAxis === 2 ? FORMS.voxels(slice.volume).slabBytes : slice.volume.layout.voxelBytes)
  }

  private async patiently<Result> (patienceMs: number, signal: AbortSignal | undefined, use: () => Promise<Result>): Promise<Result> {
    return await retried(patienceMs, signal, async () => await this.turns.take(signal, use))
  }
}

/** Come back as long as the service is at its limit, for so long. */
async function retried<Result> (patienceMs: number, signal: AbortSignal | undefined, use: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + patienceMs
  for (let waitMs = 20; ; waitMs = Math.min(500, waitMs * 2)) {
    try {
      return await use()
    } catch (error) {
      if (!(error instanceof Overloaded) || performance.now() + waitMs > until) throw error
      await sleep(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => { throw new ClientGone() })
    }
  }
}

function together (uses: readonly CacheUse[]): CacheUse {
  const [only = 'hit', ...others] = new Set(uses)
  return others.length > 0 ? 'partial' : only
}
