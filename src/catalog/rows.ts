import { geometryOf } from './study.js'
import { overImage } from '../nifti/volume.js'
import type { SliceFacts, Status, StudyRecord, VolumeRecord } from './study.js'

/** A row of `studies`, as far as it is read back. */
export interface StudyRow {
  id: string
  number: number | null
  category: string | null
  severity: number | null
  patient: string | null
  split: 'train' | 'val' | 'test' | null
  image_file: string
  mask_file: string | null
  label_files: string
  status: Status
}

/** A row of `volumes`. */
export interface VolumeRow {
  id: number
  study_id: string
  kind: string
  file: string
  status: VolumeRecord['status']
  problem: string | null
  warnings: string
  bytes: number | null
  mtime_ms: number
  edges: string
  sha256: string | null
  header: Buffer | null
  intensity: string | null
  lesion: string | null
  label_values: string | null
  label_slices: string | null
  texts: string | null
}

/** The state of a file when it was read; null where it could not be opened. */
export function identityOf ({ bytes, mtime_ms: mtimeMs, edges }: Pick<VolumeRow, 'bytes' | 'mtime_ms' | 'edges'>): VolumeRecord['identity'] {
  return bytes === null ? null : { bytes, mtimeMs, edges }
}

/** A file of a study from its row. @param idBase added to its id */
export function volumeOf (row: VolumeRow, idBase: number): VolumeRecord {
  return {
    id: row.id + idBase,
    studyId: row.study_id,
    kind: kindOf(row.kind),
    slot: row.kind,
    key: row.file,
    status: row.status,
    problem: row.problem,
    warnings: JSON.parse(row.warnings),
    identity: identityOf(row),
    sha256: row.sha256,
    ...geometryOf(row.header, row.status),
    intensity: row.intensity === null ? null : JSON.parse(row.intensity),
    lesion: row.lesion === null ? null : JSON.parse(row.lesion),
    values: row.label_values === null ? null : JSON.parse(row.label_values),
    labelSlices: row.label_slices === null ? null : JSON.parse(row.label_slices),
    texts: row.texts === null ? null : JSON.parse(row.texts)
  }
}

/** What a file is, by its slot: a further channel is an image. */
export function kindOf (slot: string): VolumeRecord['kind'] {
  return slot === 'mask' ? slot : slot === 'image' || slot.startsWith('channel:') ? 'image' : 'labels'
}

function laidOver (mask: VolumeRecord, image: VolumeRecord | undefined): VolumeRecord {
  return mask.layout === null ? mask : { ...mask, layout: overImage(mask.layout, image?.layout ?? null) }
}

/** A study from its row and its files; here a mask takes on its image's geometry. */
export function studyOf (row: StudyRow, volumes: readonly VolumeRecord[]): StudyRecord {
  const image = volumes.find(({ slot }) => slot === 'image')
  const mask = volumes.find(({ slot }) => slot === 'mask')
  return {
    id: row.id,
    number: row.number,
    category: row.category,
    severity: row.severity,
    patient: row.patient,
    split: row.split,
    imageKey: row.image_file,
    maskKey: row.mask_file,
    labelKeys: JSON.parse(row.label_files),
    status: row.status,
    image,
    mask: mask && laidOver(mask, image),
    labels: volumes.filter(({ slot }) => slot !== 'image' && slot !== 'mask').map((labels) => laidOver(labels, image))
  }
}

/** The columns of `slices` as facts. */
export const SLICE_FACTS = 'slice AS "index", min, max, mean, lung_fraction AS lungFraction, lesion_pixels AS lesionPixels, label_pixels AS labelPixels'

/** A row of `SLICE_FACTS`. */
export type SliceFactsRow = Omit<SliceFacts, 'labelPixels'> & { labelPixels: string | null }

/** Facts of a slice from its row. */
export function sliceOf ({ labelPixels, ...facts }: SliceFactsRow): SliceFacts {
  return labelPixels === null ? facts : { ...facts, labelPixels: JSON.parse(labelPixels) }
}

/** A typed array as the bytes of a blob; no copy. */
export function bytesOf (array: Float64Array | Uint32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength)
}

/** A blob as an aligned buffer of its own, which a typed array can look at. */
export function copied (blob: Buffer): ArrayBuffer {
  return new Uint8Array(blob).buffer
}
