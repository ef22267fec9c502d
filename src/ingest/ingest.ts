import { ignoredValues } from '../catalog/label-rows.js'
import { kindOf } from '../catalog/rows.js'
import type { Catalog, FileState, StudyFiles, SurveyedVolume } from '../catalog/catalog.js'
import type { FileIdentity, StudyRecord, VolumeKind, VolumeRecord } from '../catalog/study.js'
import { CatalogBuilding, VolumeUnreadable } from '../errors.js'
import { isAsRecorded } from '../storage/identity.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { SurveyPool } from '../threads/survey-pool.js'
import type { Listing } from '../datasets/dataset.js'
import { checkCatalog } from './catalog-check.js'
import { entriesOf } from './study-entries.js'
import { labelSlicesOver, lesionOver, sliceFacts, surveyFile, unserved } from './study-survey.js'
import type { SurveyedFile } from './study-survey.js'

/** How much of the catalog is built, in studies. */
export interface IngestProgress { state: 'building' | 'ready', done: number, total: number }

/** Callbacks of a running ingest. */
export interface IngestListener {
  progress?: (progress: IngestProgress) => void
  /** a study was read; `study` is the result */
  read?: (study: StudyRecord) => void
  failed?: (studyId: string, error: Error) => void
  /** what the catalog holds of a study is not what was written; the study is read again */
  unsound?: (studyId: string) => void
  /** the catalog's file is damaged */
  damaged?: (reason: string) => void
}

/** Where histories of access points are kept besides the catalog. */
export interface Shelf {
  /** @returns the volume with references instead of its histories */
  shelve: (volume: SurveyedVolume) => Promise<SurveyedVolume>
}

/** Attempts to read a file that is being written; after that it is unreadable until it changes again. */
const CHANGING_FILE_TRIES = 4
const CHANGING_FILE_PAUSE_MS = 500

/** In ms: how long studies are looked at before others get a turn. */
const TURN_MS = 8

/** In ms: the least time between two reads of a study that requests find stale. */
const REFRESH_PAUSE_MS = 1_000

/**
 * Updates the catalog from the data root: reads every study whose files are new or changed, a few at a time, and
 * writes each in one transaction. It can be killed at any moment and run again: an unchanged file costs one stat.
 */
export class Ingest {
  private current: IngestProgress = { state: 'building', done: 0, total: 0 }
  private readonly reading = new Map<string, Promise<void>>()
  private readonly refreshed = new Map<string, number>()
  private listing: Pick<Listing, 'studies' | 'scale'> = { studies: [] }
  private stopped = false
  private ignored: readonly number[] = []
  private channels = 1

  constructor (
    private readonly catalog: Catalog, private readonly store: Pick<ObjectStore, 'identity' | 'isReachable'>,
    private readonly pool: SurveyPool, private readonly listener: IngestListener = {}, private readonly shelf?: Shelf
  ) {}

  get progress (): IngestProgress {
    return this.current
  }

  /** Make the catalog list the dataset's studies; new ones are pending. */
  list (listing: Pick<Listing, 'studies' | 'scale' | 'labelSets' | 'channels'>): void {
    this.listing = listing
    this.ignored = ignoredValues(listing.labelSets)
    this.channels = listing.channels?.length ?? 1
    this.catalog.list(entriesOf(listing))
    this.current = { state: 'building', done: 0, total: listing.studies.length }
  }

  /**
   * Read what is not known yet, in the order given; check a large catalog meanwhile. Resolves when every study was looked at,
   * or `stop` was called.
   */
  async run (studyIds: readonly string[]): Promise<void> {
    const rest = studyIds[Symbol.iterator]()
    let turn = performance.now()
    const work = async () => {
      for (const id of rest) {
        if (this.stopped) return
        // Looking at a study that is up to date waits for nothing, so without a pause a hundred thousand would take one turn.
        if (performance.now() - turn > TURN_MS) {
          await new Promise((resolve) => setImmediate(resolve))
          turn = performance.now()
        }
        await this.bringUpToDate(id).catch((error: Error) => this.fail(id, error))
        this.current = { ...this.current, done: this.current.done + 1 }
        this.listener.progress?.(this.current)
      }
    }
    await Promise.all([this.check(), ...Array.from({ length: this.pool.threads }, work)])
    if (!this.stopped) this.current = { ...this.current, state: 'ready' }
    this.listener.progress?.(this.current)
  }

  /**
   * Read one study out of turn, because a request found it pending or its files changed. Returns at once: facts of the old
   * files are deleted, and the study is pending until the new ones are read.
   */
  refresh (studyId: string): void {
    const last = this.refreshed.get(studyId) ?? -Infinity
    if (this.stopped || this.reading.has(studyId) || performance.now() - last < REFRESH_PAUSE_MS) return
    this.refreshed.set(studyId, performance.now())
    if (this.catalog.study(studyId)?.image !== undefined) this.catalog.suspend(studyId)
    this.bringUpToDate(studyId).catch((error: Error) => this.fail(studyId, error))
  }

  /** A read that is given up because the service ends has not failed. */
  private fail (studyId: string, error: Error): void {
    if (!this.stopped) this.listener.failed?.(studyId, error)
  }

