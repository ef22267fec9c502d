import { LRUCache } from 'lru-cache'
import { CatalogBuilding, ClientGone, Overloaded } from '../../errors.js'
import type { Identity, RecordedIdentity } from '../identity.js'
import type { Entry, FileStates, ObjectStore, OpenFile, StoreSpec } from '../object-store.js'
import { downloadFile } from './download.js'
import type { FetchGate } from './fetch-gate.js'
import type { Patience } from './origin.js'
import type { RemoteStore } from './remote-store.js'

/** The store's last word on a file. */
interface Word {
  /** undefined: there is no such file */
  state: Identity | undefined
  /** what it said instead of a state; that it cannot be reached counts only when the last word is old */
  fault?: Error
  /** `performance.now()` when the store gave it; -Infinity: it is the catalog's word, not yet the store's */
  at: number
  /** from the list of all files that the start made */
  isListed?: true
  asking?: Promise<void>
}

/** Words that are kept, about 300 bytes each; a file whose word was dropped is asked about again. */
const KEPT_WORDS = 200_000

/** How long a read for an answer whose first bytes have left is tried again, in milliseconds. */
const PROMISED_MS = 60_000

/** How soon a read is given up, by what waits for it. */
type Urgency = 'promised' | 'now' | 'ahead'

/** Bytes `start` to `stop` (exclusive) of a file in a state. */
export interface RangeRead { key: string, state: Identity, range: readonly [start: number, stop: number] }

/** Reads under way together, or waiting for their turn. */
export interface Fetch {
  /** in the order in which they were asked for, each in memory of its own */
  reads: Promise<Array<Uint8Array<ArrayBuffer>>>
  /** gives them up: `reads` then throws ClientGone */
  cancel: () => void
  /** somebody waits for it now */
  promote: () => void
  /** the bytes are no longer needed: until then they count as in flight */
  release: () => void
}

/**
 * The files of a remote root for the service: what is known of their states without waiting, and their bytes.
 *
 * Until its store says something else, a file is what the catalog recorded: a read says in `If-Match` which state it is of,
 * and needs no other question. What is answered from memory needs the store's own word, at most STORE_FRESH seconds old: each
 * read that the store answered counts as such, else one HEAD does. After half of that time it is asked for in the background,
 * so a volume in use is never waited for.
 */
export class RemoteFiles implements ObjectStore, FileStates {
  private readonly words = new LRUCache<string, Word>({ max: KEPT_WORDS })
  private reachable = true
  private readonly ended = new AbortController()

  constructor (private readonly store: RemoteStore, private readonly gate: FetchGate, private readonly freshMs: number) {}

  get root (): string {
    return this.store.root
  }

  get spec (): StoreSpec {
    return this.store.spec
  }

  /** Requests sent to the store since the start. */
  get sent (): RemoteStore['sent'] {
    return this.store.sent
  }

  get gateStats (): FetchGate['stats'] {
    return this.gate.stats
  }

  /** As far as is known: whether the store answered the last time. */
  isReachable (): boolean {
    this.store.isReachable().then((is) => { this.reachable = is }, () => {})
    return this.reachable
  }

  async list (folder: string): Promise<Entry[] | undefined> {
    return await this.store.list(folder)
  }

  async open (key: string, expected?: Identity): Promise<OpenFile | undefined> {
    return await this.store.open(key, expected)
  }

  /**
   * The state by the store's last word, else by the catalog's.
   *
   * @throws FileRefused, VolumeUnreadable; Overloaded when nothing recent is known and the store does not answer
   */
  identity (key: string, recorded: RecordedIdentity | null = null): Identity | undefined {
    const word = this.words.get(key) ?? this.learn(key, stateIn(recorded), -Infinity)
    // Of a file that was missing or refused, or whose store was away, no read will tell that it is there now.
    if ((word.state === undefined || word.fault !== undefined) && !this.isRecent(word)) this.ask(key, word)
    return this.stateOf(word)
  }

  /** For ingest, which can wait for the store's own word. */
  readonly forIngest: Pick<ObjectStore, 'identity' | 'isReachable'> = {
    isReachable: async () => await this.store.isReachable(),
    identity: async (key) => {
      const word = this.words.get(key)
      // A list is good enough here, however long ingest takes: reads name the state that they expect.
      if (word !== undefined && (word.isListed === true || this.isRecent(word))) return this.stateOf(word)
      const state = await this.store.identity(key)
      this.learn(key, state)
      return state
    }
  }

