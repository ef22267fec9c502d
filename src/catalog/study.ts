import { shortFloat32 } from '../nifti/float32.js'
import { parseHeader } from '../nifti/header.js'
import type { NiftiHeader } from '../nifti/header.js'
import type { TextFinding } from '../nifti/identifying-text.js'
import type { MaskValues } from '../nifti/mask-statistics.js'
import { layoutAsRead } from '../nifti/volume.js'
import type { VolumeLayout } from '../nifti/volume.js'
import { studyWarnings } from './study-warnings.js'

export const VOLUMES = ['image', 'mask'] as const
export type VolumeKind = typeof VOLUMES[number]

export const STATUSES = ['ready', 'pending', 'missing', 'unreadable'] as const
export type Status = typeof STATUSES[number]

/** Statistics of an image in HU, over its finite voxels; null where it has none. */
export interface Intensity { min: number | null, max: number | null, mean: number | null }

/** What a mask holds: lesion voxels, their volume, and the axial slices they are on. */
export interface Lesion { voxels: number, volumeMl: number, slices: number[] }

/** Facts of one axial slice, in HU; null where the file that holds the fact cannot be read. */
export interface SliceFacts {
  index: number
  min: number | null
  max: number | null
  mean: number | null
  /** share of the slice's pixels within -950…-500 HU, ends included */
  lungFraction: number | null
  lesionPixels: number | null
  /** pixels of each label by set and name; absent where labels say no more than lesion or not */
  labelPixels?: Record<string, Record<string, number>>
}

/** The state a file was in when its facts were read. */
export interface FileIdentity {
  bytes: number
  mtimeMs: number
  /** hash of head and tail: tells a file that was only touched from one whose content changed */
  edges: string
}

/** One file of a study, as the catalog knows it. */
export interface VolumeRecord {
  /** row of the catalog; a file that is read again gets a new row */
  id: number
  studyId: string
  /** `labels`: values as stored, of a label set */
  kind: VolumeKind | 'labels'
  /** which of the study's files: image, channel:{n}, mask, labels:{set}, or labels:{set}:{label} */
  slot: string
  /** the file's key in the store: its path below the data root, with forward slashes */
  key: string
  status: Exclude<Status, 'pending'>
  problem: string | null
  /** what was odd when the file was read; `studyWarnings` adds what follows from header and values */
  warnings: string[]
  identity: FileIdentity | null
  sha256: string | null
  header: NiftiHeader | null
  /** for a mask of the image's shape, this has the image's geometry */
  layout: VolumeLayout | null
  intensity: Intensity | null
  lesion: Lesion | null
  /** for a mask: its values and the number of voxels of each */
  values: MaskValues | null
  /** for a mask: by value, the axial slices that hold it and the voxels in each; null where not counted */
  labelSlices: Record<string, [slice: number, voxels: number][]> | null
  /** fields whose text may identify a person or a moment; null where they were not looked at */
  texts: TextFinding[] | null
}

/** A study as the registry lists it, before any file is opened. */
export interface StudyEntry {
  id: string
  number: number | null
  /** null where the dataset has no categories */
  category: string | null
  /** index of the category in the dataset's scale, from 0 */
  severity: number | null
  /** a split keeps one patient's studies together; null where the dataset does not name the patient */
  patient: string | null
  /** part of the dataset's own split */
  split: 'train' | 'val' | 'test' | null
  imageKey: string
  maskKey: string | null
  /** further channels and annotation files, by slot */
  labelKeys: Readonly<Record<string, string>>
}

/** One study, as the catalog knows it; `image` and `mask` are undefined until their files were read. */
export interface StudyRecord extends StudyEntry {
  status: Status
  image: VolumeRecord | undefined
  mask: VolumeRecord | undefined
  /** the `labelKeys` that were read */
  labels: readonly VolumeRecord[]
}

/**
 * Parse the stored start of a NIfTI stream. Does not throw: the same bytes were parsed before. A file that is not
 * served (for example, several time points) has a header and no layout.
 */
export function geometryOf (start: Uint8Array | null, status: VolumeRecord['status']): Pick<VolumeRecord, 'header' | 'layout'> {
  if (start === null) return { header: null, layout: null }
  const header = parseHeader(start)
  return { header, layout: status === 'ready' ? layoutAsRead(header) : null }
}

/** A study has the status of its image; it is pending until the image was read. */
export function statusOf (image: VolumeRecord | undefined): Status {
  return image?.status ?? 'pending'
}

/** A study is annotated when its mask can be read, whatever the image's status. */
export function isAnnotated (mask: VolumeRecord | undefined): boolean {
  return mask?.status === 'ready'
}

/** Everything odd about a study that can still be served, as sentences. */
export function warningsOf ({ image, mask }: Pick<StudyRecord, 'image' | 'mask'>, isLesionOnly = true): string[] {
  return studyWarnings(image, mask && { ...mask, layout: mask.layout && layoutAsRead(mask.header!) }, isLesionOnly)
}

/** The study as the API shows it (docs/contract.md, Discovery): facts of the image, else of the mask. */
export function studyFacts (study: StudyRecord, isLesionOnly = true): Record<string, unknown> {
  const { image, mask } = study
  const layout = image?.layout ?? null
  return {
    id: study.id,
    number: study.number,
    category: study.category,
    severity: study.severity,
    status: statusOf(image),
    problem: image?.problem ?? null,
    warnings: warningsOf(study, isLesionOnly),
    annotated: isAnnotated(mask),
    shape: layout?.shape ?? null,
    spacing: layout?.spacing.map(shortFloat32) ?? null,
    axes: layout?.axes ?? null,
    affine: layout?.affine?.map((row) => row.map(shortFloat32)) ?? null,
    affineSource: layout?.affineSource ?? null,
    dtype: layout?.datatype.name ?? null,
    scaling: layout === null ? null : { slope: shortFloat32(layout.slope), intercept: shortFloat32(layout.inter) },
    file: image?.identity == null ? null : { bytes: image.identity.bytes, sha256: image.sha256 },
    intensity: image?.intensity ?? null,
    mask: mask?.lesion == null ? null : { file: mask.key, bytes: mask.identity?.bytes ?? null, sha256: mask.sha256, ...mask.lesion }
  }
}