  /** List a study anew whose rows are not what was written; `refresh` reads it. */
  renew (studyId: string): void {
    const listed = this.listing.studies.find(({ id }) => id === studyId)
    this.listener.unsound?.(studyId)
    if (listed !== undefined) this.catalog.renew(entriesOf({ ...this.listing, studies: [listed] })[0]!)
  }

  /** Check the content of a catalog that was too large to be checked when it was opened. */
  private async check (): Promise<void> {
    if (this.catalog.isChecked) return
    const damage = await checkCatalog(this.catalog.file)
    if (damage.whole !== null) this.listener.damaged?.(damage.whole)
    for (const id of damage.studies) {
      if (this.stopped) return
      if (this.catalog.isSound(id)) continue // it was written after the check began
      this.renew(id)
      this.refresh(id)
    }
    this.catalog.isChecked = true
  }

  /** Start no further reads; resolves when the running ones have ended. */
  async stop (): Promise<void> {
    this.stopped = true
    await Promise.allSettled(this.reading.values())
  }

  /** Read a study if its files differ from the catalog's. A study that is already being read is not read twice. */
  private async bringUpToDate (studyId: string): Promise<void> {
    const underWay = this.reading.get(studyId)
    if (underWay !== undefined) return await underWay
    const known = this.catalog.files(studyId)
    if (known === undefined) return
    const reading = this.readIfStale(studyId, known).finally(() => this.reading.delete(studyId))
    this.reading.set(studyId, reading)
    await reading
  }

  private async readIfStale (studyId: string, { keys, states }: StudyFiles): Promise<void> {
    for (const [slot, key] of keys) {
      if (await this.isUpToDate(states.get(slot), key)) continue
      const study = this.catalog.study(studyId)
      return study && await this.readStudy(study)
    }
    if (![...states.values()].some(({ status, texts }) => status === 'ready' && texts === null)) return
    const study = this.catalog.study(studyId)
    if (study !== undefined) await this.readTexts(study)
  }

  /** Look at the texts of files that an older version read without looking at them. Only their first bytes are read. */
  private async readTexts ({ id, image, mask, labels }: StudyRecord): Promise<void> {
    const unread = [image, mask, ...labels].filter((file) => file?.status === 'ready' && file.texts === null && file.layout !== null) as VolumeRecord[]
    for (const { id: volumeId, key, layout } of unread) this.catalog.noteTexts(id, volumeId, await this.pool.texts({ key, voxOffset: layout!.voxOffset }) ?? [])
  }

  private async readStudy (study: StudyRecord): Promise<void> {
    // Read both files even if only one changed: whether they fit together is a fact of the pair.
    const [image, mask] = await Promise.all([
      this.read(study.imageKey, 'image'),
      study.maskKey === null ? null : this.read(study.maskKey, 'mask')
    ])
    const labels: SurveyedFile[] = []
    for (const [slot, key] of Object.entries(study.labelKeys)) labels.push(await this.read(key, kindOf(slot) === 'image' ? 'image' : 'mask', slot))
    // An unreachable root does not mean that every file is missing: the study stays pending.
    if (this.stopped || !await this.store.isReachable()) return
    const over = lesionOver(mask, image, this.ignored)
    this.catalog.record(study.id, image.volume, mask && { ...mask.volume, lesion: over?.lesion ?? null, labelSlices: labelSlicesOver(mask, image) }, sliceFacts(image, over?.perSlice ?? null),
      labels.map((set) => ({ ...set.volume, lesion: lesionOver(set, image)?.lesion ?? null, labelSlices: labelSlicesOver(set, image) })))
    this.listener.read?.(this.catalog.study(study.id)!)
  }

  private async isUpToDate (record: FileState | undefined, key: string | null): Promise<boolean> {
    if (key === null) return record === undefined
    if (record === undefined) return false
    try {
      const state = await this.store.identity(key)
      if (state === undefined) return record.status === 'missing'
      return isAsRecorded(state, record.identity)
    } catch (error) {
      if (error instanceof VolumeUnreadable) return record.status === 'unreadable' && record.problem === error.message
      throw error
    }
  }

  private async read (key: string, kind: VolumeKind, slot: string = kind): Promise<SurveyedFile> {
    for (let attempt = 1; ; attempt++) {
      try {
        const surveyed = await surveyFile(this.pool, key, kind, slot, this.channels)
        if (surveyed.volume.status === 'unreadable') surveyed.volume.identity ??= await this.identityOf(key)
        return this.shelf === undefined ? surveyed : { ...surveyed, volume: await this.shelf.shelve(surveyed.volume) }
      } catch (error) {
        if (!(error instanceof CatalogBuilding)) throw error
        if (attempt === CHANGING_FILE_TRIES) {
          return unserved({ kind, slot, key, status: 'unreadable', problem: `${key} kept changing while it was read.` })
        }
        await new Promise((resolve) => setTimeout(resolve, CHANGING_FILE_PAUSE_MS))
      }
    }
  }

  /** The identity of a file that could not be opened: enough to notice when it is replaced. */
  private async identityOf (key: string): Promise<FileIdentity | null> {
    try {
      const state = await this.store.identity(key)
      return state === undefined ? null : { bytes: state.bytes, mtimeMs: state.modifiedMs, edges: state.etag ?? '' }
    } catch (error) {
      if (error instanceof VolumeUnreadable) return null
      throw error
    }
  }
}
