import { LRUCache } from 'lru-cache'
import { isUnchecked } from './database.js'
import type { Database } from './database.js'
import { Questions } from './questions.js'
import { prepareSealer } from './seal.js'
import type { Sealer } from './seal.js'
import { bytesOf, copied, identityOf, sliceOf, studyOf, volumeOf } from './rows.js'
import type { SliceFactsRow, StudyRow, VolumeRow } from './rows.js'
import { revisionOf, shownStudy } from './shown-study.js'
import type { KeptStudy } from './shown-study.js'
import { isPlainMask, labelPixels, labelRows } from './label-rows.js'
import type { NamedLabelSet } from './label-rows.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import { qualityOfStudy, voxelsHash } from './study-quality.js'
import { prepareStatements } from './statements.js'
import { StudyColumns } from './study-columns.js'
import { isAnnotated, statusOf, studyFacts, VOLUMES } from './study.js'
import type { SliceFacts, StudyEntry, StudyRecord, VolumeRecord } from './study.js'

/** Parsed studies kept in memory, so that a request for a slice needs no SQL. */
const PARSED_STUDIES = 4_096
/** Their files, at most: a study of TotalSegmentator has 117, with the slices of each. */
const PARSED_FILES = 3 * PARSED_STUDIES

/** Version of the rules that turn files into facts: raise it when they change. Stored as `user_version`. */
export const RULES = 5

/** Everything ingest learned of one file; `slabs` and `points` are absent where it has no random access. */
export interface SurveyedVolume extends Pick<VolumeRecord,
  'kind' | 'key' | 'status' | 'problem' | 'warnings' | 'identity' | 'sha256' | 'intensity' | 'lesion' | 'values' | 'labelSlices' | 'texts'> {
  slot: string
  headerBytes: Uint8Array | null
  slabs: { ends: Float64Array | null, crcs: Uint32Array } | null
  points: readonly StoredPoint[]
}

/** An access point as it is stored, its history packed. */
export interface StoredPoint { outOffset: number, inOffset: number, bit: number, history: Uint8Array }

/** An access point without its history; reading a range fetches the history by `id`. */
export interface PointEntry { id: number, outOffset: number, inOffset: number, bit: number }

/** What random access needs: access points, and for each half slab, in order, where its input ends and its CRC-32. */
export interface SlabMap { ends: Float64Array | null, crcs: Uint32Array, points: PointEntry[] }

/** The state a file of a study was in when it was read; `texts` is null where its texts were not looked at. */
export interface FileState extends Pick<VolumeRecord, 'status' | 'problem' | 'identity'> { texts: string | null }

/** Keys of a study's files by slot, null where there is none, and the states of those that were read. */
export interface StudyFiles { keys: ReadonlyMap<string, string | null>, states: ReadonlyMap<string, FileState> }

/** The SQLite catalog: what exists and what is known of it. Takes rows, returns domain values; all synchronous. */
export class Catalog {
  /** what is asked by filter */
  readonly ask: Questions
  private readonly parsed = new LRUCache<string, StudyRecord>({ max: PARSED_STUDIES, maxSize: PARSED_FILES, sizeCalculation: ({ labels }) => 2 + labels.length })
  private statements: ReturnType<typeof prepareStatements>
  private seals: Sealer
  private cachedRevision: string | undefined
  /** tells that a study's row is written, inside `write` */
  private touch: (studyId: string) => void = () => {}
  private writes = 0
  /** what is added to the ids of this database, see `exchange` */
  private idBase = 0
  private labelSets: readonly NamedLabelSet[] = []
  private readonly sound = new Set<string>()
  /** false: the catalog is large, and what it holds was not checked when it was opened */
  isChecked: boolean
  /** called before a study is used that is not what was written; has it listed anew */
  onUnsound: (id: string) => void = () => {}

  /** @param release called after the database is closed; releases the lock taken with it */
  constructor (private database: Database, private readonly release: () => void = () => {}) {
    this.statements = prepareStatements(database)
    this.isChecked = !isUnchecked(database)
    this.seals = prepareSealer(database)
    this.ask = new Questions(database)
  }

