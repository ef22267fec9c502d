/** Names of masks, as `niiserve score masks` takes them. */
export const MASK_FILE = /(_mask)?\.(nii|nii\.gz|npy)$/i

/** The study that a mask is of: `study_0255_mask.nii.gz` is of `study_0255`. */
export const studyOf = (name: string): string => name.replace(MASK_FILE, '')
