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
import type { LocalStore } from '../storage/local-store.js'
import { readEdges } from '../survey/survey.js'

/** A volume whose file is, at this moment, the one the catalog's facts were read from. */
export interface OpenVolume {
  study: StudyRecord
  record: VolumeRecord
  /** validates every answer made from the file: changes when its content does */
  version: string
  header: NiftiHeader
  layout: VolumeLayout
  state: Identity
  slabMap: SlabMap
  /** of a mask that is some labels of its file: their values */
  labels?: readonly number[]
}

/** A file of a study as it lies there, whether its content can be served or not. */
export interface OriginalFile { record: VolumeRecord, version: string, state: Identity }

/** What is kept per volume, so that a request costs one stat and no SQL. About 4 KiB each. */
const KEPT_HANDLES = 4_096

/** `checkedIn`: the turn of the event loop in which its file was last looked at. */
interface Handle { path: string, volume: OpenVolume, checkedIn: number }

/**
 * Opens volumes for reading: finds them in the catalog, and makes sure at every request that the file is still the one
 * that was read. A file that is not is reported to `onStale`, which has it read anew, and is refused until then.
 */
export class OpenVolumes {
  private readonly handles = new LRUCache<number, Handle>({ max: KEPT_HANDLES })
  /** states of files that were asked for as they are, and found to be what was read */
  private readonly originals = new LRUCache<number, Identity>({ max: KEPT_HANDLES })
  private turn = 0
  private turnEnds = false

  /** @param onStale told the id of a study that is pending, or of which a file has changed, come or gone */
  constructor (private readonly catalog: Catalog, private readonly store: LocalStore, private readonly onStale: (studyId: string) => void) {}

  /** @throws StudyNotFound */
  study (id: string): StudyRecord {
    const study = this.catalog.study(id)
    if (study === undefined) throw new StudyNotFound(id)
    return study
  }

  /**
   * The volume, ready to be read.
   *
   * @throws StudyNotFound, MaskNotFound, VolumeMissing, VolumeUnreadable; CatalogBuilding while its file is (again) being
   *   read into the catalog; Overloaded when the data root is out of reach
   */
  open (studyId: string, slot: string): OpenVolume {
    const { study, record } = this.find(studyId, slot)
    const known = this.handles.get(record.id)
    if (known !== undefined && this.isUnchanged(known)) return known.volume
    const state = this.currentState(record)
    if (record.status === 'unreadable') throw new VolumeUnreadable(`${record.file} cannot be served: ${record.problem}`)
    return this.keep(study, record, state)
  }

  /** The file itself, byte for byte; an unreadable one too. @throws as `open`, but for VolumeUnreadable */
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

  /** Forget a file that turned out not to hold what it held; it is read anew. */
  distrust (volume: OpenVolume): void {
    this.handles.delete(volume.record.id)
    this.onStale(volume.study.id)
  }

  /** Look at a study's files without reading them, so that a change is noticed whatever was asked about the study. */
  notice (study: StudyRecord): void {
    for (const record of [study.image, study.mask, ...study.labels]) {
      if (record === undefined) continue
      try {
        this.currentState(record)
      } catch (error) {
        if (!(error instanceof CatalogBuilding || error instanceof VolumeMissing || error instanceof VolumeUnreadable || error instanceof Overloaded)) throw error
      }
    }
  }

  /**
   * Whether the file is still in the state that was trusted. Requests that are handled in one turn of the event loop
   * have all arrived before its first stat, so that one stat serves them all.
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

  /** The catalog's record of a file that was looked at. @throws StudyNotFound, MaskNotFound, CatalogBuilding while it is pending */
  find (studyId: string, slot: string): { study: StudyRecord, record: VolumeRecord } {
    const study = this.study(studyId)
    if (slot === 'mask' && study.maskFile === null) throw new MaskNotFound(studyId)
    const record = fileAt(study, slot)
    if (record === undefined) {
      this.onStale(studyId)
      throw new CatalogBuilding(`The ${slot} of ${studyId}`)
    }
    return { study, record }
  }

  /** The state of the record's file, if that is the one that was read. */
  private currentState (record: VolumeRecord): Identity {
    const state = this.store.identity(record.file)
    if (state === undefined) {
      if (!this.store.isReachable()) throw new Overloaded('the data root is out of reach', 5)
      if (record.status !== 'missing') this.onStale(record.studyId)
      throw new VolumeMissing(`The ${record.kind} of ${record.studyId} is listed as ${record.file}, and that file is not there.`)
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
    const volume: OpenVolume = { study, record, version: answersVersion(record), header: record.header, layout: record.layout, state, slabMap }
    const path = this.store.resolve(record.file)
    if (path !== undefined) this.handles.set(record.id, { path, volume, checkedIn: -1 })
    return volume
  }

  /**
   * Size and time can be those of before although the content is not, as after `cp -p`: so the first and last bytes are
   * compared too, once per process, and again when the file's change time or inode is another.
   */
  private checkEdges (record: VolumeRecord, state: Identity): void {
    const opened = this.store.open(record.file, state)
    if (opened === undefined) throw new VolumeMissing(`The file of the ${record.kind} of ${record.studyId} has just gone.`)
    try {
      if (readEdges(opened) === record.identity?.edges) return
    } finally {
      opened.close()
    }
    this.onStale(record.studyId)
    throw new CatalogBuilding(`The ${record.kind} of ${record.studyId}, whose file has changed,`)
  }
}

/** Names the content: its SHA-256, or for a file that could not be read through, what is known of it. */
function versionOf (record: VolumeRecord): string {
  return record.sha256?.slice(0, 32) ?? `${record.identity?.edges}-${record.identity?.bytes}-${record.identity?.mtimeMs}`
}

/** Raised when the same mask begins to mean other bits. */
const MASK_RULE = 2

/** Names what answers are made of: the content, and for a mask the rule that reads it and the geometry that it was lent by its image. */
function answersVersion (record: VolumeRecord): string {
  if (record.kind === 'image') return versionOf(record)
  const geometry = createHash('sha256').update(JSON.stringify([record.layout?.affine, record.layout?.spacing])).digest('hex').slice(0, 8)
  return `${versionOf(record)}.m${MASK_RULE}-${geometry}`
}