  /** Increases with every change; equal numbers mean that nothing was written in between. */
  get generation (): number {
    return this.writes
  }

  /** The study of that id, with its files; undefined where the catalog does not list it. */
  study (id: string): StudyRecord | undefined {
    const known = this.parsed.get(id)
    if (known !== undefined) return known
    this.verify(id)
    const row = this.statements.study.get(id) as StudyRow | undefined
    if (row === undefined) return undefined
    const volumes = (this.statements.volumes.all(id) as VolumeRow[]).map((volume) => volumeOf(volume, this.idBase))
    const study = studyOf(row, volumes)
    this.parsed.set(id, study)
    return study
  }

  /** The study as the API shows it, as JSON text. */
  factsJson (id: string): string | undefined {
    const study = this.statements.facts.get(id) as KeptStudy | undefined
    return study && shownStudy(study)
  }

  /** Changes whenever anything about the study changes; undefined where the catalog does not list it. */
  studyRevision (id: string): string | undefined {
    return (this.statements.facts.get(id) as KeptStudy | undefined)?.revision
  }

  /** Facts of each axial slice of one study, in order. */
  slices (studyId: string): SliceFacts[] {
    return (this.statements.slices.all(studyId) as SliceFactsRow[]).map(sliceOf)
  }

  /** Facts of one axial slice; undefined where the catalog has none. */
  slice (studyId: string, index: number): SliceFacts | undefined {
    const row = this.statements.slice.get(studyId, index) as SliceFactsRow | undefined
    return row && sliceOf(row)
  }

  /** What random access into a volume needs; undefined where its file cannot be read. */
  slabMap (volumeId: number): SlabMap | undefined {
    const row = this.statements.slabs.get(volumeId - this.idBase) as { ends: Buffer | null, crcs: Buffer } | undefined
    if (row === undefined) return undefined
    return {
      ends: row.ends === null ? null : new Float64Array(copied(row.ends)),
      crcs: new Uint32Array(copied(row.crcs)),
      points: this.statements.points.all({ base: this.idBase, volumeId: volumeId - this.idBase }) as PointEntry[]
    }
  }

  /** The packed history of an access point, or a reference to it in a sidecar; undefined when the file was read again in the meantime. */
  history (pointId: number): Uint8Array | undefined {
    return this.statements.history.get(pointId - this.idBase) as Buffer | undefined
  }

  /** What is kept as the history of the last point that has one; empty where none has. */
  anyHistory (): Uint8Array {
    return this.database.prepare('SELECT history FROM access_points WHERE length(history) > 0 ORDER BY id DESC LIMIT 1').pluck().get() as Buffer | undefined ?? new Uint8Array(0)
  }

  /** Use the dataset's names for its labels. If they changed, the facts of all studies are rewritten. */
  describeLabels (sets: readonly NamedLabelSet[]): void {
    this.labelSets = sets
    const text = JSON.stringify(sets)
    if (this.database.prepare('SELECT sets FROM label_sets').pluck().get() === text) return
    this.write(() => {
      this.database.prepare('INSERT INTO label_sets VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET sets = excluded.sets').run(text)
      for (const id of this.statements.ids.all() as string[]) this.refreshStudy(id)
    })
  }

  /** The files of a study, and the states they were in when they were read; undefined where the catalog does not list it. */
  files (id: string): StudyFiles | undefined {
    const row = this.statements.files.get(id) as { image_file: string, mask_file: string | null, label_files: string } | undefined
    if (row === undefined) return undefined
    const states = new Map((this.statements.fileStates.all(id) as VolumeRow[]).map(({ kind, status, problem, texts, ...row }): [string, FileState] => [kind, { status, problem, texts, identity: identityOf(row) }]))
    const keys = new Map([['image', row.image_file], ['mask', row.mask_file]])
    if (row.label_files !== '{}') for (const [slot, key] of Object.entries(JSON.parse(row.label_files) as Record<string, string>)) keys.set(slot, key)
    return { keys, states }
  }

