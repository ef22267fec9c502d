import type { Category } from './lesions.js'

/** One study of the demo dataset. */
export interface DemoStudy {
  id: string
  category: Category
  /** determines the patient; chosen so that the dataset has slim and stout patients, women and men */
  seed: number
  slices: number
  /** mm between pixels: the scanner's field of view, fitted to the patient's width */
  pixel: number
  annotated: boolean
}

const STUDIES: readonly (readonly [Category, seed: number, slices: number, pixel: number, annotated?: 'annotated'])[] = [
  ['CT-0', 12, 39, 0.703],
  ['CT-0', 21, 36, 0.699],
  ['CT-0', 16, 53, 0.764],
  ['CT-1', 5, 36, 0.682, 'annotated'],
  ['CT-1', 9, 41, 0.763, 'annotated'],
  ['CT-1', 29, 38, 0.709],
  ['CT-1', 3, 44, 0.738],
  ['CT-2', 1, 37, 0.699, 'annotated'],
  ['CT-2', 20, 42, 0.782],
  ['CT-3', 31, 33, 0.646, 'annotated'],
  ['CT-3', 37, 40, 0.721],
  ['CT-4', 18, 38, 0.703]
]

/** The twelve studies, numbered from study_0001 in the order of their categories, as in MosMedData. */
export const DEMO_STUDIES: readonly DemoStudy[] = STUDIES.map(([category, seed, slices, pixel, annotated], n) => ({
  id: String(n + 1), category, seed, slices, pixel, annotated: annotated !== undefined
}))

/** A study's path below the dataset's root as the registry spells it, with a leading slash. */
export function studyFile ({ id, category }: DemoStudy): string {
  return `/studies/${category}/study_${id.padStart(4, '0')}.nii.gz`
}

export function maskFile ({ id }: DemoStudy): string {
  return `/masks/study_${id.padStart(4, '0')}_mask.nii.gz`
}

/** The registry in MosMedData's format: with a byte order mark, and CR LF at the ends of lines. */
export function registryCsv (studies: readonly DemoStudy[]): string {
  const rows = studies.map((study) => [study.id, study.category, studyFile(study), study.annotated ? maskFile(study) : ''])
  return '\uFEFF' + [['study_id', 'category', 'study_file', 'mask_file'], ...rows].map((row) => row.join(',') + '\r\n').join('')
}
