import { shortFloat32 } from '../nifti/float32.js'
import { parseHeader } from '../nifti/header.js'
import type { NiftiHeader } from '../nifti/header.js'
import type { MaskValues } from '../nifti/mask-statistics.js'
import { layoutOf } from '../nifti/volume.js'
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

/** Facts of one axial slice, in HU; null where the file that would tell is not readable. */
export interface SliceFacts {
  index: number
  min: number | null
  max: number | null
  mean: number | null
  /** share of the slice's pixels within -950…-500 HU, ends included */
  lungFraction: number | null
  lesionPixels: number | null
}

/** The state of a file in which its facts were read. */
export interface FileIdentity {
  bytes: number
  mtimeMs: number
  /** hash of head and tail: tells a touched file from another one */
  edges: string
}

/** One file of a study, as the catalog knows it. */
export interface VolumeRecord {
  /** row of the catalog; a file that is read again gets a new one */
  id: number
  studyId: string
  /** `labels`: values as stored, of a label set */
  kind: VolumeKind | 'labels'
  /** which of the study's files: image, mask, labels:{set}, or labels:{set}:{label} */
  slot: string
  /** path below the data root, with forward slashes */
  file: string
  status: Exclude<Status, 'pending'>
  problem: string | null
  /** what was odd when the file was read; what follows from header and values is said by `studyWarnings` */
  warnings: string[]
  identity: FileIdentity | null
  sha256: string | null
  header: NiftiHeader | null
  /** of a mask of the image's shape: with the image's geometry */
  layout: VolumeLayout | null
  intensity: Intensity | null
  lesion: Lesion | null
  /** of a mask: its values, with how many voxels have each */
  values: MaskValues | null
  /** of a mask: by value, the axial slices that have it, with their voxels; null where that was not counted */
  labelSlices: Record<string, [slice: number, voxels: number][]> | null
}

/** A study as the registry lists it, before any file is opened. */
export interface StudyEntry {
  id: string
  number: number | null
  /** null where the dataset has no categories */
  category: string | null
  /** the place of the category in the dataset's scale, from 0 */
  severity: number | null
  /** whose studies stay together in a split; null where the dataset does not say */
  patient: string | null
  /** the part of the dataset's own split */
  split: 'train' | 'val' | 'test' | null
  imageFile: string
  maskFile: string | null
  /** further annotation files, by slot */
  labelFiles: Readonly<Record<string, string>>
}

/** One study, as the catalog knows it; `image` and `mask` are undefined until their files were looked at. */
export interface StudyRecord extends StudyEntry {
  status: Status
  image: VolumeRecord | undefined
  mask: VolumeRecord | undefined
  /** those of `labelFiles` that were looked at */
  labels: readonly VolumeRecord[]
}

/**
 * Parse the stored start of a NIfTI stream. What was read once can be read again, so this does not throw; a file
 * that is not served (say, of several time points) has a header and no layout.
 */
export function geometryOf (start: Uint8Array | null, status: VolumeRecord['status']): Pick<VolumeRecord, 'header' | 'layout'> {
  if (start === null) return { header: null, layout: null }
  const header = parseHeader(start)
  return { header, layout: status === 'ready' ? layoutOf(header) : null }
}

/** A study is as ready as its image; before the image was looked at it is pending. */
export function statusOf (image: VolumeRecord | undefined): Status {
  return image?.status ?? 'pending'
}

/** A study is annotated when it has a mask that can be read, whatever the image is. */
export function isAnnotated (mask: VolumeRecord | undefined): boolean {
  return mask?.status === 'ready'
}

/** Everything odd about a study that does not stop it from being served; sentences. */
export function warningsOf ({ image, mask }: Pick<StudyRecord, 'image' | 'mask'>): string[] {
  return studyWarnings(image, mask && { ...mask, layout: mask.layout && layoutOf(mask.header!) })
}

/** The study as the API shows it (docs/contract.md, Discovery): facts of the image, or of the mask while the image lacks them. */
export function studyFacts (study: StudyRecord): Record<string, unknown> {
  const { image, mask } = study
  const layout = image?.layout ?? null
  return {
    id: study.id,
    number: study.number,
    category: study.category,
    severity: study.severity,
    status: statusOf(image),
    problem: image?.problem ?? null,
    warnings: warningsOf(study),
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
    mask: mask?.lesion == null ? null : { file: mask.file, bytes: mask.identity?.bytes ?? null, sha256: mask.sha256, ...mask.lesion }
  }
}