  /** Make the catalog list exactly these studies: new ones are pending, changed ones updated, missing ones deleted. */
  list (studies: readonly StudyEntry[]): void {
    const listed = new Map(studies.map((study) => [study.id, study]))
    const gone: string[] = []
    const changed: StudyEntry[] = []
    for (const row of this.entries()) {
      const study = listed.get(row[0])
      if (study === undefined) gone.push(row[0])
      else if (!isSame(row, study)) changed.push(study)
      listed.delete(row[0])
    }
    if (gone.length + changed.length + listed.size === 0) return
    this.write(() => {
      for (const study of listed.values()) this.insert(study)
      for (const study of changed) this.relist(this.study(study.id)!, study)
      for (const id of gone) {
        this.statements.deleteStudy.run(id)
        this.touch(id)
        this.seals.unseal(id)
      }
    })
  }

  /**
   * Update what older rules wrote to the current rules: facts are computed again from what the catalog keeps of the files.
   * A study is pending again where the catalog does not keep enough.
   *
   * @returns how many studies were brought up to date, and how many must be read again
   */
  adopt (): { updated: number, pending: number } {
    const written = this.database.pragma('user_version', { simple: true }) as number
    const done = { updated: 0, pending: 0 }
    if (written === RULES) return done
    this.write(() => {
      for (const id of this.statements.ids.all() as string[]) {
        const isEnough = isKnownEnough(this.study(id)!)
        if (isEnough) {
          for (const { id: volume, header, crcs } of this.statements.voxelsUnknown.all(id) as { id: number, header: Buffer, crcs: Buffer }[]) this.statements.noteVoxels.run(voxelsHash(header, crcs), volume)
          this.refreshStudy(id)
        } else this.forget(id)
        done[isEnough ? 'updated' : 'pending']++
      }
      this.database.pragma(`user_version = ${RULES}`)
    })
    return done
  }

  /** Store what was learned of a study's files, in one transaction. A null mask deletes the stored mask. */
  record (studyId: string, image: SurveyedVolume | undefined, mask: SurveyedVolume | null | undefined, slices: readonly SliceFacts[], labels: readonly SurveyedVolume[] = []): void {
    this.write(() => {
      for (const volume of [image, mask, ...labels]) {
        if (volume != null) this.replaceVolume(studyId, volume)
      }
      if (mask === null) this.statements.deleteVolume.run(studyId, 'mask')
      this.parsed.delete(studyId)
      this.statements.deleteSlices.run(studyId)
      for (const slice of slices) this.statements.insertSlice.run({ studyId, ...slice })
      this.refreshStudy(studyId)
    })
  }

  /** Forget all of a study, even what is listed of it, and list it anew: it is pending. */
  renew (listed: StudyEntry): void {
    this.write(() => {
      this.statements.deleteStudy.run(listed.id)
      this.parsed.delete(listed.id)
      this.insert(listed)
    })
  }

  /** Whether the rows of a study are what was written. */
  isSound (id: string): boolean {
    return this.seals.holds(id)
  }

  /** Keep what the texts of a file may give away, which an older version did not look at. */
  noteTexts (studyId: string, volumeId: number, texts: readonly TextFinding[]): void {
    this.write(() => {
      this.statements.noteTexts.run(JSON.stringify(texts), volumeId)
      this.parsed.delete(studyId)
      this.refreshStudy(studyId)
    })
  }

  /** Delete what was learned of a study's files, because the files changed: the study is pending again. */
  suspend (studyId: string): void {
    this.write(() => { this.forget(studyId) })
  }

  /** A hash of the revisions of all studies: equal as long as no answer about the dataset changes. */
  revision (): string {
    this.cachedRevision ??= StudyColumns.of(this.database).revision
    return this.cachedRevision
  }

