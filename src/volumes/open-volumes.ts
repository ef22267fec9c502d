import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Catalog, SlabMap } from '../catalog/catalog.js'
import { fileAt } from '../catalog/label-rows.js'
import type { StudyRecord, VolumeRecord } from '../catalog/study.js'
import { CatalogBuilding, MaskNotFound, Overloaded, StudyNotFound, VolumeMissing, VolumeUnreadable } from '../errors.js'
import type { NiftiHeader } from '../nifti/header.js'
import type { VolumeLayout } from '../nifti/volume.js'
import { isAsRecorded, sameIdentity } from '../storage/identity.js'
import type { Identity } from '../storage/identity.js'
import type { FileStates } from '../storage/object-store.js'

/** A volume whose file is currently the one that the catalog's facts were read from. */
export interface OpenVolume {
  study: StudyRecord
  record: VolumeRecord
  /** validates every answer made from the file: it changes when the content does */
  version: string
  header: NiftiHeader
  layout: VolumeLayout
  state: Identity
  slabMap: SlabMap
  /** of a mask that is some labels of its file: their values */
  labels?: readonly number[]
  /** of a mask: values that are not of it, because they mark what nobody annotated */
  except?: readonly number[]
  /** of an image whose fourth axis is channels: which, but for the first */
  channel?: number
  /** of a label set with a file for each label: those files, in the order in which they are painted */
  parts?: readonly LabelPart[]
}

/** A binary file, and the value that its label has in the set. */
export interface LabelPart { volume: OpenVolume, value: number }

/** A study's file as it is on disk, whether or not its content can be served. */
export interface OriginalFile { record: VolumeRecord, version: string, state: Identity }

/** Volumes kept open, so that a request costs one stat and no SQL. About 4 KiB each. */
const KEPT_HANDLES = 4_096

/** `checkedIn`: the turn of the event loop in which the file was last checked. */
interface Handle { path: string, volume: OpenVolume, checkedIn: number }

/**
 * Opens volumes for reading: finds them in the catalog, and checks at every request that the file is still the one that
 * was read. A file that has changed is reported to `onStale`, which reads it again; until then it is refused.
 */
export class OpenVolumes {
  private readonly handles = new LRUCache<number, Handle>({ max: KEPT_HANDLES })
  /** states of original files that were asked for and found to be the ones that were read */
  private readonly originals = new LRUCache<number, Identity>({ max: KEPT_HANDLES })
  private turn = 0
  private turnEnds = false

  /**
   * @param onStale gets the id of a study that is pending, or of which a file has changed, appeared or disappeared
   * @param ignored values of masks that mark what nobody annotated
   */
  constructor (private readonly catalog: Catalog, private readonly store: FileStates, private readonly onStale: (studyId: string) => void, private readonly ignored: readonly number[] = []) {}

  /** @throws StudyNotFound */
  study (id: string): StudyRecord {
    const study = this.catalog.study(id)
    if (study === undefined) throw new StudyNotFound(id)
    return study
  }

  /**
   * The volume, ready to be read.
   *
   * @throws StudyNotFound, MaskNotFound, VolumeMissing, VolumeUnreadable; CatalogBuilding while its file is being read
   *   into the catalog, for the first time or again; Overloaded when the data root is out of reach
   */
  open (studyId: string, slot: string): OpenVolume {
    const { study, record } = this.find(studyId, slot)
    const known = this.handles.get(record.id)
    if (known !== undefined && this.isUnchanged(known)) return known.volume
    const state = this.currentState(record)
    if (record.status === 'unreadable') throw new VolumeUnreadable(`${record.key} cannot be served: ${record.problem}`)
    return this.keep(study, record, state)
  }

  /** The file itself, byte for byte, even if it is unreadable. @throws as `open`, except VolumeUnreadable */
  original (studyId: string, slot: string): OriginalFile {
    const { record } = this.find(studyId, slot)
    const state = this.currentState(record)
    const trusted = this.originals.get(record.id)
    if (trusted === undefined || !sameIdentity(state, trusted)) {
      this.checkEdges(record, state)
      this.originals.set(record.id, state)
    }
    return { record, version: versionOf(record), state }
  }

  /** Forget a file whose content turned out to have changed; it is read again. */
  distrust (volume: OpenVolume): void {
    this.handles.delete(volume.record.id)
    this.onStale(volume.study.id)
  }

  /** Whether the files are asked about over a network, and so not at every request. */
  get areAfar (): boolean {
    return this.store.isFresh !== undefined
  }

  /** Whether the store's last word on the volume's files is recent; always so where it is asked at every request. */
  isFresh (volume: OpenVolume): boolean {
    return this.store.isFresh === undefined || filesOf(volume).every(({ key }) => this.store.isFresh!(key))
  }

  /**
   * Wait until the store's last word on the volume's files is recent.
   *
   * @throws CatalogBuilding when one has changed; VolumeMissing; Overloaded when the data root is out of reach
   */
  async confirm (volume: OpenVolume): Promise<void> {
    if (this.isFresh(volume)) return
    await Promise.all(filesOf(volume).map(async (record) => await this.store.confirm?.(record.key, record.identity)))
    try {
      for (const record of filesOf(volume)) this.currentState(record)
    } catch (error) {
      this.handles.delete(volume.record.id)
      throw error
    }
  }

