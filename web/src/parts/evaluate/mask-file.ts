import type { Dropped } from './drop-files.js'

/** Names of masks, as `niiserve score masks` takes them. */
export const MASK_FILE = /(_mask)?\.(nii|nii\.gz|npy)$/i

/** The study that a mask is of: `study_0255_mask.nii.gz` is of `study_0255`. */
export const studyOf = (name: string): string => name.replace(MASK_FILE, '')

/** Masks of one algorithm: those of one folder, or those dropped as files. */
export interface MaskSet { name: string, files: File[] }

export function maskSetsOf (dropped: readonly Dropped[]): MaskSet[] {
  return [...new Set(dropped.map(({ folder }) => folder))].map((folder) => ({
    name: folder === '' ? 'Masks' : folder,
    files: dropped.flatMap((one) => one.folder === folder ? [one.file] : [])
  }))
}
