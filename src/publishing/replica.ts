import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Catalog, RULES } from '../catalog/catalog.js'
import { claimCatalog } from '../catalog/claim.js'
import { openPublished } from '../catalog/database.js'
import type { FoundDataset } from '../datasets/layouts.js'
import { CatalogTaken, InvalidCatalog } from '../errors.js'
import type { IngestProgress } from '../ingest/ingest.js'
import type { ObjectFolder } from '../storage/object-folder.js'
import { takeCatalog } from './packed-catalog.js'
import type { PackedCatalog } from './packed-catalog.js'
import { newestName, readPublication } from './publication.js'
import type { NamedPublication, Publication } from './publication.js'
import { listingOf } from './served-dataset.js'

/** What is told of the published catalog that is served. */
export interface PublicationFacts {
  name: string
  /** ISO 8601, UTC */
  publishedAt: string
  /** studies that were found other than they were published, since this catalog is served */
  changedStudies: number
  /** looks for a newer catalog that failed, since the start */
  failedLooks: number
}

/** Callbacks of a replica. */
export interface ReplicaListener {
  taken?: (facts: PublicationFacts) => void
  /** a newer catalog could not be had; the old one is served on */
  failed?: (error: Error) => void
  changed?: (studyId: string) => void
}

/** The most replicas that keep their copies in one folder. */
const MOST_SLOTS = 1_000

/**
 * Serves the newest catalog that was published to a folder, and writes nothing but its own copy of it. It looks for a newer one
 * now and then, and takes it between two calls of the catalog.
 */
export class Replica {
  private changed = new Set<string>()
  private failedLooks = 0
  private timer: NodeJS.Timeout | undefined
  private looking: Promise<void> | undefined
  private refusedName: string | undefined

  /** made once, because services keep it; only `findings` follows a newer catalog */
  readonly dataset: FoundDataset

  private constructor (
    private readonly folder: ObjectFolder, private readonly slot: Slot, private current: NamedPublication,
    readonly catalog: Catalog, private readonly listener: ReplicaListener
  ) {
    const { dataset } = current.publication
    this.dataset = { description: dataset.description, listing: listingOf(dataset) }
  }

  /**
   * Take the newest catalog.
   *
   * @param directory for the copy; several replicas may share it
   * @returns undefined where nothing was published yet
   * @throws InvalidCatalog when it is damaged, or of another version of niiserve
   */
  static async begin (folder: ObjectFolder, directory: string, listener: ReplicaListener = {}): Promise<Replica | undefined> {
    const name = await newestName(folder)
    if (name === undefined) return undefined
    const publication = await readPublication(folder, name)
    const slot = await Slot.claim(directory)
    try {
      const catalog = new Catalog(openPublished(await slot.take(folder, publication.catalog), RULES), slot.release)
      slot.keepOnly([publication.catalog])
      const replica = new Replica(folder, slot, { name, publication }, catalog, listener)
      listener.taken?.(replica.publication)
      return replica
    } catch (error) {
      slot.release()
      throw error
    }
  }

  get publication (): PublicationFacts {
    const { name, publication: { publishedAt } } = this.current
    return { name, publishedAt, changedStudies: this.changed.size, failedLooks: this.failedLooks }
  }

  /** All that was published is there. */
  get progress (): IngestProgress {
    const { studies } = this.current.publication.counts
    return { state: 'ready', done: studies, total: studies }
  }

  /** A file is not the one that was published: only the next ingest can read it, so it is told once a study. */
  refresh (studyId: string): void {
    if (this.changed.has(studyId)) return
    this.changed.add(studyId)
    this.listener.changed?.(studyId)
  }

  /** Look for a newer catalog every so many seconds. */
  watch (seconds: number): void {
    this.timer = setTimeout(() => {
      this.look().finally(() => { if (this.timer !== undefined) this.watch(seconds) })
    }, seconds * 1000)
    this.timer.unref()
  }

  /** Take the newest catalog, if it is not the one that is served. What goes wrong is told to the listener. */
  async look (): Promise<void> {
    this.looking ??= this.takeNewest().catch((error: Error) => {
      this.failedLooks++
      this.listener.failed?.(error)
    }).finally(() => { this.looking = undefined })
    await this.looking
  }

  async stop (): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    await this.looking
  }

  private async takeNewest (): Promise<void> {
    const name = await newestName(this.folder)
    // One that was refused is not fetched again: it never changes.
    if (name === undefined || name === this.current.name || name === this.refusedName) return
    const publication = await readPublication(this.folder, name)
    try {
      await this.exchange(publication)
    } catch (error) {
      if (error instanceof InvalidCatalog) this.refusedName = name
      throw error
    }
    this.current = { name, publication }
    this.dataset.listing.findings = publication.dataset.listing.findings
    this.changed = new Set()
    this.listener.taken?.(this.publication)
  }

  private async exchange ({ catalog, dataset }: Publication): Promise<void> {
    const served = this.current.publication
    // Routes were made for this listing: its categories and label sets are part of them.
    if (JSON.stringify(shapeOf(dataset)) !== JSON.stringify(shapeOf(served.dataset))) throw new InvalidCatalog('the newer catalog', 'what is said of the dataset (title, categories, label sets, folds) has changed; start this process again to serve it')
    if (catalog.sha256 === served.catalog.sha256) return
    const database = openPublished(await this.slot.take(this.folder, catalog), RULES)
    await this.catalog.exchange(database)
    // A thread that puts slices in order may be about to open the file of the catalog before.
    this.slot.keepOnly([catalog, served.catalog])
  }
}

/** What is said of a dataset, without what a new look at its files may change. */
function shapeOf ({ description, listing: { findings, reason, ...listing } }: Publication['dataset']): unknown {
  return [description, listing]
}

/** Names under which one replica keeps its copies in a folder, for as long as it lives. */
class Slot {
  private constructor (private readonly directory: string, private readonly prefix: string, readonly release: () => void) {}

  static async claim (directory: string): Promise<Slot> {
    await mkdir(directory, { recursive: true })
    for (let number = 0; ; number++) {
      const prefix = `replica-${number}-`
      try {
        return new Slot(directory, prefix, claimCatalog(join(directory, `replica-${number}`)).release)
      } catch (error) {
        if (!(error instanceof CatalogTaken) || number === MOST_SLOTS) throw error
      }
    }
  }

  /** The copy of a catalog: fetched, unless it is there from before. */
  async take (folder: ObjectFolder, catalog: PackedCatalog): Promise<string> {
    const file = this.fileOf(catalog)
    if (existsSync(file) && await hashOf(file) === catalog.sha256) return file
    await takeCatalog(folder, catalog, file)
    return file
  }

  /** Delete the copies of other catalogs. */
  keepOnly (catalogs: readonly PackedCatalog[]): void {
    const kept = new Set(catalogs.map((catalog) => this.fileOf(catalog)))
    for (const name of readdirSync(this.directory)) {
      if (name.startsWith(this.prefix) && !kept.has(join(this.directory, name))) rmSync(join(this.directory, name), { force: true })
    }
  }

  private fileOf ({ sha256 }: PackedCatalog): string {
    return join(this.directory, `${this.prefix}${sha256.slice(0, 16)}.sqlite`)
  }
}

async function hashOf (file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