  resolve (key: string): string {
    return key
  }

  identityOfPath (key: string): Identity | undefined {
    const word = this.words.get(key)
    return word === undefined || (word.fault !== undefined && !this.isRecent(word)) ? undefined : word.state
  }

  private stateOf (word: Word): Identity | undefined {
    if (word.fault !== undefined && !(word.fault instanceof Overloaded && this.isRecent(word))) throw word.fault
    return word.state
  }

  /** An ETag tells contents apart by itself. */
  edges (_key: string, { etag }: Identity): string | undefined {
    return etag
  }

  isFresh (key: string): boolean {
    const word = this.words.get(key)
    if (word === undefined || !this.isRecent(word)) return false
    if (performance.now() - word.at > this.freshMs / 2) this.ask(key, word)
    return true
  }

  async confirm (key: string, recorded: RecordedIdentity | null): Promise<void> {
    const word = this.words.get(key) ?? this.learn(key, stateIn(recorded), -Infinity)
    if (!this.isRecent(word)) await this.ask(key, word)
  }

  /** Take over what a list said, which spares a HEAD for each file. */
  learnFromList (key: string, state: Identity): void {
    this.words.set(key, { state, at: performance.now(), isListed: true })
  }

  private learn (key: string, state: Identity | undefined, at = performance.now()): Word {
    const word: Word = { state, at }
    this.words.set(key, word)
    return word
  }

  /**
   * Read ranges together. All of them get their turn at once: reads that each held a part of the room could wait for each other.
   *
   * @throws Overloaded when too many wait. `reads`: CatalogBuilding when a file is in another state; FileRefused; Overloaded; ClientGone
   */
  fetch (ranges: readonly RangeRead[], urgency: Urgency): Fetch {
    const bytes = ranges.reduce((sum, { range: [start, stop] }) => sum + stop - start, 0)
    const turn = this.gate.enter(bytes, ranges.length, { isAhead: urgency === 'ahead', isRefusable: urgency !== 'promised' })
    const stop = new AbortController()
    const patience = { isHedged: true, signal: stop.signal, ...(urgency === 'promised' && { until: performance.now() + PROMISED_MS }) }
    const reads = turn.ready.then(async () => {
      try {
        return await Promise.all(ranges.map(async (read) => await this.readOne(read, patience)))
      } catch (error) {
        const isGivenUp = stop.signal.aborted
        stop.abort()
        turn.leave()
        throw isGivenUp ? new ClientGone() : error
      } finally {
        turn.land()
      }
    })
    const cancel = () => {
      stop.abort()
      turn.leave()
    }
    return { reads, cancel, promote: turn.promote, release: turn.leave }
  }

  private async readOne ({ key, state, range }: RangeRead, patience: Patience): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const bytes = await this.store.readRange(key, state, range, patience)
      this.learn(key, state)
      return bytes
    } catch (error) {
      if (error instanceof CatalogBuilding) this.words.delete(key)
      throw error
    }
  }

  async download (key: string): ReturnType<typeof downloadFile> {
    const copy = await downloadFile(this.store, key, this.ended.signal)
    this.learn(key, copy?.identity)
    return copy
  }

  /** Give up downloads: the service ends, and must not wait for a store that does not answer. */
  endDownloads (): void {
    this.ended.abort()
  }

  async close (): Promise<void> {
    await this.store.close()
  }

  private isRecent ({ at }: Word): boolean {
    return performance.now() - at <= this.freshMs
  }

  /** Ask the store, once however many wait for it. Never rejects. */
  private ask (key: string, word: Word): Promise<void> {
    word.asking ??= this.store.identity(key).then((state) => { this.learn(key, state) }, (error) => {
      // What cannot be asked stays as it was known; what the store refuses is known to be refused.
      if (error instanceof Overloaded) word.fault = error
      else this.words.set(key, { state: undefined, fault: error, at: performance.now() })
    }).finally(() => { delete word.asking })
    return word.asking
  }
}

function stateIn (recorded: RecordedIdentity | null): Identity | undefined {
  return recorded === null ? undefined : { bytes: recorded.bytes, modifiedMs: recorded.mtimeMs, token: recorded.edges, etag: recorded.edges }
}