  /** The same for all files of a study. Never throws: what is wrong with a file is said when it is opened. */
  async confirmStudy (studyId: string): Promise<void> {
    const study = this.catalog.study(studyId)
    if (study === undefined) return
    await Promise.all([study.image, study.mask, ...study.labels].map(async (record) => {
      if (record !== undefined && this.store.isFresh?.(record.key) === false) await this.store.confirm?.(record.key, record.identity)
    }))
  }

  /** Check a study's files without reading them, so that a change is noticed whatever was asked about the study. */
  notice (study: StudyRecord): void {
    for (const record of [study.image, study.mask, ...study.labels]) {
      if (record === undefined) continue
      if (this.store.isFresh?.(record.key) === false) this.store.confirm?.(record.key, record.identity).then(() => this.currentState(record)).catch(() => {})
      try {
        this.currentState(record)
      } catch (error) {
        if (!(error instanceof CatalogBuilding || error instanceof VolumeMissing || error instanceof VolumeUnreadable || error instanceof Overloaded)) throw error
      }
    }
  }

  /**
   * Whether the file is still in the state that was read. One stat serves all requests handled in one turn of the event
   * loop: they all arrived before that stat.
   */
  private isUnchanged (handle: Handle): boolean {
    if (handle.checkedIn === this.turn) return true
    const state = this.store.identityOfPath(handle.path)
    if (state === undefined || !sameIdentity(state, handle.volume.state)) return false
    if (!this.turnEnds) {
      this.turnEnds = true
      setImmediate(() => {
        this.turn++
        this.turnEnds = false
      })
    }
    handle.checkedIn = this.turn
    return true
  }

  /** The catalog's record of a file that was read. @throws StudyNotFound, MaskNotFound, CatalogBuilding while it is pending */
  find (studyId: string, slot: string): { study: StudyRecord, record: VolumeRecord } {
    const study = this.study(studyId)
    if (slot === 'mask' && study.maskKey === null) throw new MaskNotFound(studyId)
    const record = fileAt(study, slot)
    if (record === undefined) {
      this.onStale(studyId)
      throw new CatalogBuilding(`The ${slot} of ${studyId}`)
    }
    return { study, record }
  }

  /** The current state of the record's file, if it is still the one that was read. */
  private currentState (record: VolumeRecord): Identity {
    const state = this.store.identity(record.key, record.identity)
    if (state === undefined) {
      if (!this.store.isReachable()) throw new Overloaded('the data root is not reachable', 5)
      if (record.status !== 'missing') this.onStale(record.studyId)
      throw new VolumeMissing(`The ${record.kind} of ${record.studyId} is listed as ${record.key}, but that file does not exist.`)
    }
    if (!isAsRecorded(state, record.identity)) {
      this.onStale(record.studyId)
      throw new CatalogBuilding(`The ${record.kind} of ${record.studyId}, whose file has changed,`)
    }
    return state
  }

  private keep (study: StudyRecord, record: VolumeRecord, state: Identity): OpenVolume {
    this.checkEdges(record, state)
    const slabMap = this.catalog.slabMap(record.id)
    if (slabMap === undefined || record.layout === null || record.header === null) throw new CatalogBuilding(`The ${record.kind} of ${study.id}`)
    const except = record.slot === 'mask' && this.ignored.length > 0 ? this.ignored : undefined
    const volume: OpenVolume = { study, record, ...(except !== undefined && { except }), version: `${answersVersion(record)}${except === undefined ? '' : `.but${except.join('-')}`}`, header: record.header, layout: record.layout, state, slabMap }
    const path = this.store.resolve(record.key)
    if (path !== undefined) this.handles.set(record.id, { path, volume, checkedIn: -1 })
    return volume
  }

  /**
   * Size and time can be unchanged although the content is not, as after `cp -p`. So the first and last bytes are compared
   * too, once per process, and again when the file's change time or inode has changed.
   */
  private checkEdges (record: VolumeRecord, state: Identity): void {
    const edges = this.store.edges(record.key, state)
    if (edges === undefined) throw new VolumeMissing(`The file of the ${record.kind} of ${record.studyId} has just been removed.`)
    if (edges === record.identity?.edges) return
    this.onStale(record.studyId)
    throw new CatalogBuilding(`The ${record.kind} of ${record.studyId}, whose file has changed,`)
  }
}

function filesOf ({ record, parts }: OpenVolume): VolumeRecord[] {
  return parts === undefined ? [record] : parts.map(({ volume }) => volume.record)
}

/** Names the content: by its SHA-256, or, for a file that could not be read to its end, by edges, size and time. */
function versionOf (record: VolumeRecord): string {
  return record.sha256?.slice(0, 32) ?? `${record.identity?.edges}-${record.identity?.bytes}-${record.identity?.mtimeMs}`
}

/** Raise it when the same mask file begins to mean other bits. */
const MASK_RULE = 2

/** Names what answers are made of: the content, and for a mask also the mask rule and the geometry it gets from its image. */
function answersVersion (record: VolumeRecord): string {
  if (record.kind === 'image') return versionOf(record)
  const geometry = createHash('sha256').update(JSON.stringify([record.layout?.affine, record.layout?.spacing])).digest('hex').slice(0, 8)
  return `${versionOf(record)}.m${MASK_RULE}-${geometry}`
}
