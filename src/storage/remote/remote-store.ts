import { CatalogBuilding, Overloaded, VolumeUnreadable } from '../../errors.js'
import { FileRefused, OutsideRoot } from '../refused.js'
import { sameIdentity } from '../identity.js'
import type { Identity } from '../identity.js'
import type { Entry, ObjectStore, OpenFile, StoreSpec } from '../object-store.js'
import { encodedKey } from './address.js'
import { BadAnswer } from './origin.js'
import type { Answer, Origin, Patience } from './origin.js'
import { RemoteFile } from './remote-file.js'

/** The parts of a store that differ between kinds of servers. */
export interface Place {
  /** for messages: the address, without any secret */
  where: string
  /** of the root on its server, encoded, with a slash at its end */
  path: string
  /** what `isReachable` asks for, encoded; absent: any answer will do */
  probe?: string
  /** the entries of a folder; absent where the server cannot list */
  list?: (folder: string) => Promise<Entry[] | undefined>
}

/** Milliseconds for which the answer of `isReachable` is kept. */
const REACHABLE_MS = 2_000

/**
 * Files behind HTTP, read only: an S3 bucket, or any server with ranges and strong ETags. The identity of a file is its
 * ETag. Every read names the identity that it expects in `If-Match`, and believes the answer only if its status, ETag,
 * range and length are those that were asked for: there are servers that ignore `If-Match` and servers that ignore `Range`.
 */
export class RemoteStore implements ObjectStore {
  readonly spec: StoreSpec = { kind: 'remote' }
  private reached = { at: -Infinity, is: false }

  constructor (private readonly place: Place, private readonly origin: Origin) {}

  /** The address, which also names the catalog of this root. */
  get root (): string {
    return this.place.where
  }

  /** Requests sent since the start. */
  get sent (): Readonly<Origin['sent']> {
    return this.origin.sent
  }

  /** Ask for this file from now on, to know whether the root is there: a folder of a web server may answer 403 or 404. */
  probeWith (key: string): void {
    this.place.probe = this.pathOf(key)
  }

  async isReachable (): Promise<boolean> {
    if (performance.now() - this.reached.at < REACHABLE_MS) return this.reached.is
    const { path, probe } = this.place
    const is = await this.origin.ask({ method: 'HEAD', path: probe ?? path }, async (answer) => {
      await answer.body.dump()
      return probe === undefined || answer.statusCode < 400
    }).catch((error) => {
      if (error instanceof Overloaded) return false
      throw error
    })
    this.reached = { at: performance.now(), is }
    return is
  }

  async list (folder: string): Promise<Entry[] | undefined> {
    if (this.place.list === undefined) throw new FileRefused(folder, 'no list')
    return await this.place.list(folder)
  }

  /** @throws OutsideRoot, FileRefused, VolumeUnreadable without a strong ETag, Overloaded when the store is out of reach */
  async identity (key: string, patience?: Patience): Promise<Identity | undefined> {
    return await this.origin.ask({ method: 'HEAD', path: this.pathOf(key) }, async (answer) => {
      await answer.body.dump()
      return await this.identityIn(answer, key, 200)
    }, patience)
  }

  /** @throws as `identity`; CatalogBuilding when the file is not as `expected` */
  async open (key: string, expected?: Identity): Promise<OpenFile | undefined> {
    const identity = await this.identity(key)
    if (identity === undefined) return undefined
    if (expected !== undefined && !sameIdentity(identity, expected)) throw new CatalogBuilding(key)
    return new RemoteFile(this, key, identity)
  }

  /**
   * Bytes `start` to `stop` (exclusive) of a file in a known state, in memory of their own.
   *
   * @throws CatalogBuilding when the file is in another state; FileRefused; Overloaded
   */
  async readRange (key: string, identity: Identity, [start, stop]: readonly [number, number], patience?: Patience): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(stop, identity.bytes)
    const into = Buffer.allocUnsafeSlow(Math.max(0, end - start))
    if (into.length === 0) return into
    await this.ranged(key, identity, [start, end], (chunk, at) => { into.set(chunk, at) }, patience)
    return into
  }

  /**
   * The same, piece by piece as it arrives.
   *
   * @param take gets each piece, and where in the range it belongs; an attempt that is repeated begins again at 0
   * @throws as `readRange`
   */
  async ranged (key: string, identity: Identity, [start, end]: readonly [number, number], take: (chunk: Uint8Array, at: number) => void, patience?: Patience): Promise<void> {
    const headers = { range: `bytes=${start}-${end - 1}`, 'if-match': identity.token }
    await this.origin.ask({ method: 'GET', path: this.pathOf(key), headers }, async (answer) => {
      const { statusCode } = answer
      if (statusCode === 412) throw new CatalogBuilding(key)
      const found = await this.identityIn(answer, key, 206)
      if (found === undefined || !sameIdentity(found, identity)) throw new CatalogBuilding(key)
      const range = /^bytes (\d+)-(\d+)\//.exec(headerOf(answer, 'content-range') ?? '')
      if (Number(range?.[1]) !== start || Number(range?.[2]) !== end - 1) throw new BadAnswer('it answers another range than was asked for')
      let at = 0
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        if (at + chunk.length > end - start) throw new BadAnswer('it sends more than was asked for')
        take(chunk, at)
        at += chunk.length
      }
      if (at < end - start) throw new BadAnswer('its answer is cut short')
    }, patience)
  }

  async close (): Promise<void> {
    await this.origin.close()
  }

  private pathOf (key: string): string {
    if (key.startsWith('/') || key.includes('\0') || key.split(/[/\\]/).some((name) => name === '..' || name === '.')) throw new OutsideRoot(key)
    return this.place.path + encodedKey(key)
  }

  /** What an answer says about its file; undefined when there is none. @param right the status of an answer that has it */
  private async identityIn (answer: Answer, key: string, right: 200 | 206): Promise<Identity | undefined> {
    const { statusCode } = answer
    // A bucket that is gone answers 404 for every file of it, and one whose credentials have expired 403.
    if ([401, 403, 404, 410].includes(statusCode) && !await this.isReachable()) throw new Overloaded('the data root is not reachable', 5)
    if (statusCode === 404 || statusCode === 410) return undefined
    if (statusCode === 200 && right === 206) throw new BadAnswer('it answers the whole file where a range was asked for')
    if (statusCode !== right) throw new FileRefused(key, `HTTP ${statusCode}`)
    const etag = headerOf(answer, 'etag')
    if (etag === undefined || !etag.startsWith('"')) throw new VolumeUnreadable(`${key} cannot be served: the server gives it no strong ETag, so a change of it could not be noticed`)
    const bytes = Number(right === 206 ? /\/(\d+)$/.exec(headerOf(answer, 'content-range') ?? '')?.[1] : headerOf(answer, 'content-length'))
    if (!Number.isSafeInteger(bytes)) throw new BadAnswer('it does not say how long the file is')
    const modified = Date.parse(headerOf(answer, 'last-modified') ?? '')
    return { bytes, modifiedMs: Number.isNaN(modified) ? 0 : modified, token: etag, etag }
  }
}

function headerOf ({ headers }: Answer, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