  /**
   * Answer from another database, once what lists go by has been read from it; the one that was used is closed when what was
   * begun on it has ended. Every answer is a call of its own, so none mixes the two. Ids go on counting: what is kept under
   * the id of a volume or a point is never taken for another's.
   */
  async exchange (database: Database): Promise<void> {
    await StudyColumns.prepare(database)
    this.idBase += this.database.prepare('SELECT MAX((SELECT COALESCE(MAX(id), 0) FROM volumes), (SELECT COALESCE(MAX(id), 0) FROM access_points))').pluck().get() as number
    this.statements = prepareStatements(database)
    this.isChecked = !isUnchecked(database)
    this.seals = prepareSealer(database)
    this.ask.exchange(database)
    this.database = database
    this.parsed.clear()
    this.cachedRevision = undefined
    this.writes++
  }

  /** Where the catalog is; `:memory:` if it is in no file. */
  get file (): string {
    return this.database.name
  }

  /** Read from the file. @throws where it cannot be read any more */
  read (): void {
    this.database.pragma('schema_version')
  }

  close (): void {
    this.database.close()
    this.release()
  }

  /** Until a large catalog was checked as a whole, each study is checked when it is first used. */
  private verify (id: string): void {
    if (this.isChecked || this.sound.has(id)) return
    this.sound.add(id)
    if (!this.seals.holds(id)) this.onUnsound(id)
  }

  /** What is listed, ten thousand studies at a time. */
  private * entries (): Generator<EntryRow> {
    for (let after = ''; ;) {
      const [last, text] = this.statements.entriesAfter.get(after) as [last: string | null, text: string]
      if (last === null) return
      yield * JSON.parse(text) as EntryRow[]
      after = last
    }
  }

  private forget (studyId: string): void {
    for (const slot of [...VOLUMES, ...Object.keys(this.study(studyId)?.labelKeys ?? {})]) this.statements.deleteVolume.run(studyId, slot)
    this.statements.deleteSlices.run(studyId)
    this.parsed.delete(studyId)
    this.refreshStudy(studyId)
  }

  private insert (listed: StudyEntry): void {
    this.statements.insertStudy.run({ ...listed, labelKeys: JSON.stringify(listed.labelKeys), ...this.shownOf(pending(listed)) })
    this.touch(listed.id)
    this.seals.seal(listed.id)
  }

  private relist (known: StudyRecord, listed: StudyEntry): void {
    // Facts belong to files: a new path is a new file; a new category keeps the facts. A mask has its image's geometry.
    if (known.imageKey !== listed.imageKey) this.statements.deleteVolume.run(known.id, 'image')
    if (known.imageKey !== listed.imageKey || known.maskKey !== listed.maskKey) this.statements.deleteVolume.run(known.id, 'mask')
    for (const slot of Object.keys(known.labelKeys)) if (known.imageKey !== listed.imageKey || known.labelKeys[slot] !== listed.labelKeys[slot]) this.statements.deleteVolume.run(known.id, slot)
    this.statements.updateStudy.run({ ...listed, labelKeys: JSON.stringify(listed.labelKeys) })
    this.parsed.delete(known.id)
    this.refreshStudy(known.id)
  }

  private replaceVolume (studyId: string, volume: SurveyedVolume): void {
    this.statements.deleteVolume.run(studyId, volume.slot)
    const { lastInsertRowid } = this.statements.insertVolume.run({
      studyId,
      kind: volume.slot,
      file: volume.key,
      status: volume.status,
      problem: volume.problem,
      warnings: JSON.stringify(volume.warnings),
      bytes: volume.identity?.bytes ?? null,
      mtimeMs: volume.identity?.mtimeMs ?? null,
      edges: volume.identity?.edges ?? null,
      sha256: volume.sha256,
      header: volume.headerBytes,
      intensity: jsonOrNull(volume.intensity),
      lesion: jsonOrNull(volume.lesion),
      values: jsonOrNull(volume.values),
      labelSlices: jsonOrNull(volume.labelSlices),
      texts: jsonOrNull(volume.texts),
      voxels: volume.slabs === null || volume.headerBytes === null ? null : voxelsHash(volume.headerBytes, bytesOf(volume.slabs.crcs))
    })
    if (volume.slabs === null) return
    this.statements.insertSlabs.run(lastInsertRowid, volume.slabs.ends === null ? null : bytesOf(volume.slabs.ends), bytesOf(volume.slabs.crcs))
    for (const point of volume.points) this.statements.insertPoint.run({ volumeId: lastInsertRowid, ...point })
  }

