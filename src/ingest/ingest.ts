import type { Catalog, SurveyedVolume } from '../catalog/catalog.js'
import type { StudyRecord, VolumeKind, VolumeRecord } from '../catalog/study.js'
import { CatalogBuilding, VolumeUnreadable } from '../errors.js'
import { planeAxis } from '../nifti/slice.js'
import type { LocalStore } from '../storage/local-store.js'
import type { SurveyPool } from '../threads/survey-pool.js'
import { CATEGORIES } from './mosmed.js'
import type { DatasetListing } from './registry.js'
import { mismatches, sliceFacts, surveyFile, unserved } from './study-survey.js'
import type { SurveyedFile } from './study-survey.js'

/** How far the catalog is built. */
export interface IngestProgress { state: 'building' | 'ready', done: number, total: number }

/** What ingest tells on the way. */
export interface IngestListener {
  progress?: (progress: IngestProgress) => void
  /** a study was read, and is as `study` says */
  read?: (study: StudyRecord) => void
  failed?: (studyId: string, error: Error) => void
}

/** A file that is being written is looked at again this often, then called unreadable until it changes once more. */
const CHANGING_FILE_TRIES = 4
const CHANGING_FILE_PAUSE_MS = 500

/** A study that requests find stale is read again no more often than this. */
const REFRESH_PAUSE_MS = 1_000

/**
 * Brings the catalog up to what lies in the data root: reads every study whose files are new or changed, a few at a
 * time, each in one transaction. May be killed at any moment and run again: an unchanged file costs one stat.
 */
export class Ingest {
  private current: IngestProgress = { state: 'building', done: 0, total: 0 }
  private readonly refreshing = new Map<string, Promise<void>>()
  private readonly refreshed = new Map<string, number>()
  private stopped = false

  constructor (
    private readonly catalog: Catalog, private readonly store: LocalStore,
    private readonly pool: SurveyPool, private readonly listener: IngestListener = {}
  ) {}

  get progress (): IngestProgress {
    return this.current
  }

  /** List what the dataset lists. Afterwards every study is in the catalog, the unknown ones as pending. */
  list ({ studies }: DatasetListing): void {
    this.catalog.list(studies.map(({ id, number, category, imageKey, maskKey }) => ({
      id, number, category, severity: CATEGORIES.find((known) => known.id === category)!.severity, imageFile: imageKey, maskFile: maskKey
    })))
    this.current = { state: 'building', done: 0, total: studies.length }
  }

  /** Read what is not known yet, in the order given. Resolves when everything was looked at, or `stop` was called. */
  async run (studyIds: readonly string[]): Promise<void> {
    const rest = studyIds[Symbol.iterator]()
    const work = async () => {
      for (const id of rest) {
        if (this.stopped) return
        await this.bringUpToDate(id, false).catch((error: Error) => this.listener.failed?.(id, error))
        this.current = { ...this.current, done: this.current.done + 1 }
        this.listener.progress?.(this.current)
      }
    }
    await Promise.all(Array.from({ length: this.pool.threads }, work))
    if (!this.stopped) this.current = { ...this.current, state: 'ready' }
    this.listener.progress?.(this.current)
  }

  /** Read one study again, because a request found that its files are not as the catalog says. Returns at once. */
  refresh (studyId: string): void {
    const last = this.refreshed.get(studyId) ?? -Infinity
    if (this.stopped || this.refreshing.has(studyId) || performance.now() - last < REFRESH_PAUSE_MS) return
    const reading = this.bringUpToDate(studyId, true)
      .catch((error: Error) => this.listener.failed?.(studyId, error))
      .finally(() => {
        this.refreshing.delete(studyId)
        this.refreshed.set(studyId, performance.now())
      })
    this.refreshing.set(studyId, reading)
  }

  /** Begin nothing further; resolves when what was begun is stored. */
  async stop (): Promise<void> {
    this.stopped = true
    await Promise.all(this.refreshing.values())
  }

  private async bringUpToDate (studyId: string, anyway: boolean): Promise<void> {
    const study = this.catalog.study(studyId)
    if (study === undefined) return
    const files = [[study.image, study.imageFile], [study.mask, study.maskFile]] as const
    if (!anyway && files.every(([record, file]) => this.isUpToDate(record, file))) return
    // Both files, even where one has changed: what does not fit between them is a fact of the pair.
    const [image, mask] = await Promise.all([
      this.read(study.imageFile, 'image'),
      study.maskFile === null ? null : this.read(study.maskFile, 'mask')
    ])
    if (this.stopped) return
    this.store.isReachable() && this.record(study, image, mask)
    this.listener.read?.(this.catalog.study(studyId)!)
  }

  private isUpToDate (record: VolumeRecord | undefined, file: string | null): boolean {
    if (file === null) return record === undefined
    if (record === undefined) return false
    try {
      const state = this.store.stat(file)
      if (state === undefined) return record.status === 'missing'
      return record.identity !== null && state.bytes === record.identity.bytes && state.mtimeMs === record.identity.mtimeMs
    } catch (error) {
      if (error instanceof VolumeUnreadable) return record.status === 'unreadable' && record.problem === error.message
      throw error
    }
  }

  private async read (file: string, kind: VolumeKind): Promise<SurveyedFile> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await surveyFile(this.pool, file, kind)
      } catch (error) {
        if (!(error instanceof CatalogBuilding)) throw error
        if (attempt === CHANGING_FILE_TRIES) {
          return unserved({ kind, file, status: 'unreadable', problem: `${file} kept changing while it was read.` })
        }
        await new Promise((resolve) => setTimeout(resolve, CHANGING_FILE_PAUSE_MS))
      }
    }
  }

  private record (study: StudyRecord, image: SurveyedFile, mask: SurveyedFile | null): void {
    const lesion = mask?.lesion ?? null
    this.catalog.record(study.id, image.volume, mask === null ? null : withMismatches(image, mask), sliceFacts(image, lesion))
  }
}

function withMismatches (image: SurveyedFile, mask: SurveyedFile): SurveyedVolume {
  if (image.layout === null || mask.layout === null) return mask.volume
  const warnings = [...mask.volume.warnings, ...mismatches(image.layout, mask.layout)]
  if (planeAxis(image.layout.affine, 'axial') !== planeAxis(mask.layout.affine, 'axial')) {
    warnings.push('The mask is stored along other axes than the image.')
  }
  return { ...mask.volume, warnings }
}