  /** Write what each slice has of each label, unless labels say no more than lesion or not. */
  private labelSlices (study: StudyRecord): void {
    if (isPlainMask(this.labelSets)) {
      this.statements.unlabelSlices.run(null, study.id, null)
      return
    }
    this.statements.unlabelSlices.run('{}', study.id, '{}')
    for (const [slice, pixels] of labelPixels(study, this.labelSets)) this.statements.labelSlice.run(JSON.stringify(pixels), study.id, slice)
  }

  /** Update the searched columns and the shown facts from the volumes. */
  private refreshStudy (id: string): void {
    const study = this.study(id)
    if (study === undefined) return
    const axialSlices = this.statements.countSlices.get(id) as number
    this.labelSlices(study)
    const quality = JSON.stringify(qualityOfStudy(study, this.labelSets))
    this.statements.refreshStudy.run({
      id,
      status: statusOf(study.image),
      annotated: isAnnotated(study.mask) ? 1 : 0,
      slices: study.image?.status === 'ready' ? axialSlices : null,
      lesionMl: study.mask?.lesion?.volumeMl ?? null,
      quality,
      ...this.shownOf(study, quality)
    })
    this.touch(id)
    this.seals.seal(id)
    this.parsed.delete(id)
  }

  /** The study as the API shows it, with its labels unless they say no more than lesion or not. */
  private shownOf (study: StudyRecord, quality = '[]'): KeptStudy {
    const isPlain = isPlainMask(this.labelSets)
    const known = studyFacts(study, isPlain)
    const facts = JSON.stringify(isPlain ? known : { ...known, labels: labelRows(study, this.labelSets) })
    return { facts, revision: revisionOf(facts + (quality === '[]' ? '' : quality), this.statements.contents.all(study.id) as string[]) }
  }

  private write (change: () => void): void {
    if (this.database.inTransaction) return change()
    try {
      StudyColumns.around(this.database, (touch) => {
        this.touch = touch
        this.database.transaction(change).immediate()
      })
    } catch (error) {
      this.parsed.clear() // studies parsed inside the transaction were rolled back
      throw error
    }
    this.cachedRevision = undefined
    this.writes++
  }
}

/**
 * Whether the catalog keeps enough of a study's files for the current rules. Rule 2 added the counts of a mask's values,
 * rule 3 the slices of its labels. Rule 2 also reads files that were refused before, and finds the axial slices of a volume
 * whose sform is singular along other axes.
 */
function isKnownEnough ({ image, mask }: StudyRecord): boolean {
  const isReadable = (file: VolumeRecord | undefined) => file === undefined || file.status !== 'unreadable'
  const isAlongSform = image?.layout == null || (image.header?.sform_code ?? 0) <= 0 || image.layout.affineSource === 'sform'
  return isReadable(image) && isReadable(mask) && isAlongSform && (mask?.status !== 'ready' || (mask.values !== null && mask.labelSlices !== null))
}

function pending (listed: StudyEntry): StudyRecord {
  return { ...listed, status: 'pending', image: undefined, mask: undefined, labels: [] }
}

type EntryRow = [id: string, number: number | null, category: string | null, severity: number | null, patient: string | null, split: string | null, imageKey: string, maskKey: string | null, labelKeys: string]

function isSame ([, number, category, severity, patient, split, imageKey, maskKey, labelKeys]: EntryRow, listed: StudyEntry): boolean {
  return number === listed.number && category === listed.category && severity === listed.severity && patient === listed.patient && split === listed.split &&
    imageKey === listed.imageKey && maskKey === listed.maskKey && labelKeys === JSON.stringify(listed.labelKeys)
}

function jsonOrNull (value: unknown): string | null {
  return value == null ? null : JSON.stringify(value)
}
